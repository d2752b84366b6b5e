"""The kit fails every store that is broken on purpose, by the clause that is about it, and passes the intact one."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from activitylog.testing import StorageContract
from activitylog.testing.contract.harness import clause_of

FILE = Path(__file__).with_name("broken_stores.py")
_spec = importlib.util.spec_from_file_location("broken_stores", FILE)
broken_stores = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(broken_stores)
BROKEN = broken_stores.BROKEN


def those_of(clause):
    """Return the names of the kit's tests that stand for a clause."""
    names = [name for name in dir(StorageContract) if name.startswith("test_")]
    return [name for name in names if clause_of(getattr(StorageContract, name)) == clause]


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    """Run each store's own clauses, and all (not the laws) on the intact one; return the clauses failed by each."""
    report = tmp_path_factory.mktemp("broken") / "report.xml"
    own = [f"Test{store.__name__}::{test}" for store, clause in BROKEN.items() for test in those_of(clause)]
    tests = [f"{FILE}::{test}" for test in ("TestMemoryStorage", *own)]
    command = [sys.executable, "-m", "pytest", *tests, "-q", "-k", "not test_any", "--tb=no"]
    command += ["-p", "no:randomly", "-p", "no:cacheprovider", f"--junitxml={report}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(command, cwd=FILE.parents[2], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout[-2000:] + run.stderr[-2000:]
    failed = {}
    for case in ET.parse(report).iter("testcase"):
        store = re.search(r"Test(\w+)$", case.get("classname"))[1]
        clauses = failed.setdefault(store, set())
        if case.find("failure") is not None or case.find("error") is not None:
            clauses.add(clause_of(getattr(StorageContract, case.get("name"))))
    return failed


@pytest.mark.parametrize("store", BROKEN, ids=lambda store: store.__name__)
def test_the_kit_fails_it(failures, store):
    assert BROKEN[store] in failures[store.__name__]


def test_the_kit_passes_the_intact_store(failures):
    assert failures["MemoryStorage"] == set()
