"""``activitylog stats``."""

from __future__ import annotations

from argparse import Namespace
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from activitylog.activity import Activity
from activitylog.cli.opening import opened
from activitylog.cli.output import line, numbers, table
from activitylog.cli.reading import filters
from activitylog.counting import Count
from activitylog.language import translated
from activitylog.metrics import Metrics, Period
from activitylog.timeline import Timeline

__all__ = ["stats"]

_WEEK: Final = timedelta(days=7)
_WEEKS: Final = 52
"""The last weeks of which a sparkline tells."""
_TEXTS: Final = {
    "entries": {"en": "entries", "de": "Einträge"},
    "type": {"en": "type", "de": "Typ"},
    "week": {"en": "week", "de": "Woche"},
    "count": {"en": "count", "de": "Anzahl"},
    "channel": {"en": "channel", "de": "Kanal"},
    "contacts": {"en": "contacts", "de": "Kontakte"},
    "incoming": {"en": "incoming", "de": "eingehend"},
    "outgoing": {"en": "outgoing", "de": "ausgehend"},
    "last": {"en": "last", "de": "zuletzt"},
    "answered by": {"en": "answered by", "de": "beantwortet von"},
    "all": {"en": "all", "de": "alle"},
    "nobody": {"en": "nobody", "de": "niemand"},
    "answered": {"en": "answered", "de": "beantwortet"},
    "unanswered": {"en": "unanswered", "de": "unbeantwortet"},
    "median": {"en": "median", "de": "Median"},
    "p90": {"en": "90 % within", "de": "90 % binnen"},
    "since": {"en": "since", "de": "von"},
    "until": {"en": "until", "de": "bis"},
    "growth": {"en": "growth", "de": "Wachstum"},
    "figure": {"en": "figure", "de": "Kennzahl"},
    "value": {"en": "value", "de": "Wert"},
    "preferred channel": {"en": "preferred channel", "de": "bevorzugter Kanal"},
    "last contact": {"en": "last contact", "de": "letzter Kontakt"},
    "contacts per week": {"en": "contacts per week", "de": "Kontakte je Woche"},
    "engagement": {"en": "engagement (of 100)", "de": "Engagement (von 100)"},
}
_Words = Callable[[str], str]


def stats(arguments: Namespace) -> int:
    """Show how many entries there are, and one table per ``--by``; without it the metrics."""

    def words(name: str) -> str:
        return translated(_TEXTS[name], arguments.language or "en")

    with opened(arguments, reading=True) as log:
        counted = log.timeline(*arguments.subject) if arguments.subject else log.everything()
        counted = counted.filter(**filters(arguments))
        if arguments.by:
            show = _by(counted, arguments)
        else:
            show = _metrics(counted.metrics(tz=arguments.tz), words, of_subject=bool(arguments.subject))
        total = counted.count()
    line(f"{total} {words('entries')}")
    for each in show:
        each()
    return 0


_Show = Callable[[], None]
"""Shows what was read: only once all of it was, so that an error is all that is shown."""


def _by(counted: Timeline[Activity], arguments: Namespace) -> list[_Show]:
    asked = [tuple(name.strip() for name in listed.split(",")) for listed in arguments.by]
    tables = [(dimensions, counted.count_by(*dimensions, tz=arguments.tz)) for dimensions in asked]

    def show(dimensions: tuple[str, ...], counts: list[Count]) -> _Show:
        return lambda: numbers((*dimensions, "count"), [(_key(count), count.count) for count in counts])

    return [show(dimensions, counts) for dimensions, counts in tables]


def _key(count: Count) -> list[str]:
    parts = (part.isoformat(" ", "minutes") if isinstance(part, datetime) else part for part in count.key)
    return ["" if part is None else str(part) for part in parts]


def _metrics(metrics: Metrics, words: _Words, *, of_subject: bool) -> list[_Show]:
    parts = [_volume, _channels, _response_times, _trend, *([_figures] if of_subject else [])]
    return [part(metrics, words) for part in parts]


def _volume(metrics: Metrics, words: _Words) -> _Show:
    weeks: defaultdict[date, int] = defaultdict(int)
    types: defaultdict[str, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in metrics.volume("week", "type"):
        weeks[row.start] += row.count
        types[str(row.key)][row.start] += row.count
    last = max(weeks, default=date.min)
    spread = min(_WEEKS, (last - min(weeks, default=last)) // _WEEK + 1)
    recent = [last - back * _WEEK for back in reversed(range(spread))] if weeks else []

    def show() -> None:
        rows = [((name,), sum(found.values())) for name, found in sorted(types.items())]
        lines = [[found.get(week, 0) for week in recent] for _, found in sorted(types.items())]
        numbers((words("type"), words("count")), rows, lines)
        numbers((words("week"), words("count")), [((str(week),), number) for week, number in sorted(weeks.items())])

    return show


def _channels(metrics: Metrics, words: _Words) -> _Show:
    rows = [
        (row.channel, str(row.count), str(row.incoming), str(row.outgoing), _time(row.last_at))
        for row in metrics.channels()
    ]
    return lambda: table(tuple(map(words, ("channel", "contacts", "incoming", "outgoing", "last"))), rows)


def _response_times(metrics: Metrics, words: _Words) -> _Show:
    found = [(words("all"), row) for row in metrics.response_times()]
    found += [(str(row.key or words("nobody")), row) for row in metrics.response_times("actor")]
    rows = [
        (name, str(row.answered), str(row.unanswered), _duration(row.median), _duration(row.p90)) for name, row in found
    ]
    return lambda: table(tuple(map(words, ("answered by", "answered", "unanswered", "median", "p90"))), rows)


def _trend(metrics: Metrics, words: _Words) -> _Show:
    trend = metrics.trend()
    now, before = _period(trend.now), _period(trend.before)
    rows = [(*before, ""), (*now, "" if trend.change is None else f"{100 * trend.change:+.0f} %")]
    return lambda: table(tuple(map(words, ("since", "until", "entries", "contacts", "growth"))), rows)


def _period(period: Period) -> tuple[str, ...]:
    return _time(period.since), _time(period.until), str(period.entries), str(period.contacts)


def _figures(metrics: Metrics, words: _Words) -> _Show:
    last, pace = metrics.last_contact().at, metrics.frequency().per_week
    rows = [
        (words("preferred channel"), metrics.preferred_channel() or ""),
        (words("last contact"), _time(last) if last else ""),
        (words("contacts per week"), "" if pace is None else f"{pace:.2f}"),
        (words("engagement"), str(metrics.engagement().score)),
    ]
    return lambda: table((words("figure"), words("value")), rows)


def _time(at: datetime) -> str:
    return at.isoformat(" ", "minutes").replace("+00:00", " UTC")


def _duration(wait: timedelta | None) -> str:
    """Return a wait as days, hours and minutes, of one below an hour with its seconds."""
    if wait is None:
        return ""
    minutes, seconds = divmod(round(wait.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")] if days or hours else [(minutes, "min"), (seconds, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
