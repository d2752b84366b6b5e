"""What a host and the author of a store test with.

``StorageContract`` is the conformance kit for stores (see ``docs/custom-storage.md``), ``capturing`` and
``RecordingLog`` are for the tests of a host. The pytest plugin gives the fixture ``activity_log``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from activitylog.errors import MissingExtra
from activitylog.testing._capture import RecordingLog, capturing

if TYPE_CHECKING:
    from activitylog.testing.contract import StorageContract

__all__ = ["RecordingLog", "StorageContract", "capturing"]


def __getattr__(name: str) -> Any:
    # The kit needs Hypothesis; a host that only wants its log in tests does not, and need not wait for it.
    if name != "StorageContract":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import hypothesis  # noqa: F401 -- only asked whether it is there
        import pytest
    except ImportError as error:
        raise MissingExtra("testing", "the conformance kit") from error
    pytest.register_assert_rewrite("activitylog.testing.contract")
    from activitylog.testing.contract import StorageContract

    return StorageContract
