"""The store under test: how the kit gets it, what of the contract it has to keep, and the report on that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from activitylog.storage import Capability, Storage

__all__ = ["Harness", "MakeStorage", "ReopenStorage", "clause_of", "requires"]

MakeStorage = Callable[[], Storage]
ReopenStorage = Callable[[Storage], Storage]

_Test = TypeVar("_Test", bound=Callable[..., None])
_REQUIRED = "activitylog_requires"


def requires(capability: Capability) -> Callable[[_Test], _Test]:
    """Mark a clause that binds only stores which declare the capability."""

    def mark(test: _Test) -> _Test:
        setattr(test, _REQUIRED, capability)
        return test

    return mark


def clause_of(test: Callable[..., None]) -> str:
    """Return the number of the clause that a test of the kit stands for: the first word of its docstring."""
    found = re.match(r"\d+\.\d+", test.__doc__ or "")
    return found[0] if found else ""


class Harness:
    """Gives the store under test to the clauses, and closes what was opened."""

    @pytest.fixture
    def make_storage(self) -> MakeStorage:
        """Override this: return a function that gives a fresh, empty, isolated store."""
        return pytest.fail(f"{type(self).__name__} has to override the fixture make_storage")

    @pytest.fixture
    def reopen_storage(self) -> ReopenStorage:
        """Override this for a store that is SHARED: return a function from a store to another handle on its data."""
        return pytest.fail(f"{type(self).__name__} tests a store that is SHARED: override the fixture reopen_storage")

    @pytest.fixture
    def storage(self, make_storage: MakeStorage, request: pytest.FixtureRequest) -> Iterator[Storage]:
        """Give a fresh store, if it declares what the clause requires."""
        storage = make_storage()
        try:
            _skip_unless_declared(storage, request)
            yield storage
        finally:
            storage.close()

    @pytest.fixture
    def other_handle(self, storage: Storage, reopen_storage: ReopenStorage) -> Iterator[Storage]:
        """Give a second handle on the data of ``storage``."""
        storage = reopen_storage(storage)
        try:
            yield storage
        finally:
            storage.close()


def _skip_unless_declared(storage: Storage, request: pytest.FixtureRequest) -> None:
    test = request.function
    required = getattr(test, _REQUIRED, None)
    report = _Report.of(request.config)
    rows = report.rows.setdefault(type(storage).__name__, {capability: [] for capability in storage.capabilities})
    if required is None or required in storage.capabilities:
        return
    rows.setdefault(required, []).append(clause_of(test))
    pytest.skip(
        f"{type(storage).__name__} does not declare {required.value!r}: clause {clause_of(test)} does not bind it"
    )


class _Report:
    """At the end of the run, a table: which store declares what, and which clauses were left out for that."""

    NAME = "activitylog-contract-report"

    def __init__(self) -> None:
        self.rows: dict[str, dict[Capability, list[str]]] = {}

    @classmethod
    def of(cls, config: pytest.Config) -> _Report:
        found = config.pluginmanager.get_plugin(cls.NAME)
        if found is None:
            config.pluginmanager.register(found := cls(), cls.NAME)
        assert isinstance(found, cls)
        return found

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section("storage contract")
        for store, rows in sorted(self.rows.items()):
            for capability in Capability:
                left_out = rows.get(capability)
                verdict = "declared" if left_out == [] else "not declared"
                clauses = f", left out: {' '.join(sorted(left_out))}" if left_out else ""
                terminalreporter.write_line(f"{store:<24} {capability.value:<18} {verdict}{clauses}")
