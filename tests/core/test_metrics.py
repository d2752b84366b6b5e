"""Metrics: numbers that equal what plain Python counts in a list, on every store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activitylog import REDACTED, ActivityLog, Actor, Draft, Ref, TypeRegistry, Viewer, scope, standard
from activitylog.errors import InvalidInput
from activitylog.metrics import Channel, Engagement, Frequency, LastContact, Period, ResponseTimes, Silent, Volume
from effort import effort

NOW = datetime(2026, 4, 7, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LEA, TIM = Actor.user(3, "Lea Müller"), Actor.user(4, "Tim Berg")
KIM, TOM, ACME = Ref("contact", 42), Ref("contact", 43), Ref("company", 7)
TYPES = {
    # its channel, direction, and whether people write it down
    "mail.received": ("email", "incoming", False),
    "mail.sent": ("email", "outgoing", False),
    "mail.auto_replied": ("email", "", False),
    "call": ("phone", "", True),
    "letter": ("post", "outgoing", True),
    "note": ("", "", True),
    "logged_in": ("", "incoming", False),
}


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry()
    for name, (channel, direction, manual) in TYPES.items():
        registry.define(name, channel=channel, direction=direction, manual=manual)
    return registry


@pytest.fixture
def log(make_log: Callable[..., ActivityLog]) -> ActivityLog:
    return make_log(clock=lambda: NOW)


def said(log: ActivityLog, name: str, minutes: float, *subjects: Ref, **fields: Any) -> None:
    """Record an entry so many minutes after the day before yesterday's noon."""
    log.record(name, *(subjects or (KIM,)), occurred_at=NOW - 2 * DAY + minutes * MINUTE, **fields)


# -- any log, against lists -------------------------------------------------------------------------------------------


@frozen
class Said:
    """An entry as plain Python knows it."""

    type: str
    at: datetime
    subjects: tuple[Ref, ...]
    actor: Actor
    team: str
    conversation: str

    @property
    def channel(self) -> str:
        return TYPES[self.type][0]

    @property
    def direction(self) -> str:
        return TYPES[self.type][1]

    @property
    def is_contact(self) -> bool:
        return bool(self.channel) and (bool(self.direction) or TYPES[self.type][2]) and self.at <= NOW

    def draft(self) -> Draft:
        return Draft(
            self.type,
            *self.subjects,
            occurred_at=self.at,
            actor=self.actor,
            team=self.team,
            conversation=self.conversation,
        )


EDGES = [
    datetime(2025, 10, 26, 1, tzinfo=UTC),  # Berlin, an hour comes twice
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin, an hour is left out
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe, half an hour comes twice
    datetime(2025, 12, 31, 23, tzinfo=UTC),
    datetime(2025, 12, 31, 13, tzinfo=UTC),
    NOW,
    NOW - 30 * DAY,
    NOW - 90 * DAY,
]
times = st.builds(
    lambda edge, minutes, ms: min(edge + minutes * MINUTE + timedelta(milliseconds=ms), NOW + DAY),
    st.sampled_from(EDGES),
    st.sampled_from([0, 0, -1, 1, 29, 30, 31, 60, -60, 90, 180]) | st.integers(-10_000, 10_000),
    st.sampled_from([0, 0, -1, 1, 999]),
)
histories = st.lists(
    st.builds(
        Said,
        st.sampled_from([*TYPES, "mail.received", "mail.sent"]),
        times,
        st.sampled_from([(KIM,), (KIM,), (TOM,), (ACME,), (KIM, ACME)]),
        st.sampled_from([LEA, TIM]),
        st.sampled_from(["", "north"]),
        st.sampled_from(["", "", "one", "two"]),
    ),
    max_size=14,
)
ZONES = ("UTC", "Europe/Berlin", "Australia/Lord_Howe")


