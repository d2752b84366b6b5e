"""The store of ``docs/custom-storage.md``, taken from the page as its reader would."""

import importlib.util
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "custom-storage.md"


@pytest.fixture(scope="session")
def json_lines_source():
    [source] = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return source


@pytest.fixture(scope="session")
def json_lines(json_lines_source, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "json_lines.py"
    path.write_text(json_lines_source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("json_lines", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
