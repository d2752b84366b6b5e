"""The kit on SQLite."""

from itertools import count

import pytest

from activitylog.testing import StorageContract
from activitylog_sql import open_storage


class TestSQLiteStorage(StorageContract):
    @pytest.fixture
    def make_storage(self, tmp_path):
        numbers = count()
        return lambda: open_storage(f"sqlite:///{tmp_path / f'{next(numbers)}.db'}")

    @pytest.fixture
    def reopen_storage(self, tmp_path):
        return lambda storage: open_storage(f"sqlite:///{tmp_path / '0.db'}")
