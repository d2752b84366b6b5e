"""Erasing while others write, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from activitylog import ActivityLog, TypeRegistry, signals
from activitylog.errors import WriteConflict
from activitylog_memory import MemoryStorage
from told_of_a_person import BEN, DUPLICATE, LEA, PERSON, types_of_a_person


@pytest.fixture
def types() -> TypeRegistry:
    return types_of_a_person()


@pytest.fixture
def log_options(tmp_path: Path) -> dict[str, Any]:
    return {"actor": LEA, "files": str(tmp_path / "contents")}


class TestSignal:
    def test_it_tells_of_nobody(self, log: ActivityLog):
        log.record("call", PERSON, BEN, note="about the garden")
        seen: list[Any] = []

        def receive(sender: Any, report: Any) -> None:
            seen.append(report)

        with signals.erased.connected_to(receive, sender=log):
            report = log.privacy.erase(PERSON)
            log.privacy.erase(PERSON)
        assert seen == [report]
        assert "quitte" not in report.to_csv()


class Busy(MemoryStorage):
    """A store in which somebody writes at the end of each pass, for so many times."""

    log: ActivityLog
    times = 0

    def documents(self, tenant: str, kind: str, /, **asked: Any) -> Any:
        if kind == "plan" and self.times:
            self.times -= 1
            self.log.record("call", PERSON, note="Schlehe", id=uuid4())
        return super().documents(tenant, kind, **asked)


class TestWhileOthersWrite:
    @pytest.fixture
    def busy(self, types: TypeRegistry) -> ActivityLog:
        storage = Busy()
        storage.log = ActivityLog(storage, types=types, actor=LEA)
        storage.log.record("call", PERSON)
        return storage.log

    def test_what_comes_in_between_goes_too(self, busy: ActivityLog):
        busy.storage.times = 3
        assert busy.privacy.erase(PERSON).numbers["anonymised"] == 4
        assert busy.timeline(PERSON).count() == 0
        assert {entry.note for entry in busy.everything()} == {""}

    def test_who_does_not_stop_is_told(self, busy: ActivityLog):
        busy.storage.times = 1_000
        with pytest.raises(WriteConflict, match="erase again"):
            busy.privacy.erase(PERSON)
        busy.storage.times = 0
        busy.privacy.erase(PERSON)
        assert busy.timeline(PERSON).count() == 0

    def test_what_is_merged_in_between_goes_too(self, types: TypeRegistry):
        class Merging(MemoryStorage):
            def documents(self, tenant: str, kind: str, /, **asked: Any) -> Any:
                if kind == "plan" and not super().documents(tenant, "alias", limit=1):
                    log.subjects.merge(DUPLICATE, into=PERSON)
                return super().documents(tenant, kind, **asked)

        log = ActivityLog(Merging(), types=types, actor=LEA)
        log.record("call", PERSON)
        other = log.record("call", DUPLICATE)
        report = log.privacy.erase(PERSON)
        assert log.get(other).subjects == (report.pseudonym,)
