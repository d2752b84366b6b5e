"""``activitylog timeline``, and the filters that it has in common with ``activitylog stats``."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from activitylog.activity import Activity
from activitylog.cli.opening import opened
from activitylog.cli.output import line, table
from activitylog.errors import InvalidInput
from activitylog.times import When

__all__ = ["filters", "timeline"]

_WHAT: Final = 300
"""Characters of summary and note that a row shows."""


def timeline(arguments: Namespace) -> int:
    """Show one page."""
    with opened(arguments, reading=True) as log:
        shown = log.timeline(*arguments.subject).filter(**filters(arguments))
        if arguments.oldest_first:
            shown = shown.oldest_first()
        page = shown.page(limit=arguments.limit, after=arguments.after, before=arguments.before)
        table(("when", "who", "what", "type", "status"), [_row(activity) for activity in page.items])
        for word, token in (("before", page.previous), ("after", page.next)):
            if token:
                line(f"page {word} this one: --{word} {token}", style="dim")
    return 0


def _row(activity: Activity) -> tuple[str, ...]:
    when = activity.occurred_at.isoformat(" ", "minutes").replace("+00:00", " UTC")
    who = activity.actor.label if activity.actor else ""
    if activity.actor and activity.actor.behalf:
        who += f" for {activity.actor.behalf.label or activity.actor.behalf}"
    what = f"{activity.summary}: {activity.note}" if activity.note else activity.summary
    return when, who, what[:_WHAT], activity.type, activity.status_label


def filters(arguments: Namespace) -> Mapping[str, Any]:
    """Return the filters of a timeline that were typed."""
    given = {
        "types": getattr(arguments, "type", None),
        "actor": getattr(arguments, "actor", None),
        "search": getattr(arguments, "search", None),
        "since": _time("since", arguments.since),
        "until": _time("until", arguments.until),
    }
    return {name: value for name, value in given.items() if value is not None}


def _time(name: str, text: str | None) -> When | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-31") else datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(name, f"{text!r} is no date such as 2026-01-31, nor a time with its offset") from None
