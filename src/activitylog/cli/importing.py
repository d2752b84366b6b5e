"""``activitylog import mail | git | jsonl``."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from activitylog.cli.opening import opened
from activitylog.cli.output import line, progress, table
from activitylog.errors import InvalidInput
from activitylog.importing import ImportReport, import_git, import_jsonl, import_mail

__all__ = ["git", "jsonl", "mail"]


def mail(arguments: Namespace) -> int:
    """Record messages."""
    with opened(arguments) as log, progress("messages") as done:
        report = import_mail(log, arguments.path, own=arguments.own, progress=done)
    return _shown(report, "messages")


def git(arguments: Namespace) -> int:
    """Record commits."""
    with opened(arguments) as log, progress("commits") as done:
        report = import_git(log, arguments.path, name=arguments.name, progress=done)
    return _shown(report, "commits")


def jsonl(arguments: Namespace) -> int:
    """Add the entries of an export."""
    tenants = [arguments.tenant] if arguments.tenant else []
    with opened(arguments) as log, _lines(arguments.file) as lines, progress("lines") as done:
        report = import_jsonl(log.storage, lines, tenants=tenants, progress=done)
    return _shown(report, "entries")


@contextmanager
def _lines(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 -- closed below; an error of the body's is none of the file's
    except OSError as error:
        raise InvalidInput("file", f"cannot be read: {error.strerror}") from error
    with file:
        yield file


def _shown(report: ImportReport, what: str) -> int:
    line(f"{report.recorded} {what} recorded, {report.known} already there, {len(report.unreadable)} not taken over")
    if report.passed_over:
        line(f"{report.passed_over} other files passed over")
    if report.unreadable:
        table(("where", "why not"), [(item.where, item.reason) for item in report.unreadable])
    return 0
