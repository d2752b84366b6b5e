"""The example of the README, with another store's URL put in, ends with the same history everywhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from activitylog import ActivityLog, scope
from parity.told import told_of


@pytest.fixture
def run(repository: Path, repeatable: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    [code] = re.findall(r"^```python\n(.*?)^```", (repository / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert '"sqlite:///crm.db"' in code

    def run(url: str) -> Any:
        module = ModuleType("readme_example")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        with repeatable():
            exec(compile(code.replace('"sqlite:///crm.db"', repr(url)), "README.md", "exec"), module.__dict__)
            told = {language: said(module, language) for language in ("en", "de")}
        module.log.close()
        return told

    return run


def said(example: Any, language: str) -> dict[str, Any]:
    log: ActivityLog = example.log
    with scope(tenant="south", language=language):
        timelines = {
            "of Kim": log.timeline(example.kim),
            "of both": log.timeline(example.kim, example.acme),
            "of all": log.everything(),
            "calls": log.timeline(example.kim, example.acme).filter(types="call", actor=example.lea, search="QUOTE"),
        }
        return told_of(log, timelines)


def test_the_example_tells_the_same_on_every_store(run: Callable[[str], Any], store_url: str) -> None:
    expected = run("memory://")
    assert len(expected["en"]["entries"]) == 6
    assert run(store_url) == expected