@pytest.mark.parametrize("asked", [(), (KIM,), (KIM, TOM)], ids=["everything", "one", "two"])
def test_any_metrics_are_what_lists_give(log: ActivityLog, asked: tuple[Ref, ...]):
    tenants = map(str, count())

    @settings(max_examples=effort(20, least=8), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(histories, st.sampled_from(ZONES), st.sampled_from([None, "type", "channel", "direction", "actor", "team"]))
    def check(history: list[Said], zone: str, by: str | None) -> None:
        with scope(tenant=next(tenants)):
            log.record_many(entry.draft() for entry in history)
            timeline = log.timeline(*asked) if asked else log.everything()
            found = timeline.metrics(tz=zone)
        ordered = sorted(history, key=lambda entry: entry.at)  # ids rise, so that those of one time stay as they are
        mine = [entry for entry in ordered if not asked or set(asked) & set(entry.subjects)]
        met = [entry for entry in mine if entry.is_contact]
        for bucket in ("hour", "day", "week", "month"):
            assert volumes(found.volume(bucket, by)) == plain_volume(mine, bucket, by, zone)
        assert found.channels() == plain_channels(met)
        assert found.preferred_channel() == plain_preferred(met)
        assert found.last_contact() == plain_last(met)
        assert found.frequency() == plain_frequency(met)
        assert found.engagement() == plain_engagement(met)
        for since in (NOW - 40 * DAY, NOW):
            assert set(found.silent(since)) == plain_silent(mine, met, asked, since)
        for answered_by in (None, "actor", "team"):
            assert found.response_times(answered_by) == plain_response_times(mine, answered_by)
        trend = found.trend()
        assert (trend.now, trend.before) == (plain_period(mine, 0), plain_period(mine, 1))

    check()


def volumes(rows: Iterable[Volume]) -> dict[Any, int]:
    return {(*_instant(row.start), row.key): row.count for row in rows}


def _instant(start: date) -> tuple[Any, ...]:
    return (start.replace(tzinfo=None), start.utcoffset()) if isinstance(start, datetime) else (start, None)


def plain_volume(entries: list[Said], bucket: str, by: str | None, zone: str) -> dict[Any, int]:
    found: Counter[Any] = Counter()
    for entry in entries:
        local = entry.at.astimezone(ZoneInfo(zone))
        day = local.date()
        starts = {
            "hour": (local.replace(tzinfo=None, minute=0, second=0, microsecond=0, fold=0), local.utcoffset()),
            "day": (day, None),
            "week": (day - day.weekday() * DAY, None),
            "month": (day.replace(day=1), None),
        }
        key = None if by is None else entry.actor.ref if by == "actor" else getattr(entry, by)
        found[*starts[bucket], key] += 1
    return found


def plain_channels(met: list[Said]) -> list[Channel]:
    rows = []
    for channel in {entry.channel for entry in met}:
        own = [entry for entry in met if entry.channel == channel]
        ways = Counter(entry.direction for entry in own)
        rows.append(Channel(channel, len(own), ways["incoming"], ways["outgoing"], own[-1].at))
    return sorted(rows, key=lambda row: (-row.count, row.channel))


def plain_preferred(met: list[Said]) -> str | None:
    counted = [entry for entry in met if entry.direction == "incoming"] or met
    used = Counter(entry.channel for entry in counted)
    last = {entry.channel: entry.at for entry in counted}
    best = sorted(used, key=lambda channel: (-used[channel], NOW - last[channel], channel))
    return best[0] if best else None


def plain_last(met: list[Said]) -> LastContact:
    last = {entry.direction: entry.at for entry in met}
    return LastContact(met[-1].at if met else None, last.get("incoming"), last.get("outgoing"))


def plain_frequency(met: list[Said]) -> Frequency:
    if not met:
        return Frequency(0, None, None, None, None)
    pauses = [(after.at - before.at) / DAY for before, after in pairwise(met)]
    mean = sum(pauses) / len(pauses) if pauses else None
    pace = 7 / mean if mean else None
    return Frequency(len(met), met[0].at, met[-1].at, mean and pytest.approx(mean), pace and pytest.approx(pace))


def plain_engagement(met: list[Said]) -> Engagement:
    recent = [entry for entry in met if entry.at >= NOW - 90 * DAY]
    ways = Counter(entry.direction for entry in recent)
    low, high = sorted((ways["incoming"], ways["outgoing"]))
    recency = 1 - (NOW - recent[-1].at) / (90 * DAY) if recent else 0
    often, mutual = min(1, len(recent) / 12), low / high if high else 0
    parts = (pytest.approx(recency), pytest.approx(often), pytest.approx(mutual))
    return Engagement(round(40 * recency + 30 * often + 30 * mutual), *parts)


def plain_silent(mine: list[Said], met: list[Said], asked: tuple[Ref, ...], since: datetime) -> set[Silent]:
    subjects = asked or {subject for entry in mine for subject in entry.subjects}
    last = {subject: [entry.at for entry in met if subject in entry.subjects] for subject in subjects}
    return {Silent(ref, times[-1] if times else None) for ref, times in last.items() if not times or times[-1] < since}


def plain_response_times(entries: list[Said], by: str | None) -> list[ResponseTimes]:
    threads: defaultdict[Any, list[Said]] = defaultdict(list)
    for entry in entries:
        for thread in [entry.conversation] if entry.conversation else entry.subjects:
            if entry.direction:
                threads[thread].append(entry)
    answers: dict[int, tuple[Said, list[Said]]] = {}
    for thread in threads.values():
        for place, entry in enumerate(thread):
            if entry.direction == "incoming" and (place == 0 or thread[place - 1].direction == "outgoing"):
                later = (one for one in thread[place:] if one.direction == "outgoing")
                answers.setdefault(id(entry), (entry, []))[1].extend(list(later)[:1])
    waits: defaultdict[Any, list[timedelta]] = defaultdict(list)
    unanswered: Counter[Any] = Counter()
    for asked, found in answers.values():
        if found:
            first = min(found, key=entries.index)
            waits[by and (str(first.actor.ref) if by == "actor" else first.team)].append(first.at - asked.at)
        else:
            unanswered[by and ("" if by == "actor" else asked.team)] += 1
    keys = sorted({*waits, *unanswered}) if by else [None]
    return [
        ResponseTimes(
            (Ref.of(key) if key else None) if by == "actor" else key,
            len(waits[key]),
            unanswered[key],
            nearest(waits[key], 0.5),
            nearest(waits[key], 0.9),
        )
        for key in keys
    ]


def nearest(waits: list[timedelta], part: float) -> timedelta | None:
    return sorted(waits)[ceil(round(part * len(waits), 6)) - 1] if waits else None


def plain_period(mine: list[Said], back: int) -> Period:
    since, until = NOW - (back + 1) * 30 * DAY, NOW - back * 30 * DAY
    own = [entry for entry in mine if since <= entry.at < until]
    met = [entry for entry in own if entry.is_contact]
    ways = Counter(entry.direction for entry in met)
    return Period(since, until, len(own), len(met), ways["incoming"], ways["outgoing"])


# -- at the edges -----------------------------------------------------------------------------------------------------


def test_of_nothing_there_are_no_numbers(log: ActivityLog):
    for timeline in (log.everything(), log.timeline(KIM)):
        metrics = timeline.metrics(tz="Europe/Berlin")
        assert (metrics.volume("week"), metrics.volume("day", "actor"), metrics.channels()) == ([], [], [])
        assert metrics.preferred_channel() is None
        assert metrics.last_contact() == LastContact(None, None, None)
        assert metrics.frequency() == Frequency(0, None, None, None, None)
        assert metrics.response_times() == [ResponseTimes(None, 0, 0, None, None)]
        assert metrics.response_times("actor") == []
        assert metrics.engagement() == Engagement(0, 0, 0, 0)
        assert (metrics.trend().now.entries, metrics.trend().change, metrics.trend().contacts_change) == (0, None, None)
    assert log.everything().metrics().silent(NOW) == []
    assert log.timeline(KIM).metrics().silent(NOW) == [Silent(KIM, None)]


def test_of_one_entry_there_is_no_pace(log: ActivityLog):
    said(log, "mail.received", 0)
    metrics = log.timeline(KIM).metrics()
    assert metrics.frequency() == Frequency(1, NOW - 2 * DAY, NOW - 2 * DAY, None, None)
    assert metrics.volume("month") == [Volume(date(2026, 4, 1), None, 1)]
    assert metrics.response_times() == [ResponseTimes(None, 0, 1, None, None)]
    said(log, "mail.received", 0)
    assert log.timeline(KIM).metrics().frequency() == Frequency(2, NOW - 2 * DAY, NOW - 2 * DAY, 0, None)


def test_who_only_writes_waits_since_the_first_time(log: ActivityLog):
    for minutes in (0, 5, 9):
        said(log, "mail.received", minutes, actor=Actor.customer(KIM))
    metrics = log.timeline(KIM).metrics()
    assert metrics.response_times("actor") == [ResponseTimes(None, 0, 1, None, None)]
    said(log, "mail.sent", 10, actor=TIM)
    assert metrics.response_times("actor") == [ResponseTimes(TIM.ref, 1, 0, 10 * MINUTE, 10 * MINUTE)]
    assert (metrics.engagement().reciprocity, metrics.preferred_channel()) == (pytest.approx(1 / 3), "email")


def test_ranks_are_times_that_there_were(log: ActivityLog):
    begin = NOW - 2 * DAY
    for number in range(100):
        wait = (1 + number * 7 % 100) * MINUTE
        ask = Draft("mail.received", KIM, conversation=str(number), occurred_at=begin)
        log.record_many([ask, Draft("mail.sent", KIM, conversation=str(number), occurred_at=begin + wait)])
    [row] = log.everything().metrics().response_times()
    assert (row.answered, row.median, row.p90) == (100, 50 * MINUTE, 90 * MINUTE)


def test_an_answer_to_one_of_several_subjects_is_an_answer(log: ActivityLog):
    said(log, "mail.received", 0, KIM, ACME)
    said(log, "mail.sent", 4, TOM)
    said(log, "mail.sent", 7, ACME)
    said(log, "mail.sent", 9, KIM)
    for timeline in (log.everything(), log.timeline(KIM, ACME)):
        assert timeline.metrics().response_times() == [ResponseTimes(None, 1, 0, 7 * MINUTE, 7 * MINUTE)]


def test_a_conversation_goes_across_subjects(log: ActivityLog):
    said(log, "mail.received", 0, KIM, conversation="one")
    said(log, "mail.sent", 2, KIM)
    said(log, "mail.sent", 3, TOM, conversation="one")
    [row] = log.everything().metrics().response_times()
    assert (row.answered, row.median) == (1, 3 * MINUTE)
    [row] = log.timeline(KIM).metrics().response_times()
    assert (row.answered, row.unanswered) == (0, 1)


def test_automatic_replies_and_bounces_neither_answer_nor_ask(make_log: Callable[..., ActivityLog]):
    log = make_log(types=TypeRegistry(standard.types), clock=lambda: NOW)
    said(log, "mail.received", 0, data={"subject": "Help"})
    said(log, "mail.auto_replied", 1, data={"subject": "Out of office"})
    said(log, "mail.sent", 5, data={"subject": "Re: Help"})
    said(log, "mail.bounced", 6, data={"subject": "Returned"})
    metrics = log.timeline(KIM).metrics()
    assert metrics.response_times() == [ResponseTimes(None, 1, 0, 5 * MINUTE, 5 * MINUTE)]
    assert metrics.channels() == [Channel("email", 2, 1, 1, NOW - 2 * DAY + 5 * MINUTE)]
    assert metrics.last_contact().at == NOW - 2 * DAY + 5 * MINUTE
    assert (metrics.frequency().count, metrics.trend().now.entries, metrics.trend().now.contacts) == (2, 4, 2)


def test_merged_subjects_are_one(log: ActivityLog):
    said(log, "mail.received", 0, TOM)
    said(log, "mail.sent", 5, KIM)
    said(log, "note", 6, ACME)
    assert log.everything().metrics().response_times()[0].unanswered == 1
    log.subjects.merge(TOM, into=KIM)
    for timeline in (log.everything(), log.timeline(KIM), log.timeline(TOM)):
        assert timeline.metrics().response_times() == [ResponseTimes(None, 1, 0, 5 * MINUTE, 5 * MINUTE)]
    last = NOW - 2 * DAY + 5 * MINUTE
    assert log.everything().metrics().silent(NOW) == [Silent(ACME, None), Silent(KIM, last)]
    assert log.timeline(TOM).metrics().silent(NOW) == [Silent(TOM, last)]
    assert log.timeline(KIM, TOM).metrics().silent(NOW) == [Silent(KIM, last)]


def test_who_was_merged_into_somebody_without_entries_stays_named(log: ActivityLog):
    said(log, "call", 0, TOM)
    log.subjects.merge(TOM, into=KIM)
    assert [row.subject for row in log.everything().metrics().silent(NOW)] == [TOM]


def test_contacts_of_a_company_are_contact_with_it(make_log: Callable[..., ActivityLog]):
    log = make_log(clock=lambda: NOW, parents=lambda refs: {ref: [ACME] for ref in refs if ref.kind == "contact"})
    said(log, "call", 0, KIM)
    assert log.timeline(ACME).metrics().silent(NOW) == [Silent(ACME, NOW - 2 * DAY)]
    assert log.everything().metrics().silent(NOW) == [Silent(KIM, NOW - 2 * DAY)]
    assert log.everything().metrics().silent(date(2026, 4, 5)) == []


def test_silence_begins_with_the_zone_s_day(log: ActivityLog):
    log.record("call", KIM, occurred_at=datetime(2026, 4, 1, 22, 30, tzinfo=UTC))  # the second, in Berlin
    assert log.everything().metrics(tz="Europe/Berlin").silent(date(2026, 4, 2)) == []
    assert len(log.everything().metrics().silent(date(2026, 4, 2))) == 1


def test_what_is_to_come_is_no_contact_yet(log: ActivityLog):
    said(log, "call", 0)
    log.record("call", KIM, occurred_at=NOW + HOUR)
    metrics = log.timeline(KIM).metrics()
    assert (metrics.frequency().count, metrics.last_contact().at) == (1, NOW - 2 * DAY)
    assert metrics.volume("month") == [Volume(date(2026, 4, 1), None, 2)]


def test_of_channels_used_alike_the_last_one_is_preferred_then_the_first_by_name(log: ActivityLog):
    for minutes, channel in ((0, "chat"), (5, "email"), (5, "post")):
        said(log, "mail.received", minutes, channel=channel)
    metrics = log.timeline(KIM).metrics()
    assert metrics.preferred_channel() == "email"
    assert [row.channel for row in metrics.channels()] == ["chat", "email", "post"]
    said(log, "mail.received", 1, channel="chat")
    assert metrics.preferred_channel() == "chat"


def test_filters_narrow_all_numbers(log: ActivityLog):
    said(log, "mail.received", 0, team="north")
    said(log, "mail.sent", 1)
    said(log, "mail.sent", 3, team="north")
    said(log, "call", 4)
    log.delete(log.record("call", KIM, occurred_at=NOW - DAY))
    metrics = log.timeline(KIM).filter(team="north").metrics()
    assert metrics.response_times() == [ResponseTimes(None, 1, 0, 3 * MINUTE, 3 * MINUTE)]
    assert [row.channel for row in metrics.channels()] == ["email"]
    assert log.timeline(KIM).metrics().frequency().count == 4


def test_a_trend_compares_the_period_with_the_one_before(log: ActivityLog):
    for days, name in ((1, "call"), (2, "note"), (5, "call"), (6, "mail.sent"), (9, "call"), (60, "call")):
        log.record(name, KIM, occurred_at=NOW - days * DAY)
    week = log.timeline(KIM).filter(since=NOW - 4 * DAY).metrics().trend()
    assert week.now == Period(NOW - 4 * DAY, NOW, 2, 1, 0, 0)
    assert week.before == Period(NOW - 8 * DAY, NOW - 4 * DAY, 2, 2, 0, 1)
    assert (week.change, week.contacts_change) == (0, -0.5)
    both = log.timeline(KIM).filter(since=NOW - 7 * DAY, until=NOW - 5 * DAY).metrics().trend()
    assert (both.now.entries, both.before.entries, both.change) == (1, 1, 0)
    narrowed = log.timeline(KIM).filter(since=NOW - 9 * DAY, until=NOW - DAY).filter(since=NOW - 4 * DAY, until=NOW)
    period = narrowed.metrics().trend().now
    assert (period.since, period.until) == (NOW - 4 * DAY, NOW - DAY)
    month = log.timeline(KIM).filter(until=NOW - DAY).metrics().trend()
    assert (month.now.since, month.now.entries, month.before.entries) == (NOW - 31 * DAY, 4, 1)
    assert month.change == 3


def test_engagement_looks_back_from_the_end_of_the_timeline(log: ActivityLog):
    for days in range(100, 112):
        log.record("mail.received", KIM, occurred_at=NOW - days * DAY)
        log.record("mail.sent", KIM, occurred_at=NOW - days * DAY)
    assert log.timeline(KIM).metrics().engagement() == Engagement(0, 0, 0, 0)
    then = log.timeline(KIM).filter(until=NOW - 55 * DAY).metrics().engagement()
    assert then == Engagement(80, 0.5, 1, 1)
    log.record("call", KIM, occurred_at=NOW)
    assert log.timeline(KIM).filter(until=NOW + DAY).metrics().engagement().recency == 1


def test_several_tenants_are_counted_as_one(log: ActivityLog):
    for tenant, wait in (("north", 2), ("south", 6)):
        with scope(tenant=tenant):
            said(log, "mail.received", 0)
            said(log, "mail.sent", wait)
    with scope(tenant="west"):
        said(log, "mail.sent", 1)
    metrics = log.across(["north", "south"]).everything().metrics()
    assert metrics.response_times() == [ResponseTimes(None, 2, 0, 2 * MINUTE, 6 * MINUTE)]
    assert metrics.frequency().count == 4
    assert [row.subject for row in metrics.silent(NOW)] == [KIM]


# -- under a viewer ---------------------------------------------------------------------------------------------------


def test_a_viewer_gets_numbers_of_what_is_seen(make_log: Callable[..., ActivityLog]):
    registry = TypeRegistry()
    registry.define("mail.received", channel="email", direction="incoming", permission="mail")
    registry.define("chat.received", channel="chat", direction="incoming")
    registry.define("chat.sent", channel="chat", direction="outgoing")
    log = make_log(types=registry, clock=lambda: NOW)
    said(log, "mail.received", -9)
    said(log, "chat.received", 0, team="north")
    said(log, "chat.sent", 1, readers="user:9")
    said(log, "chat.sent", 5)
    limited = log.visible_to(Viewer(["user:4", "team:north"])).timeline(KIM).metrics()
    month = date(2026, 4, 1)
    assert limited.volume("month", "channel") == [Volume(month, REDACTED, 1), Volume(month, "chat", 2)]
    assert limited.volume("month", "actor") == [Volume(month, LEA.ref, 3)]
    assert sum(row.count for row in limited.volume("month", "team")) == 3
    assert limited.response_times("team") == [ResponseTimes("", 1, 0, 5 * MINUTE, 5 * MINUTE)]
    assert [(row.channel, row.count) for row in limited.channels()] == [("chat", 2)]
    assert (limited.trend().now.entries, limited.trend().now.contacts) == (3, 2)
    assert (limited.preferred_channel(), limited.frequency().count) == ("chat", 2)
    assert limited.silent(NOW) == [Silent(KIM, NOW - 2 * DAY + 5 * MINUTE)]
    everything = log.visible_to(Viewer("user:4")).everything().metrics()
    assert everything.response_times() == [ResponseTimes(None, 0, 0, None, None)]
    assert [row.subject for row in everything.silent(NOW)] == [KIM]
    nobody = log.visible_to(Viewer("user:1", internal=False)).timeline(KIM).metrics()
    assert nobody.response_times() == [ResponseTimes(None, 0, 0, None, None)]
    assert nobody.volume("day") == nobody.channels() == []


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "ask"),
    [
        ("bucket", lambda metrics: metrics.volume("year")),
        ("bucket", lambda metrics: metrics.volume(["week"])),
        ("by", lambda metrics: metrics.volume("week", "subject")),
        ("by", lambda metrics: metrics.volume("week", "day")),
        ("by", lambda metrics: metrics.response_times("channel")),
        ("by", lambda metrics: metrics.response_times(["actor"])),
        ("since", lambda metrics: metrics.silent(datetime(2026, 3, 1))),  # noqa: DTZ001
        ("since", lambda metrics: metrics.silent("2026-03-01")),
    ],
)
def test_what_is_wrong_names_the_field(field: str, ask: Callable[[Any], object]):
    metrics = ActivityLog("memory://").everything().metrics()
    with pytest.raises(InvalidInput) as caught:
        ask(metrics)
    assert caught.value.field == field


def test_a_zone_has_to_be_known():
    with pytest.raises(InvalidInput, match="tz"):
        ActivityLog("memory://").everything().metrics(tz="Europe/Ulm")


def test_a_trend_has_to_begin_before_it_ends():
    everything = ActivityLog("memory://", clock=lambda: NOW).everything()
    for metrics in (everything.filter(since=NOW).metrics(), everything.filter(since=NOW, until=NOW - DAY).metrics()):
        with pytest.raises(InvalidInput, match="since"):
            metrics.trend()


def test_a_trend_since_the_beginning_of_time(log, kim):
    with pytest.raises(InvalidInput) as refused:
        log.timeline(kim).filter(since=date(1000, 1, 1)).metrics().trend()
    assert refused.value.field == "since"
