"""Retention: what is past its age is hidden at once, and archived or purged when the job runs."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from activitylog import (
    Activity,
    ActivityLog,
    Actor,
    Attachment,
    Ref,
    RetentionReport,
    Status,
    TypeRegistry,
    Viewer,
    scope,
    signals,
)
from activitylog.errors import ActivityLogError, ActivityNotFound, InvalidInput, NotAllowed, StorageError
from activitylog.importing import import_jsonl
from activitylog.storage import ABSENT, Order, Query, Record, Storage
from effort import effort

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
EDGE = timedelta(milliseconds=1)


@define
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry()
    registry.define("call", manual=True)
    registry.define("login", archive_after=4 * DAY, purge_after=8 * DAY)
    registry.define("ping", keep=2)
    registry.define("mail", permission="mail.read", archive_after=4 * DAY, purge_after=8 * DAY)
    standings = {"active": Status("Active"), "blocked": Status("Blocked")}
    registry.define("standing", of_subject=True, statuses=standings, archive_after=4 * DAY)
    return registry


@pytest.fixture
def log(make_log: Callable[..., ActivityLog], clock: Clock, tmp_path: Path) -> ActivityLog:
    return make_log(clock=clock, files=str(tmp_path / "files"))


def stored(log: ActivityLog, tenant: str = "default") -> dict[UUID, Record]:
    query = Query(tenant=tenant, order=Order.RECORDED, newest_first=False, limit=1000)
    return {record.id: record for record in log.storage.fetch(query)}


def rows(report: RetentionReport) -> dict[tuple[str, str, str], int]:
    return {(row.type, row.outcome, row.reason): row.number for row in report}


# -- at once ------------------------------------------------------------------------------------------------------


def test_what_is_past_its_purge_age_is_in_no_read(log: ActivityLog, clock: Clock, kim: Ref):
    entry = log.record("login", kim, attachments=[Attachment(b"x", name="x.txt")], idempotency_key="k")
    clock.pass_(8 * DAY - EDGE)
    either = log.timeline(kim).filter(archived=None, deleted=None)
    assert either.count() == 1
    mark = either.page().mark
    clock.pass_(EDGE)
    for timeline in (either, log.everything().filter(archived=None), either.filter(archived=True), either.by_due()):
        assert not timeline.exists()
        assert list(timeline) == list(timeline.page()) == timeline.count_by("type") == []
        assert timeline.count() == 0
    assert not either.filter(search="login").exists()
    assert not either.arrived(after=mark)
    for read in (
        lambda: log.get(entry),
        lambda: log.history(entry),
        lambda: log.files.open(entry, entry.attachments[0]),
        lambda: log.tag(entry, add=["x"]),
        lambda: log.retention.hold(entry, reason="why"),
        lambda: log.visible_to(Viewer.unlimited()).get(entry),
    ):
        with pytest.raises(ActivityNotFound):
            read()
    again = log.record("login", kim, attachments=[Attachment(b"x", name="x.txt")], idempotency_key="k")
    assert (again.created, again.id != entry.id) == (False, True), "only that the key is known"
    assert len(stored(log)) == 1


def test_what_is_past_its_archive_age_counts_as_archived(log: ActivityLog, clock: Clock, kim: Ref):
    entry = log.record("login", kim)
    clock.pass_(4 * DAY - EDGE)
    assert log.timeline(kim).count() == 1
    assert not log.get(entry).archived
    clock.pass_(EDGE)
    timeline = log.timeline(kim)
    assert timeline.count() == timeline.filter(archived=False).count() == 0
    assert [a.archived for a in timeline.filter(archived=True)] == [True]
    assert [a.archived for a in timeline.filter(archived=None)] == [True]
    assert log.get(entry).archived
    assert log.tag(entry, add=["x"]).version == 2
    assert stored(log)[entry.id].archived_at == ABSENT


def test_who_sees_entries_redacted_sees_them_until_they_are_archived_by_age(log: ActivityLog, clock: Clock, kim: Ref):
    log.record("mail", kim)
    timeline = log.visible_to(Viewer("user:4")).timeline(kim)
    assert [a.redacted for a in timeline] == [True]
    clock.pass_(4 * DAY)
    for archived in (None, False, True):
        assert timeline.filter(archived=archived).count() == 0
        assert not list(timeline.filter(archived=archived))


def test_what_is_held_past_its_age_is_not_archived_for_who_sees_it_redacted(log: ActivityLog, clock: Clock, kim: Ref):
    log.retention.hold(log.record("mail", kim), reason="why")
    clock.pass_(9 * DAY)
    limited = log.visible_to(Viewer("user:4"))
    [entry] = limited.timeline(kim).filter(archived=None)
    assert (entry.redacted, entry.archived, limited.get(entry).archived) == (True, False, False)


def test_an_age_counts_from_the_later_of_occurring_and_recording(log: ActivityLog, clock: Clock, kim: Ref):
    log.record("login", kim, occurred_at=START - 100 * DAY)
    assert log.timeline(kim).count() == 1
    clock.pass_(4 * DAY)
    assert log.timeline(kim).count() == 0


def test_the_history_of_what_is_held_past_its_age_is_told(log: ActivityLog, clock: Clock, kim: Ref):
    entry = log.record("login", kim)
    log.retention.hold(entry, reason="why")
    clock.pass_(9 * DAY)
    assert [revision.action for revision in log.history(entry)] == ["recorded", "held"]


def test_what_a_person_brings_back_stays(log: ActivityLog, clock: Clock, kim: Ref):
    entry = log.record("login", kim, purge_after=900 * DAY)
    clock.pass_(4 * DAY)
    log.retention.apply()
    back = log.archive(entry, False)
    clock.pass_(100 * DAY)
    assert [a.id for a in log.timeline(kim)] == [back.id]
    assert not log.retention.apply()
    log.archive(entry)
    assert log.timeline(kim).count() == 0


def test_a_hold_shows_again_what_was_not_purged_yet(log: ActivityLog, clock: Clock, kim: Ref):
    log.record("login", kim)
    clock.pass_(9 * DAY)
    assert log.timeline(kim).count() == 0
    log.retention.hold(kim, reason="why")
    assert log.timeline(kim).count() == 1
    log.retention.release(kim)
    assert log.timeline(kim).count() == 0


# -- rules --------------------------------------------------------------------------------------------------------


def test_a_rule_of_the_tenant_comes_before_the_type_and_after_the_entry(log: ActivityLog, clock: Clock, kim: Ref):
    log.retention.rule("login", archive_after=None, purge_after=2 * DAY)
    log.record("login", kim)
    log.record("login", kim, purge_after=50 * DAY)
    log.record("login", kim, purge_after=DAY)
    clock.pass_(DAY)
    assert log.timeline(kim).count() == 2
    clock.pass_(DAY)
    assert log.timeline(kim).count() == 1
    clock.pass_(9 * DAY)
    assert log.timeline(kim).count() == 1, "never archived"
    with scope(tenant="south"):
        assert log.retention.rules() == {}


def test_a_template_says_for_its_entries_what_the_rules_do_not(log: ActivityLog, clock: Clock, kim: Ref):
    log.templates.create("welcome", "call", title="x", purge_after=3 * DAY)
    log.retention.rule("call", purge_after=5 * DAY)
    log.record(log.templates.draft("welcome", kim))
    log.record("call", kim)
    clock.pass_(3 * DAY)
    assert log.timeline(kim).count() == 1
    clock.pass_(2 * DAY)
    assert rows(log.retention.apply()) == {("call", "purged", "entry"): 1, ("call", "purged", "tenant"): 1}


def test_rules_are_listed_replaced_and_taken_back(log: ActivityLog, types: TypeRegistry):
    log.retention.rule("login", purge_after=timedelta(days=2, microseconds=7), keep=3)
    log.retention.rule("unheard.of", archive_after=DAY)
    assert log.retention.rules() == {
        "login": {"purge_after": timedelta(days=2, microseconds=7), "keep": 3},
        "unheard.of": {"archive_after": DAY},
    }
    log.retention.rule(types["login"], archive_after=None)
    assert log.retention.rules()["login"] == {"archive_after": None}
    log.retention.remove_rule("login")
    assert list(log.retention.rules()) == ["unheard.of"]
    with pytest.raises(InvalidInput, match="no rule"):
        log.retention.remove_rule("login")


def test_entries_whose_type_is_not_declared_any_more_follow_the_rule_of_the_tenant(
    log: ActivityLog, clock: Clock, kim: Ref
):
    log.record("call", kim)
    later = ActivityLog(log.storage, actor=Actor.user(3), clock=clock)
    clock.pass_(100 * DAY)
    assert later.timeline(kim).count() == 1
    later.retention.rule("call", purge_after=DAY)
    assert later.timeline(kim).count() == 0
    assert rows(later.retention.apply()) == {("call", "purged", "tenant"): 1}


@pytest.mark.parametrize(
    ("ages", "named"),
    [
        ({}, "archive_after"),
        ({"archive_after": timedelta()}, "archive_after"),
        ({"purge_after": -DAY}, "purge_after"),
        ({"purge_after": 30}, "purge_after"),
        ({"keep": 0}, "keep"),
        ({"keep": -1}, "keep"),
        ({"keep": True}, "keep"),
        ({"keep": 2.0}, "keep"),
        ({"purge": DAY}, "purge"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(log: ActivityLog, ages: Any, named: str):
    with pytest.raises(InvalidInput) as caught:
        log.retention.rule("login", **ages)
    assert caught.value.field == named
    assert log.retention.rules() == {}


@pytest.mark.parametrize("type", ["", "No Type", "x" * 65, None, 5])
def test_a_rule_is_for_what_can_be_a_type(log: ActivityLog, type: Any):
    for attempt in (lambda: log.retention.rule(type, keep=1), lambda: log.retention.remove_rule(type)):
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert caught.value.field == "type"


def test_the_status_of_subjects_is_never_purged(log: ActivityLog, clock: Clock, kim: Ref):
    for ages in ({"purge_after": DAY}, {"keep": 1}):
        with pytest.raises(InvalidInput, match="would be lost"):
            log.retention.rule("standing", **ages)
    log.retention.rule("standing", archive_after=2 * DAY, purge_after=None, keep=None)
    for status in ("blocked", "active", "blocked"):
        clock.pass_(DAY)
        log.subjects.set_status(kim, "standing", status)
    clock.pass_(100 * DAY)
    [first, *_] = stored(log).values()
    log.storage.replace(evolve(first, purge_at=START, version=2), expected_version=1)
    assert rows(log.retention.apply()) == {("standing", "archived", "tenant"): 3}
    assert log.subjects.status(kim, "standing") == "blocked"
    assert len(stored(log)) == 3


def test_a_status_that_once_had_a_rule_is_never_purged(log: ActivityLog, clock: Clock, kim: Ref):
    ActivityLog(log.storage).retention.rule("standing", purge_after=DAY, keep=1)
    for status in ("blocked", "active"):
        log.subjects.set_status(kim, "standing", status)
    clock.pass_(3 * DAY)
    assert not log.retention.apply()
    assert log.timeline(kim).count() == 2


def test_an_age_beyond_all_time_is_never(log: ActivityLog, clock: Clock, kim: Ref):
    log.record("login", kim, archive_after=timedelta.max, purge_after=timedelta(days=9_000 * 365))
    log.retention.rule("call", purge_after=timedelta.max, archive_after=timedelta(days=1_000 * 365))
    log.record("call", kim)
    clock.pass_(1_000 * DAY)
    assert log.timeline(kim).count() == 2


# -- the job ------------------------------------------------------------------------------------------------------


def test_the_job_archives_and_purges_and_says_why(log: ActivityLog, clock: Clock, kim: Ref):
    old = log.record("login", kim)
    clock.pass_(4 * DAY)
    archived = log.record("login", kim)
    clock.pass_(4 * DAY)
    new = log.record("login", kim)
    seen: list[Activity] = []
    with (
        signals.handled.connected_to(lambda _, activities: seen.extend(activities)),
        scope(actor=Actor.system("nightly")),
    ):
        assert rows(log.retention.apply()) == {("login", "archived", "type"): 1, ("login", "purged", "type"): 1}
    assert set(stored(log)) == {archived.id, new.id}
    assert log.storage.versions("default", old.id, limit=10) == []
    [revision] = log.history(archived)[1:]
    assert (revision.action, revision.actor.label) == ("archived", "nightly")
    assert revision.comment == "by the age that its type says"
    assert [(a.id, a.archived) for a in seen] == [(archived.id, True)]
    assert not log.retention.apply()


def test_deleted_entries_are_purged_and_not_archived(log: ActivityLog, clock: Clock, kim: Ref):
    log.retention.rule("call", archive_after=DAY, purge_after=2 * DAY)
    log.delete(log.record("call", kim))
    clock.pass_(DAY)
    assert not log.retention.apply()
    clock.pass_(DAY)
    assert log.retention.apply().counts() == {"purged": 1}


def test_of_each_subject_the_newest_are_kept(log: ActivityLog, clock: Clock, kim: Ref, acme: Ref):
    both = log.record("ping", kim, acme, occurred_at=START - 9 * DAY)
    log.record("ping", kim, occurred_at=START - 8 * DAY)
    kims = [log.record("ping", kim, occurred_at=START - day * DAY) for day in (7, 6)]
    acmes = log.record("ping", acme, occurred_at=START - 5 * DAY)
    own = log.record("ping", kim, occurred_at=START - 20 * DAY, purge_after=99 * DAY)
    call = log.record("call", kim)
    assert rows(log.retention.apply()) == {("ping", "purged", "keep"): 1}
    assert set(stored(log)) == {both.id, acmes.id, own.id, call.id, *(a.id for a in kims)}
    log.record("ping", acme)
    assert rows(log.retention.apply()) == {("ping", "purged", "keep"): 1}
    assert both.id not in stored(log)


def test_parents_and_sources_have_no_number_of_their_own(make_log: Callable[..., ActivityLog], kim: Ref, acme: Ref):
    log = make_log(parents=lambda refs: {ref: [acme] for ref in refs if ref != acme})
    for number in range(5):
        log.record("ping", Ref("contact", number))
    assert not log.retention.apply()
    for _ in range(3):
        log.record("ping", Ref("contact", 0), source=Ref("host", 1))
    assert log.retention.apply().counts() == {"purged": 2}


def test_merged_subjects_keep_their_number_each_for_merging_loses_nothing(log: ActivityLog, kim: Ref, acme: Ref):
    for subject in (kim, acme, kim, acme):
        log.record("ping", subject)
    log.subjects.merge(kim, into=acme)
    assert not log.retention.apply()


def test_a_number_greater_than_a_part_is_counted_in_parts(log: ActivityLog, kim: Ref, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("activitylog.purging._PART", 3)
    log.retention.rule("ping", keep=7)
    entries = [log.record("ping", kim) for _ in range(9)]
    assert rows(log.retention.apply()) == {("ping", "purged", "keep"): 2}
    assert set(stored(log)) == {a.id for a in entries[2:]}
    log.retention.rule("ping", keep=6)
    assert rows(log.retention.apply()) == {("ping", "purged", "keep"): 1}


def test_what_is_held_stays_and_is_told(log: ActivityLog, clock: Clock, kim: Ref, acme: Ref):
    held, linked = log.record("login", kim), log.record("login", acme, kim)
    log.record("login", kim)
    pings = [log.record("ping", acme) for _ in range(4)]
    log.retention.hold(held, reason="why")
    log.retention.hold(acme, reason="why")
    clock.pass_(9 * DAY)
    assert rows(log.retention.apply()) == {
        ("login", "purged", "type"): 1,
        ("login", "held", "type"): 2,
        ("ping", "held", "keep"): 2,
    }
    assert set(stored(log)) == {held.id, linked.id, *(a.id for a in pings)}
    assert not any(record.archived_at < ABSENT for record in stored(log).values())
    log.retention.release(held)
    log.retention.release(acme)
    assert log.retention.apply().counts() == {"purged": 4}


def test_a_hold_that_comes_while_the_job_runs_keeps_what_is_left(
    log: ActivityLog, clock: Clock, kim: Ref, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("activitylog.purging._PART", 2)
    entries = [log.record("login", kim) for _ in range(6)]
    clock.pass_(9 * DAY)
    report = log.retention.apply(progress=lambda done, _: done == 2 and log.retention.hold(kim, reason="why"))
    assert report.counts() == {"purged": 2, "held": 4}
    assert set(stored(log)) == {a.id for a in entries[2:]}


def test_a_number_that_is_taken_back_while_the_job_runs_holds_no_longer(
    log: ActivityLog, kim: Ref, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("activitylog.purging._PART", 2)
    log.retention.rule("call", keep=1)
    for _ in range(6):
        log.record("call", kim)
    report = log.retention.apply(progress=lambda done, _: done == 2 and log.retention.remove_rule("call"))
    assert report.counts() == {"purged": 2}


class Meanwhile(BytesIO):
    """A stream of an export: once entries are read and written there, and before they are purged, others do this."""

    def __init__(self, done: Callable[[], None]) -> None:
        super().__init__()
        self._done = done
        self._parts = 0

    def flush(self) -> None:
        self._parts += 1
        if self._parts == 2:  # the first one is the header
            self._done()


def test_what_is_held_after_it_was_read_is_not_purged(log: ActivityLog, clock: Clock, kim: Ref):
    entry, other = log.record("login", kim), log.record("login", kim)
    clock.pass_(9 * DAY)

    def hold() -> None:
        log.storage.replace(evolve(stored(log)[entry.id], held=True, version=2), expected_version=1)

    assert log.retention.apply(export=Meanwhile(hold)).counts() == {"purged": 1, "held": 1}
    assert set(stored(log)) == {entry.id}
    assert other.id not in stored(log)


def test_what_is_changed_after_it_was_exported_is_not_purged_without_that(log: ActivityLog, clock: Clock, kim: Ref):
    log.retention.rule("call", keep=1)
    entry = log.record("call", kim)
    log.record("call", kim)

    def edit() -> None:
        clock.pass_(EDGE)
        log.edit(entry, note="important")

    assert not log.retention.apply(export=Meanwhile(edit))
    assert log.retention.apply().counts() == {"purged": 1}


def test_a_purge_frees_keys_and_contents(log: ActivityLog, clock: Clock, kim: Ref, tmp_path: Path):
    files = [Attachment(b"own", name="own.txt"), Attachment(b"shared", name="shared.txt")]
    gone = log.record("login", kim, attachments=files, idempotency_key="k")
    kept = log.record("call", kim, attachments=[Attachment(b"shared", name="shared.txt")])
    clock.pass_(9 * DAY)
    log.retention.apply()
    contents = [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert contents == [b"shared"]
    with log.files.open(kept, kept.attachments[0]) as content:
        assert content.read() == b"shared"
    again = log.record("login", kim, idempotency_key="k", note="other")
    assert (again.created, again.id != gone.id) == (True, True)


def test_a_dry_run_writes_nothing_and_says_the_same(log: ActivityLog, clock: Clock, kim: Ref, tmp_path: Path):
    log.retention.hold(log.record("login", kim), reason="why")
    for _ in range(4):
        log.record("login", kim)
        log.record("ping", kim)
        clock.pass_(2 * DAY)
    before = stored(log)
    expected = log.retention.apply(dry_run=True, export=tmp_path / "gone.jsonl.gz")
    assert stored(log) == before
    assert not (tmp_path / "gone.jsonl.gz").exists()
    assert expected == log.retention.apply()
    assert expected.counts() == {"archived": 2, "held": 1, "purged": 3}


def test_in_a_dry_run_what_age_would_purge_is_none_of_the_newest(log: ActivityLog, clock: Clock, kim: Ref):
    for age in (None, None, DAY):
        log.record("ping", kim, purge_after=age)
    clock.pass_(DAY)
    assert rows(log.retention.apply(dry_run=True)) == {("ping", "purged", "entry"): 1}
    assert rows(log.retention.apply()) == {("ping", "purged", "entry"): 1}


def test_progress_is_told_part_by_part(log: ActivityLog, clock: Clock, kim: Ref, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("activitylog.purging._PART", 2)
    for _ in range(5):
        log.record("login", kim)
    log.record("ping", kim)
    clock.pass_(4 * DAY)
    told: list[tuple[int, int]] = []
    log.retention.apply(progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 6), (4, 6), (5, 6), (6, 6)]


def test_the_job_is_for_one_tenant(log: ActivityLog, clock: Clock, kim: Ref):
    with scope(tenant="south"):
        log.record("login", kim)
    clock.pass_(9 * DAY)
    assert not log.retention.apply()
    assert len(stored(log, "south")) == 1
    with scope(tenant="south"):
        assert log.retention.apply().counts() == {"purged": 1}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"dry_run": 1}, "dry_run"),
        ({"progress": 5}, "progress"),
        ({"export": 5}, "export"),
        ({"export": StringIO()}, "export"),
        ({"export": "/nowhere/at/all.gz"}, "export"),
    ],
)
def test_what_does_not_fit_the_job_is_refused(log: ActivityLog, clock: Clock, kim: Ref, options: Any, named: str):
    log.record("login", kim)
    clock.pass_(9 * DAY)
    with pytest.raises(InvalidInput) as caught:
        log.retention.apply(**options)
    assert caught.value.field == named
    assert len(stored(log)) == 1


def test_the_job_needs_somebody_who_acts_and_a_log_that_is_not_limited(make_log: Callable[..., ActivityLog]):
    with pytest.raises(InvalidInput) as caught:
        make_log(actor=None).retention.apply(dry_run=True)
    assert caught.value.field == "actor"
    with pytest.raises(NotAllowed, match="who is asking"):
        make_log(require_viewer=True).retention.apply()
    assert not make_log(require_viewer=True).visible_to(Viewer.unlimited()).retention.apply()


# -- the report ---------------------------------------------------------------------------------------------------


def test_the_report_is_a_table_for_people_and_for_programs(log: ActivityLog, clock: Clock, kim: Ref):
    log.record("login", kim)
    clock.pass_(9 * DAY)
    with scope(language="de"):
        report = log.retention.apply()
    [row] = report
    assert (row, report[:]) == (report[0], (row,))
    assert repr(report) == "<RetentionReport: 1 purged>"
    assert report.to_csv() == "type,outcome,reason,number\r\nlogin,purged,type,1\r\n"
    assert report.to_text().splitlines() == [
        "Typ    Ergebnis  Grund           Anzahl",
        "-----  --------  --------------  ------",
        "login  entfernt  Regel des Typs  1",
        "",
        "entfernt: 1",
    ]


# -- the export ---------------------------------------------------------------------------------------------------


def restored(content: bytes, storage: Storage) -> None:
    import_jsonl(storage, gzip.decompress(content).splitlines())


def test_what_is_purged_can_be_brought_back_from_the_export(log: ActivityLog, clock: Clock, kim: Ref, tmp_path: Path):
    log.retention.rule("call", purge_after=5 * DAY)
    entry = log.edit(log.record("call", kim, note="first"), note="second")
    log.record("ping", kim)
    before, history = stored(log), log.history(entry)
    clock.pass_(9 * DAY)
    log.retention.apply(export=tmp_path / "gone.jsonl.gz")
    assert len(stored(log)) == 1
    restored((tmp_path / "gone.jsonl.gz").read_bytes(), log.storage)
    assert stored(log) == before
    log.retention.remove_rule("call")
    assert log.history(entry) == history
    stream = BytesIO()
    log.retention.rule("call", purge_after=5 * DAY)
    log.retention.apply(export=stream)
    restored(stream.getvalue(), log.storage)
    assert stored(log) == before


def test_the_export_of_an_earlier_run_is_gone_on_with_after_its_last_whole_part(
    log: ActivityLog, clock: Clock, kim: Ref, tmp_path: Path
):
    path = tmp_path / "gone.jsonl.gz"
    before: dict[UUID, Record] = {}
    for broken_off in (0, 7, 60):
        log.record("login", kim)
        before |= stored(log)
        clock.pass_(9 * DAY)
        log.retention.apply(export=str(path))
        whole = path.read_bytes()
        path.write_bytes(whole + gzip.compress(bytes(range(256)))[:broken_off])
    log.retention.apply(export=path)
    restored(path.read_bytes(), log.storage)
    assert stored(log) == before


@pytest.mark.parametrize("content", [b"my thesis", gzip.compress(b"x", mtime=0) + b"no gzip"], ids=["text", "more"])
def test_another_file_is_not_written_over(log: ActivityLog, clock: Clock, kim: Ref, tmp_path: Path, content: bytes):
    (tmp_path / "thesis").write_bytes(content)
    log.record("login", kim)
    clock.pass_(9 * DAY)
    with pytest.raises(InvalidInput, match="no gzip file"):
        log.retention.apply(export=tmp_path / "thesis")
    assert (tmp_path / "thesis").read_bytes() == content
    assert len(stored(log)) == 1


def test_what_could_not_be_exported_is_not_purged(log: ActivityLog, clock: Clock, kim: Ref):
    class Full(BytesIO):
        def write(self, data: Any) -> int:
            if self.tell():
                raise OSError(28, "No space left on device")
            return super().write(data)

    log.record("login", kim)
    clock.pass_(9 * DAY)
    with pytest.raises(StorageError, match="No space left"):
        log.retention.apply(export=Full())
    assert len(stored(log)) == 1


# -- interrupted --------------------------------------------------------------------------------------------------


class Stopped(Exception):
    pass


@pytest.mark.parametrize("after", range(8))
def test_broken_off_and_run_again_it_ends_as_if_undisturbed(
    log: ActivityLog, clock: Clock, kim: Ref, acme: Ref, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, after: int
):
    monkeypatch.setattr("activitylog.purging._PART", 2)
    for number in range(5):
        with scope(tenant="undisturbed"):
            log.record("login", kim, attachments=[Attachment(b"%d" % number, name="x")])
            log.record("ping", kim, acme)
        log.record("login", kim, attachments=[Attachment(b"%d" % number, name="x")])
        log.record("ping", kim, acme)
        clock.pass_(2 * DAY)

    def stop(done: int, _: int) -> None:
        nonlocal after
        after -= 1
        if after < 0:
            raise Stopped

    try:
        log.retention.apply(progress=stop, export=tmp_path / "gone.gz")
    except Stopped:
        log.retention.apply(export=tmp_path / "gone.gz")
    with scope(tenant="undisturbed"):
        log.retention.apply()

    def told(tenant: str) -> list[Any]:
        found = stored(log, tenant).values()
        return [(r.type, r.occurred_at, r.version, r.archived_at, r.comment) for r in found]

    assert told("default") == told("undisturbed")
    contents = Counter(path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file())
    assert contents == {b"%d" % number: 2 for number in (2, 3, 4)}


def test_contents_of_what_a_killed_job_purged_go_with_the_next_run(
    log: ActivityLog, clock: Clock, kim: Ref, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    log.record("login", kim, attachments=[Attachment(b"x", name="x")])
    clock.pass_(9 * DAY)
    with monkeypatch.context() as patched:
        patched.setattr("activitylog.purging.Purge._release", lambda *_: (_ for _ in ()).throw(Stopped))
        with pytest.raises(Stopped):
            log.retention.apply()
    assert stored(log) == {}
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert not log.retention.apply()
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert log.storage.documents("default", "purge", limit=1) == []


# -- against a model ----------------------------------------------------------------------------------------------


@define
class Entry:
    type: str
    subjects: frozenset[int]
    recorded: int
    before: int
    archive: int | None
    purge: int | None
    held: bool
    deleted: bool
    id: UUID | None = None


@define
class World:
    """What the library should say, told in plain Python: times are days."""

    rules: dict[str, dict[str, int | None]]
    holds: frozenset[int]
    today: int
    entries: list[Entry] = field(factory=list)

    TYPES: ClassVar = {
        "call": {},
        "login": {"archive_after": 4, "purge_after": 8},
        "ping": {"keep": 2},
    }

    def says(self, entry: Entry, option: str) -> tuple[int | None, str]:
        if option in self.rules.get(entry.type, {}):
            return self.rules[entry.type][option], "tenant"
        return self.TYPES[entry.type].get(option), "type"

    def due(self, entry: Entry, own: int | None, option: str) -> str:
        """Return why an entry is past an age, empty if it is not."""
        age, reason = (own, "entry") if own is not None else self.says(entry, option)
        since = max(entry.recorded, entry.recorded - entry.before)
        return reason if age is not None and since + age <= self.today else ""

    def is_held(self, entry: Entry) -> bool:
        return entry.held or bool(entry.subjects & self.holds)

    def gone(self, entry: Entry) -> str:
        return "" if self.is_held(entry) else self.due(entry, entry.purge, "purge_after")

    def aged(self, entry: Entry) -> str:
        return "" if self.is_held(entry) else self.due(entry, entry.archive, "archive_after")

    def visible(self, *, archived: bool | None = None, deleted: bool | None = None) -> set[UUID]:
        return {
            entry.id
            for entry in self.entries
            if not self.gone(entry) and archived in (None, bool(self.aged(entry))) and deleted in (None, entry.deleted)
        }

    def beyond(self, entry: Entry) -> bool:
        keep, _ = self.says(entry, "keep")
        if keep is None or entry.purge is not None:
            return False
        left = [e for e in self.entries if e.type == entry.type and not self.gone(e)]

        def newer(subject: int) -> int:
            own = (entry.recorded - entry.before, entry.id)
            return sum(subject in e.subjects and (e.recorded - e.before, e.id) > own for e in left)

        return all(newer(subject) >= keep for subject in entry.subjects)

    def report(self) -> dict[tuple[str, str, str], int]:
        found: Counter[tuple[str, str, str]] = Counter()
        for entry in self.entries:
            expired = self.due(entry, entry.purge, "purge_after")
            if not self.gone(entry) and self.aged(entry) and not entry.deleted:
                found[entry.type, "archived", self.aged(entry)] += 1
            if expired:
                found[entry.type, "held" if self.is_held(entry) else "purged", expired] += 1
            elif self.beyond(entry):
                found[entry.type, "held" if self.is_held(entry) else "purged", "keep"] += 1
        return dict(found)

    def left(self) -> dict[UUID, bool]:
        """Return which entries stay in the store, and whether they are archived there."""
        stay = [e for e in self.entries if not self.gone(e) and (self.is_held(e) or not self.beyond(e))]
        return {e.id: bool(self.aged(e)) and not e.deleted for e in stay}


AGES = st.none() | st.integers(1, 12)
TYPES = st.sampled_from(list(World.TYPES))
ENTRIES = st.builds(
    Entry,
    type=TYPES,
    subjects=st.frozensets(st.integers(0, 2), min_size=1),
    recorded=st.integers(0, 12),
    before=st.integers(-1, 6),
    archive=AGES,
    purge=AGES,
    held=st.booleans().map(bool),
    deleted=st.booleans(),
)
RULES = st.dictionaries(
    TYPES,
    st.fixed_dictionaries(
        {}, optional={"archive_after": AGES, "purge_after": AGES, "keep": st.none() | st.integers(1, 3)}
    ),
)
WORLDS = st.builds(
    World,
    rules=RULES.map(lambda rules: {name: ages for name, ages in rules.items() if ages}),
    holds=st.frozensets(st.integers(0, 2), max_size=1),
    today=st.integers(12, 24),
    entries=st.lists(ENTRIES, max_size=14).map(lambda listed: sorted(listed, key=lambda entry: entry.recorded)),
)


def days(number: int | None) -> timedelta | None:
    return None if number is None else number * DAY


@settings(max_examples=effort(25, least=8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=WORLDS)
@example(world=World({"call": {"keep": 1}}, frozenset({0}), 12, []))
def test_what_is_visible_archived_and_purged_is_what_a_plain_model_says(
    make_log: Callable[..., ActivityLog], world: World
):
    clock = Clock()
    log = make_log(clock=clock)
    tenant = str(uuid4())
    with scope(tenant=tenant):
        for entry in world.entries:
            clock.now = START + entry.recorded * DAY
            entry.id = log.record(
                entry.type,
                *(Ref("contact", number) for number in entry.subjects),
                occurred_at=clock.now - entry.before * DAY,
                archive_after=days(entry.archive),
                purge_after=days(entry.purge),
            ).id
            if entry.held:
                log.retention.hold(entry.id, reason="why")
            entry.deleted = entry.deleted and entry.type == "call"
            if entry.deleted:
                log.delete(entry.id)
        for name, ages in world.rules.items():
            given = {option: value if option == "keep" else days(value) for option, value in ages.items()}
            log.retention.rule(name, **given)
        for number in world.holds:
            log.retention.hold(f"contact:{number}", reason="why")
        clock.now = START + world.today * DAY
        for archived in (None, True, False):
            for deleted in (None, True, False):
                timeline = log.everything().filter(archived=archived, deleted=deleted)
                expected = world.visible(archived=archived, deleted=deleted)
                assert {a.id for a in timeline} == expected
                assert timeline.count() == len(expected)
        expected = world.report()
        assert rows(log.retention.apply(dry_run=True)) == expected
        assert rows(log.retention.apply()) == expected
        assert {id: r.archived_at < ABSENT for id, r in stored(log, tenant).items()} == world.left()
        assert set(log.retention.apply().counts()) <= {"held"}


def test_a_number_to_keep_that_no_store_holds(log):
    with pytest.raises(InvalidInput) as refused:
        log.retention.rule("note", keep=2**70)
    assert refused.value.field == "keep"


class Unflushed:
    def write(self, part: bytes) -> int:
        return len(part)


def closed() -> BytesIO:
    file = BytesIO()
    file.close()
    return file


def test_a_stream_need_only_be_written_to(log):
    log.retention.apply(export=Unflushed())


@pytest.mark.parametrize("export", [closed(), "a\0b"], ids=["closed", "no path"])
def test_an_export_that_cannot_be_written_is_one_error(log, export):
    with pytest.raises(ActivityLogError, match="export"):
        log.retention.apply(export=export)
