"""That somebody looked at a timeline is written down, where the host asks for that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from activitylog import Actor, Viewer, scope

LEA = Actor.user(3, "Lea Müller")
SYSTEM = Actor.system("nightly job")
DAY = timedelta(days=1)


class Clock:
    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log(make_log, clock):
    return make_log(actor=SYSTEM, log_reads=DAY, clock=clock)


def viewed(log, *subjects):
    """Who looked, the first first, as a program reads that."""
    timeline = log.timeline(*subjects) if subjects else log.everything()
    return [one.actor.ref.id for one in timeline.filter(types="timeline.viewed").oldest_first()]


def test_a_person_who_reads_leaves_one_entry_in_each_window(log, clock, kim):
    log.record("call", kim)
    with scope(actor=LEA):
        for _ in range(3):
            log.timeline(kim).page()
            list(log.timeline(kim))
    assert viewed(log, kim) == ["3"]
    clock.now += DAY
    with scope(actor=LEA):
        log.timeline(kim).first()
    assert viewed(log, kim) == ["3", "3"]


def test_each_subject_and_each_viewer_has_an_entry_of_its_own(log, kim, acme):
    limited = log.visible_to(Viewer(["user:4", "team:south"]))
    limited.timeline(kim, acme).page()
    log.visible_to(Viewer(kim, internal=False)).timeline(kim).page()
    log.visible_to(Viewer()).timeline(kim).page()
    entries = list(log.everything().filter(types="timeline.viewed").oldest_first())
    assert [(one.actor.kind, one.subjects) for one in entries] == [
        ("user", (kim,)),
        ("user", (acme,)),
        ("customer", (kim,)),
        ("anonymous", (kim,)),
    ]


def test_a_program_leaves_none(log, kim):
    log.timeline(kim).page()
    log.visible_to(Viewer.unlimited()).timeline(kim).page()
    assert viewed(log) == []


def test_the_whole_tenant_is_nobodys_timeline(log, kim):
    with scope(actor=LEA):
        log.everything().page()
    assert viewed(log) == []


def test_counting_is_not_reading(log, kim):
    with scope(actor=LEA):
        log.timeline(kim).count()
        log.timeline(kim).count_by("type", "week", tz="Europe/Berlin")
        log.timeline(kim).exists()
    assert viewed(log) == []


def test_what_arrived_is_read_too(log, kim):
    mark = log.timeline(kim).page().mark
    with scope(actor=LEA):
        log.timeline(kim).arrived(after=mark)
    assert viewed(log) == ["3"]


def test_one_timeline_that_stays_open_is_noted_in_each_window(log, clock, kim):
    with scope(actor=LEA):
        timeline = log.timeline(kim)
        timeline.page()
        clock.now += DAY
        timeline.page()
        assert viewed(log, kim)[:2] == ["3", "3"]


def test_timelines_leave_it_out_unless_its_type_is_named(log, kim):
    call = log.record("call", kim)
    with scope(actor=LEA):
        assert [one.id for one in log.timeline(kim)] == [call.id]
        assert [one.id for one in log.timeline(kim)] == [call.id]
    assert log.timeline(kim).count() == 1
    assert [one.key for one in log.timeline(kim).count_by("type")] == [("call",)]
    assert log.timeline(kim).filter(types=["call", "timeline.viewed"]).count() == 2
    assert log.timeline(kim).filter(types=None).count() == 1


def test_without_the_option_nothing_is_written(make_log, kim):
    log = make_log(actor=LEA)
    log.timeline(kim).page()
    assert viewed(log) == []


def test_reading_is_noted_in_the_tenant_that_the_timeline_is_of(log, kim):
    with scope(tenant="south", actor=LEA):
        timeline = log.timeline(kim)
    with scope(tenant="north", actor=LEA):
        timeline.page()
        assert viewed(log) == []
    with scope(tenant="south"):
        assert viewed(log) == ["3"]


def test_a_timeline_is_read_where_no_scope_names_the_tenant_any_more(make_log, kim):
    log = make_log(actor=LEA, log_reads=DAY, require_tenant=True)
    with scope(tenant="south"):
        log.record("call", kim)
        timeline = log.timeline(kim)
    assert len(timeline.page()) == 1


def test_what_was_rolled_back_is_noted_with_the_next_look(transactional_log, clock, kim):
    log = transactional_log
    with scope(actor=LEA):
        timeline = log.timeline(kim)
        with pytest.raises(KeyError), log.transaction():
            timeline.page()
            raise KeyError
        with log.paused():
            timeline.page()
        timeline.page()
    assert viewed(log) == ["3"]
