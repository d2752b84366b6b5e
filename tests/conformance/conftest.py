"""Stores for the kit: our own on empty databases, and that of ``docs/custom-storage.md`` as its reader takes it."""

import importlib.util
import re
from pathlib import Path

import pytest

from activitylog.storage.discovery import open_storage

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


class Handles:
    """Opens stores, and further handles on the data of each."""

    def __init__(self, empty_database):
        self._empty_database = empty_database
        self._urls = {}

    def make(self, store, partitions=None):
        url = self._empty_database(store, partitions)
        storage = open_storage(url)
        self._urls[id(storage)] = url
        return storage

    def reopen(self, storage):
        return open_storage(self._urls[id(storage)])


@pytest.fixture
def handles(empty_database):
    return Handles(empty_database)
