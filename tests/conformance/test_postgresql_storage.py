"""The kit on PostgreSQL."""

from functools import partial

import pytest

from activitylog.testing import StorageContract


class TestPostgreSQLStorage(StorageContract):
    @pytest.fixture
    def make_storage(self, handles):
        return partial(handles.make, "postgresql")

    @pytest.fixture
    def reopen_storage(self, handles):
        return handles.reopen
