"""How the examples show a timeline, and how they check what they promise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from activitylog import Activity

BUILD = Path("build")


def default_store(name: str) -> str:
    """The SQLite file of an example, in the folder ``build`` of the working directory."""
    BUILD.mkdir(exist_ok=True)
    return f"sqlite:///{BUILD}/{name}.db"


def heading(text: str) -> None:
    print(f"\n{text}")


def show(activities: Iterable[Activity]) -> None:
    for activity in activities:
        who = activity.actor.label if activity.actor else ""
        if activity.actor and activity.actor.behalf:
            who += f" for {activity.actor.behalf.label}"
        details = [activity.note, activity.status_label, *(f"{c.label}: {c.old} → {c.new}" for c in activity.changes)]
        details += [f"⏰ {activity.due_at:%Y-%m-%d}"] if activity.due_at else []
        details += [f"📎 {file.name}, {file.size} bytes" for file in activity.attachments]
        print(f"  {activity.occurred_at:%Y-%m-%d %H:%M}  {who:28.28}  {activity.summary}")
        print("".join(f"  {'':46}  {detail}\n" for detail in details if detail), end="")


def check(behaviour: str, holds: bool) -> None:
    """Say that a behaviour of docs/scenarios.md holds, or end the program."""
    print(f"  {'✓' if holds else '✗'} {behaviour}")
    if not holds:
        sys.exit(f"{behaviour}: this does not hold")


def refused(error: type[Exception], attempt: Callable[[], object]) -> bool:
    """Tell whether an attempt ends with this error."""
    try:
        attempt()
    except error:
        return True
    return False
