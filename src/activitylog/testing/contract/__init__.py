"""The conformance kit: every clause of ``docs/contract.md`` as a test, and the laws that hold for any data."""

from __future__ import annotations

from activitylog.testing.contract.appending import Appending
from activitylog.testing.contract.concurrency import Concurrency
from activitylog.testing.contract.conditions import Conditions
from activitylog.testing.contract.counting import Counting
from activitylog.testing.contract.documents import Documents
from activitylog.testing.contract.gaps import Gaps
from activitylog.testing.contract.harness import Harness, requires
from activitylog.testing.contract.laws import Laws
from activitylog.testing.contract.leaks import Leaks
from activitylog.testing.contract.loading import Loading
from activitylog.testing.contract.paging import Paging
from activitylog.testing.contract.purging import Purging
from activitylog.testing.contract.reading import Reading
from activitylog.testing.contract.replacing import Replacing
from activitylog.testing.contract.searching import Searching
from activitylog.testing.contract.tenancy import Tenancy
from activitylog.testing.contract.transactions import Transactions
from activitylog.testing.contract.values import Values

__all__ = ["Harness", "StorageContract", "requires"]


class StorageContract(
    Values,
    Appending,
    Reading,
    Paging,
    Conditions,
    Counting,
    Replacing,
    Purging,
    Documents,
    Tenancy,
    Loading,
    Transactions,
    Concurrency,
    Laws,
    Searching,
    Gaps,
    Leaks,
):
    """The storage port's contract as tests: subclass it, and override ``make_storage``.

    ``make_storage`` is a fixture that returns a function without arguments; each call of it gives a fresh, empty,
    isolated store that is ready for use; the kit closes it. A store that declares ``Capability.SHARED`` overrides
    ``reopen_storage`` as well: a fixture that returns a function which, given such a store, gives another handle
    on the same data, as another process would open it. Override nothing else.

    ``ACTIVITYLOG_KIT_EXAMPLES`` in the environment sets how many examples each law tries (50).
    """
