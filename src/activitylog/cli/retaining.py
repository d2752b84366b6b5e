"""``activitylog retention``."""

from __future__ import annotations

from argparse import Namespace

from activitylog.actors import Actor
from activitylog.cli.opening import opened
from activitylog.cli.output import line, progress, table
from activitylog.scope import scope

__all__ = ["retention"]


def retention(arguments: Namespace) -> int:
    """Archive and purge what is due, and show what that was; who acts is the system."""
    with opened(arguments, own=True) as log, progress("entries") as done, scope(actor=Actor.system("retention")):
        report = log.retention.apply(
            dry_run=arguments.dry_run, export=arguments.export, progress=lambda number, _: done(number)
        )
    table(("type", "outcome", "reason", "number"), [(r.type, r.outcome, r.reason, str(r.number)) for r in report])
    if arguments.dry_run:
        line("nothing was written: this is what would be done")
    return 0
