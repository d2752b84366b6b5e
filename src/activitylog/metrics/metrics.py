"""Metrics: what a timeline tells in numbers, counted where the entries are."""

from __future__ import annotations

from array import array
from collections import defaultdict
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from attrs import frozen

from activitylog.actors import ref_of
from activitylog.aliases import Groups
from activitylog.changes import REDACTED
from activitylog.counting import counted
from activitylog.errors import InvalidInput
from activitylog.metrics.contacts import INCOMING, OUTGOING, contacts, moved, narrowed, stretch
from activitylog.metrics.rows import (
    Channel,
    Engagement,
    Frequency,
    LastContact,
    Period,
    ResponseTimes,
    Silent,
    Trend,
    Volume,
)
from activitylog.reader import Question, Reader
from activitylog.refs import Ref
from activitylog.storage import ALWAYS, Between, Field, Mention, Unit
from activitylog.times import EARLIEST, When, upper_bound

__all__ = ["Metrics"]

_BY: Final = ("type", "channel", "direction", "actor", "team")
_ANSWERED_BY: Final = {"actor": Field.ACTOR, "team": Field.TEAM}
_TREND: Final = timedelta(days=30)
_RECENT: Final = timedelta(days=90)
_LIVELY: Final = 12
"""Contacts within the recent days that are as many as it takes."""
_DAY: Final = timedelta(days=1)


