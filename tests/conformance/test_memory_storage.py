"""The kit on the store in memory."""

import pytest

from activitylog.errors import InvalidInput
from activitylog.testing import StorageContract
from activitylog_memory import open_storage


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def make_storage(self):
        return lambda: open_storage("memory://")


def test_a_url_that_names_something_is_refused():
    with pytest.raises(InvalidInput) as caught:
        open_storage("memory://shared")
    assert caught.value.field == "store"
