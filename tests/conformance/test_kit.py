"""The kit, the page that states its clauses, and the port agree with each other."""

import importlib.util
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import activitylog_memory
import activitylog_sql
from activitylog.storage import Capability, Storage
from activitylog.testing import StorageContract
from activitylog.testing.contract.harness import clause_of

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "contract.md"
TESTS = {name: test for name, test in inspect.getmembers(StorageContract) if name.startswith("test_")}
CALLS = sorted(name for name in vars(Storage) if not name.startswith("_") and callable(getattr(Storage, name)))


def sentence(test):
    return re.sub(r"\s+", " ", test.__doc__.split(" ", 1)[1]).strip().replace("``", "`")


def parameters(store, call):
    return [(one.name, one.kind, one.default) for one in inspect.signature(getattr(store, call)).parameters.values()]


def test_the_page_states_each_clause_as_the_kit_does():
    stated = dict(re.findall(r"^- \*\*(\d+\.\d+)\*\* (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    tested = {clause_of(test): sentence(test) for test in TESTS.values()}
    assert tested == stated
    assert len(TESTS) == len(tested), "two tests have the number of one clause"


def test_clauses_are_counted_without_gaps():
    numbers = sorted(tuple(map(int, clause_of(test).split("."))) for test in TESTS.values())
    chapters = {}
    for chapter, clause in numbers:
        chapters.setdefault(chapter, []).append(clause)
    assert list(chapters) == list(range(1, len(chapters) + 1))
    assert all(clauses == list(range(1, len(clauses) + 1)) for clauses in chapters.values())


@pytest.fixture(params=["memory", "sqlite", "json lines"])
def store(request, json_lines, tmp_path):
    match request.param:
        case "memory":
            storage = activitylog_memory.open_storage("memory://")
        case "sqlite":
            storage = activitylog_sql.open_storage(f"sqlite:///{tmp_path / 'log.db'}")
        case _:
            storage = json_lines.open_storage(f"jsonl://{tmp_path / 'log.jsonl'}")
    yield storage
    storage.close()


def test_stores_take_what_the_port_says(store):
    expected = {call: parameters(Storage, call) for call in CALLS}
    assert {call: parameters(type(store), call) for call in CALLS} == expected
    if Capability.TRANSACTIONS in store.capabilities:
        with store.transaction() as inside:
            assert {call: parameters(type(inside), call) for call in CALLS} == expected


@pytest.mark.parametrize("file", sorted(HERE.glob("test_*_storage.py")), ids=lambda file: file.stem)
def test_our_stores_override_nothing_but_fixtures(file):
    spec = importlib.util.spec_from_file_location(f"examined_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kits = [each for each in vars(module).values() if inspect.isclass(each) and StorageContract in each.__bases__]
    assert kits
    for kit in kits:
        own = {name for name in vars(kit) if not (name.startswith("__") and name.endswith("__"))}
        assert own <= {"make_storage", "reopen_storage"}, kit.__name__


def test_importing_the_testing_module_does_not_import_hypothesis():
    loaded = "print('hypothesis' in sys.modules)"
    code = f"import sys, activitylog.testing as testing; {loaded}; testing.StorageContract; {loaded}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