@frozen(eq=False, kw_only=True, repr=False)
class Metrics:
    """What a timeline tells in numbers: of its subjects, within its filters, as its viewer sees it.

    A *contact* is an entry with a channel that went one way or the other, or that a person wrote down (its type is
    ``manual``), and that has happened: no automatic reply, no bounce, nothing that is merely planned. Of what a
    viewer sees redacted only ``volume`` and the entries of ``trend`` tell. Nothing is loaded: the store counts.
    """

    _reader: Reader
    _question: Question
    _tz: tzinfo
    _now: datetime

    def volume(self, bucket: str, by: str | None = None) -> list[Volume]:
        """Return how many entries there are per ``hour``, ``day``, ``week`` (from Monday) or ``month``.

        ``by`` tells them apart by ``type``, ``channel``, ``direction``, ``actor`` or ``team``. In ascending order;
        stretches without entries are left out. What is hidden counts under ``REDACTED``.

        Raises:
            InvalidInput: there is no such bucket or dimension.
        """
        units = [unit.value for unit in Unit]
        if bucket not in units:
            raise InvalidInput("bucket", f"{str(bucket)[:80]!r} is none of {', '.join(units)}")
        if by is not None and by not in _BY:
            raise InvalidInput("by", f"{str(by)[:80]!r} is none of {', '.join(_BY)}")
        dimensions = (bucket,) if by is None else (bucket, by)
        counts = counted(self._reader, self._question, dimensions, self._tz)
        return [Volume(count.key[0], None if by is None else count.key[1], count.count) for count in counts]

    def channels(self) -> list[Channel]:
        """Return how each channel was used for contacts, the most used first, of equals by name."""
        rows = []
        for tally in self._reader.count(self._contacts(), by=[Field.CHANNEL], cases=[ALWAYS, INCOMING, OUTGOING]):
            number, incoming, outgoing = tally.numbers
            rows.append(Channel(str(tally.key[0]), number, incoming, outgoing, _at(tally.last_at)))
        return sorted(rows, key=lambda row: (-row.count, row.channel))

    def preferred_channel(self) -> str | None:
        """Return the channel by which they write or call most; where they never did, that of most contacts.

        Of equals the one used last, then the first by name; None where there was no contact.
        """
        for question in (narrowed(self._contacts(), INCOMING), self._contacts()):
            tallies = self._reader.count(question, by=[Field.CHANNEL])
            if tallies:
                by_name = sorted(tallies, key=lambda tally: str(tally.key[0]))
                return str(max(by_name, key=lambda tally: (tally.numbers[0], _at(tally.last_at))).key[0])
        return None

    def last_contact(self) -> LastContact:
        """Return when there was contact last: at all, from them, and to them."""
        tallies = self._reader.count(self._contacts(), by=[Field.DIRECTION])
        last = {str(tally.key[0]): _at(tally.last_at) for tally in tallies}
        return LastContact(max(last.values(), default=None), last.get("incoming"), last.get("outgoing"))

    def silent(self, since: When) -> list[Silent]:
        """Return the subjects without contact since then: those asked for, or of everything all that entries are about.

        Subjects that were merged are one. Those without any contact come first, then who has been silent longest. A
        date is the first instant of that day in the zone. In memory there is one row per subject.

        Raises:
            InvalidInput: the time is naive, or no time.
        """
        begin = upper_bound("since", since, self._tz)
        groups = [self._reader.groups(tenant) for tenant in self._reader.tenants]
        last = self._last_contacts(groups)
        found = [(at, ref) for ref, at in last.items() if at is None or at < begin]
        found.sort(key=lambda row: (row[0] is not None, row))
        return [Silent(_ref(ref), at) for at, ref in found]

    def frequency(self) -> Frequency:
        """Return how often there is contact: the mean days between two, and at that pace how many per week."""
        [tally] = self._reader.count(self._contacts())
        number, first, last = tally.numbers[0], tally.first_at, tally.last_at
        if first is None or last is None or number < 2:
            return Frequency(number, first, last, None, None)
        days = (last - first) / _DAY / (number - 1)
        return Frequency(number, first, last, days, 7 / days if days else None)

    def response_times(self, by: str | None = None) -> list[ResponseTimes]:
        """Return how long an answer took: from the first incoming entry after an outgoing one to the next outgoing one.

        Both within one conversation; what belongs to none is answered by what is about the same subject and belongs to
        none. Entries without direction, such as automatic replies, do neither. ``by`` tells apart who answered, by
        ``actor`` or ``team``, in ascending order of the keys, None first; without it there is one row.

        Raises:
            InvalidInput: there is no such dimension.
        """
        if by is not None and by not in tuple(_ANSWERED_BY):
            raise InvalidInput("by", f"{str(by)[:80]!r} is none of {', '.join(_ANSWERED_BY)}")
        fields = [] if by is None else [_ANSWERED_BY[by]]
        waits: defaultdict[tuple[str, ...], array[int]] = defaultdict(lambda: array("q"))
        open: defaultdict[tuple[str, ...], int] = defaultdict(int)
        for key, wait in self._reader.gaps(self._question, by=fields):
            if wait is None:
                open[("",) if by == "actor" else key] += 1
            else:
                waits[key].append(wait)
        keys = sorted({*waits, *open} if fields else {()})
        return [_response_times(_answerer(key, by), waits.pop(key, array("q")), open.get(key, 0)) for key in keys]

    def trend(self) -> Trend:
        """Return what there was from the timeline's ``since`` to its ``until``, beside the same length of time before.

        Without ``until`` the period ends now; without ``since`` it is thirty days long.

        Raises:
            InvalidInput: it ends before it begins.
        """
        since, until = stretch(self._question.selection)
        until = self._now if until is None else until
        since = until - _TREND if since is None else since
        if since - EARLIEST < until - since:
            raise InvalidInput(
                "since", f"the period before it would begin before {EARLIEST:%Y-%m-%d}: name a later one"
            )
        return Trend(self._period(since, until), self._period(since - (until - since), since))

    def engagement(self) -> Engagement:
        """Return how lively the exchange was in the ninety days before now, or before the timeline's ``until``.

        *Recency* falls from 1, for a contact just now, to 0. *Frequency* is the part of twelve contacts that there
        were, at most 1. *Reciprocity* is the smaller of incoming and outgoing contacts as a part of the larger one.
        The score is 40 × recency + 30 × frequency + 30 × reciprocity, rounded.
        """
        until = stretch(self._question.selection)[1]
        end = self._now if until is None else min(until, self._now)
        recent = narrowed(self._contacts(), Between(Field.OCCURRED_AT, ge=end - _RECENT))
        [tally] = self._reader.count(recent, cases=[ALWAYS, INCOMING, OUTGOING])
        number, incoming, outgoing = tally.numbers
        recency = 0.0 if tally.last_at is None else 1 - (end - tally.last_at) / _RECENT
        frequency = min(1.0, number / _LIVELY)
        reciprocity = min(incoming, outgoing) / max(incoming, outgoing, 1)
        score = round(40 * recency + 30 * frequency + 30 * reciprocity)
        return Engagement(score, recency, frequency, reciprocity)

    # -- how --------------------------------------------------------------------------------------------------------

    def _contacts(self) -> Question:
        return contacts(self._question, self._now)

    def _period(self, since: datetime, until: datetime) -> Period:
        question = moved(self._question, since, until)
        [entries] = self._reader.count(question)
        [tally] = self._reader.count(contacts(question, self._now), cases=[ALWAYS, INCOMING, OUTGOING])
        return Period(since, until, entries.numbers[0], *tally.numbers)

    def _last_contacts(self, groups: list[Groups]) -> dict[str, datetime | None]:
        if asked := self._question.subjects:
            field = Field.LINKS
            whose = {member: ref for ref in asked[::-1] for group in groups for member in group.group(ref)}
        else:
            field = Field.SUBJECTS
            there = {str(tally.key[0]) for tally in self._reader.count(self._question, by=[field])}
            whose = _whose(there - {REDACTED}, groups)
        last: dict[str, datetime | None] = dict.fromkeys(whose.values())
        for tally in self._reader.count(self._contacts(), by=[field]):
            if (ref := whose.get(str(tally.key[0]))) is not None:
                last[ref] = max(filter(None, (last[ref], tally.last_at)))
        return last


def _whose(there: set[str], groups: list[Groups]) -> dict[str, str]:
    """Return by subject who stands for it: whom it was merged into, if there is something about that one too."""
    whose: dict[str, str] = {}
    instead: dict[str, str] = {}
    for ref in sorted(there):
        root = next((found for group in groups if (found := group.root(ref)) != ref), ref)
        whose[ref] = root if root in there else instead.setdefault(root, ref)
    return whose


def _response_times(key: Any, waits: array[int], unanswered: int) -> ResponseTimes:
    ranked = sorted(waits)
    return ResponseTimes(key, len(ranked), unanswered, _ranked(ranked, 50), _ranked(ranked, 90))


def _ranked(waits: list[int], percent: int) -> timedelta | None:
    """Return the least wait that so many of a hundred do not exceed: by nearest rank, it is one that there was."""
    if not waits:
        return None
    return timedelta(milliseconds=waits[-(-len(waits) * percent // 100) - 1])


def _answerer(key: tuple[str, ...], by: str | None) -> str | Ref | None:
    if by is None:
        return None
    return key[0] if by == "team" else _ref(key[0]) if key[0] else None


def _ref(text: str) -> Ref:
    return ref_of(Mention(text))


def _at(time: datetime | None) -> datetime:
    assert time is not None  # noqa: S101 -- a group that is there has times
    return time
