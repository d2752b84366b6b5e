"""Every behaviour that docs/scenarios.md names has a test that carries its number."""

from __future__ import annotations

import re
from pathlib import Path


def test_each_numbered_behaviour_has_a_test() -> None:
    root = Path(__file__).parent.parent
    told = re.findall(r"^\| (\d\.\d) \|", (root / "docs" / "scenarios.md").read_text(), re.MULTILINE)
    marked = {
        number
        for file in (root / "tests").rglob("test_*.py")
        for numbers in re.findall(r"^@pytest\.mark\.scenario\((.*)\)$", file.read_text(), re.MULTILINE)
        for number in re.findall(r"\d\.\d", numbers)
    }
    assert len(told) == len(set(told)) == 32
    assert marked == set(told)
