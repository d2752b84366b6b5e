"""The code that the README shows runs as it stands, and is the one that was promised."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def example(repository: Path) -> str:
    blocks = re.findall(r"^```python\n(.*?)^```", (repository / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def test_the_example_runs_as_it_stands_in_an_empty_folder(example: str, tmp_path: Path) -> None:
    program = tmp_path / "example.py"
    program.write_text(example)
    finished = subprocess.run([sys.executable, "-W", "error", program], cwd=tmp_path, capture_output=True, text=True)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert (tmp_path / "crm.db").stat().st_size > 0


def test_the_example_records_what_it_says(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = ModuleType("readme_example")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(example, "README.md", "exec"), module.__dict__)
    log, scope, kim, acme = module.log, module.scope, module.kim, module.acme
    with scope(tenant="south"):
        assert log.timeline(kim).count() == 5
        assert log.timeline(acme).count() == 2
        assert {count.key[0]: count.count for count in log.everything().count_by("type")} == {
            "call": 2,
            "invoice.issued": 1,
            "record.changed": 1,
            "task": 2,
        }
        assert [revision.action for revision in log.history(module.call)] == [
            "recorded",
            "edited",
            "deleted",
            "restored",
        ]
        assert log.get(module.task).status == "done"
    log.close()


def test_the_example_is_the_one_of_the_contract(example: str, repository: Path) -> None:
    design = repository.parent / "shared" / "design.md"
    if not design.exists():
        pytest.skip("the contract does not lie beside the repository")
    promised = design.read_text().partition("## 4.")[2].partition("```python\n")[2].partition("```")[0]
    assert example.splitlines() == promised.splitlines()
