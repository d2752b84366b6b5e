"""The kit on MariaDB, or MySQL."""

from functools import partial

import pytest

from activitylog.testing import StorageContract


class TestMySQLStorage(StorageContract):
    @pytest.fixture
    def make_storage(self, handles):
        return partial(handles.make, "mysql")

    @pytest.fixture
    def reopen_storage(self, handles):
        return handles.reopen
