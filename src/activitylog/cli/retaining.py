"""``activitylog retention``."""

from __future__ import annotations

from argparse import Namespace
from typing import Final

from activitylog.actors import Actor
from activitylog.cli.opening import opened
from activitylog.cli.output import line, progress, table
from activitylog.language import translated
from activitylog.scope import scope

__all__ = ["retention"]

_DRY_RUN: Final = {
    "en": "nothing was written: this is what would be done",
    "de": "nichts wurde geschrieben: das wäre zu tun",
}


def retention(arguments: Namespace) -> int:
    """Archive and purge what is due, and show what that was; who acts is the system."""
    with opened(arguments, own=True) as log, progress("entries") as done, scope(actor=Actor.system("retention")):
        report = log.retention.apply(
            dry_run=arguments.dry_run, export=arguments.export, progress=lambda number, _: done(number)
        )
    headings, *rows = report.table()
    table(headings, rows)
    if arguments.dry_run:
        line(translated(_DRY_RUN, arguments.language or "en"))
    return 0
