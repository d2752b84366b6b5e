"""``activitylog export``."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from activitylog.cli.opening import opened
from activitylog.cli.output import line, progress
from activitylog.errors import InvalidInput
from activitylog.importing import export_jsonl

__all__ = ["export"]


def export(arguments: Namespace) -> int:
    """Write JSON lines; a file appears only when it is complete."""
    tenants = [arguments.tenant] if arguments.tenant else []
    with opened(arguments, reading=True) as log, progress("entries") as done:
        if arguments.file == "-":
            export_jsonl(log.storage, sys.stdout.buffer, tenants=tenants, progress=done)
            return 0
        target = Path(arguments.file)
        partial = target.with_name(f"{target.name}.partial")
        try:
            with partial.open("wb") as file:
                written = export_jsonl(log.storage, file, tenants=tenants, progress=done)
            partial.replace(target)
        except OSError as error:
            raise InvalidInput("file", f"cannot be written: {error.strerror}") from error
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
    line(f"{written} entries written to {target}")
    return 0
