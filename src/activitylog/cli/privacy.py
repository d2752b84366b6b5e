"""``activitylog privacy export | erase``."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from activitylog.actors import Actor
from activitylog.cli.opening import opened
from activitylog.cli.output import line, table
from activitylog.errors import InvalidInput
from activitylog.scope import scope

__all__ = ["erase", "export"]


def export(arguments: Namespace) -> int:
    """Write the archive of a person; a file appears only when it is complete."""
    with opened(arguments, reading=True) as log:
        parts = log.privacy.export(arguments.ref)
        if arguments.file == "-":
            sys.stdout.buffer.writelines(parts)
            return 0
        _write(Path(arguments.file), parts)
    line(f"everything about {arguments.ref} written to {arguments.file}")
    return 0


def _write(target: Path, parts: Iterable[bytes]) -> None:
    partial = target.with_name(f"{target.name}.partial")
    try:
        with partial.open("wb") as file:
            file.writelines(parts)
        partial.replace(target)
    except OSError as error:
        raise InvalidInput("file", f"cannot be written: {error.strerror}") from error


def erase(arguments: Namespace) -> int:
    """Erase a person, and show what a person should read."""
    with opened(arguments, own=True) as log, scope(actor=Actor.system("activitylog privacy erase")):
        report = log.privacy.erase(arguments.ref, mode="delete" if arguments.delete else "anonymise")
    line(", ".join(f"{number} {name}" for name, number in report.counts().items()))
    if report:
        table(("to read", "why"), [(str(row.activity), row.reason) for row in report])
    return 0
