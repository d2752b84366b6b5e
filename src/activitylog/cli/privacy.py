"""``activitylog privacy export | erase``."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Final, Self
from zipfile import ZipFile

import orjson
from attrs import frozen

from activitylog.actors import Actor
from activitylog.cli.opening import opened
from activitylog.cli.output import line, table
from activitylog.errors import InvalidInput
from activitylog.scope import scope

__all__ = ["erase", "export"]

NOTHING_KNOWN: Final = 1
"""The exit code where nothing is known of a person: the tenant may be the wrong one."""


@frozen
class _Told:
    """What an archive tells of a person."""

    tenant: str
    entries: int
    files: int
    is_empty: bool

    @classmethod
    def of(cls, file: IO[bytes]) -> Self:
        with ZipFile(file) as archive:
            subject = orjson.loads(archive.read("subject.json"))
            with archive.open("activities.jsonl") as lines:
                entries = sum(1 for _ in lines)
            files = sum(name.startswith("files/") for name in archive.namelist())
        return cls(subject["tenant"], entries, files, not (entries or subject["merged"]))


def export(arguments: Namespace) -> int:
    """Write the archive of a person: only when it is complete, and only where there is something to tell."""
    with opened(arguments, reading=True) as log:
        parts = log.privacy.export(arguments.ref)
        told = _piped(parts) if arguments.file == "-" else _written(Path(arguments.file), parts)
    if told.is_empty:
        return _nothing_known(arguments.ref, told.tenant)
    if arguments.file != "-":
        what = f"{told.entries} entries and {told.files} files"
        line(f"{what} of {arguments.ref} in tenant {told.tenant!r} written to {arguments.file}")
    return 0


def _piped(parts: Iterable[bytes]) -> _Told:
    """Write to the standard output, from which nothing can be taken back."""
    with TemporaryFile() as file:
        file.writelines(parts)
        told = _Told.of(file)
        file.seek(0)
        if not told.is_empty:
            copyfileobj(file, sys.stdout.buffer)
    return told


def _written(target: Path, parts: Iterable[bytes]) -> _Told:
    partial = target.with_name(f"{target.name}.partial")
    try:
        with partial.open("w+b") as file:
            file.writelines(parts)
            told = _Told.of(file)
        if not told.is_empty:
            partial.replace(target)
    except OSError as error:
        raise InvalidInput("file", f"cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return told


def erase(arguments: Namespace) -> int:
    """Erase a person, and show what stands in their place, and what a person should read."""
    with opened(arguments, own=True) as log, scope(actor=Actor.system("activitylog privacy erase")):
        report = log.privacy.erase(arguments.ref, mode="delete" if arguments.delete else "anonymise")
    counts = report.counts()
    if not any(counts.values()):
        return _nothing_known(arguments.ref, report.tenant)
    line(f"{arguments.ref} in tenant {report.tenant!r} is {report.pseudonym} now")
    line(", ".join(f"{number} {name}" for name, number in counts.items()))
    if report:
        table(("to read", "why"), [(str(row.activity), row.reason) for row in report])
    return 0


def _nothing_known(ref: str, tenant: str) -> int:
    line(f"nothing is known of {ref} in tenant {tenant!r}: name another by --tenant", error=True)
    return NOTHING_KNOWN
