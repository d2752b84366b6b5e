"""The kit on MongoDB."""

from functools import partial

import pytest

from activitylog.testing import StorageContract


class TestMongoDBStorage(StorageContract):
    @pytest.fixture
    def make_storage(self, handles):
        return partial(handles.make, "mongodb")

    @pytest.fixture
    def reopen_storage(self, handles):
        return handles.reopen
