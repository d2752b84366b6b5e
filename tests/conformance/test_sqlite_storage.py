"""The kit on SQLite."""

from functools import partial

import pytest

from activitylog.testing import StorageContract


class TestSQLiteStorage(StorageContract):
    @pytest.fixture
    def make_storage(self, handles):
        return partial(handles.make, "sqlite")

    @pytest.fixture
    def reopen_storage(self, handles):
        return handles.reopen
