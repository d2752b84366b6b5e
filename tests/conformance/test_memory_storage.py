"""The kit on the store in memory."""

import pytest

from activitylog.testing import StorageContract
from activitylog_memory import open_storage


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def make_storage(self):
        return lambda: open_storage("memory://")
