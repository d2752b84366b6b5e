"""The kit on PostgreSQL whose tables are partitioned by the tenant."""

from functools import partial

import pytest

from activitylog.testing import StorageContract
from activitylog.testing.contract.laws import Laws
from activitylog.testing.contract.leaks import Leaks

PARTITIONS = 4


class Partitioned:
    @pytest.fixture
    def make_storage(self, handles):
        return partial(handles.make, "postgresql", PARTITIONS)

    @pytest.fixture
    def reopen_storage(self, handles):
        return handles.reopen


# What tries many examples, on tables whose statements are those of whole ones, is left to runs that have the time.
OF_MANY_EXAMPLES = (Laws, Leaks)


class TestPartitionedPostgreSQLStorage(
    Partitioned, *(part for part in StorageContract.__bases__ if part not in OF_MANY_EXAMPLES)
):
    pass


@pytest.mark.soak
class TestPartitionedPostgreSQLStorageByLaws(Partitioned, *OF_MANY_EXAMPLES):
    pass
