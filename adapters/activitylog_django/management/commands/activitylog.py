"""``manage.py activitylog …``: the command line of the library, on the log of the site."""

from __future__ import annotations

import sys
from argparse import REMAINDER
from typing import Any, Final

from django.core.management.base import BaseCommand

from activitylog.cli import main

__all__ = ["Command"]

_LOG: Final = ("--log", "activitylog_django.log:current")


class Command(BaseCommand):
    """Hands over to ``activitylog``; its own options come after a command of it."""

    help = "Import, show, count, export, erase or purge activities: see `manage.py activitylog help`."

    def add_arguments(self, parser: Any) -> None:
        """Take all that follows."""
        parser.add_argument("arguments", nargs=REMAINDER, metavar="COMMAND …", help="as of `activitylog`")

    def handle(self, *_: Any, arguments: list[str], **__: Any) -> None:
        """Run the command; its exit code is this one's.

        Raises:
            SystemExit: the command failed.
        """
        asked = arguments if arguments not in ([], ["help"]) else ["--help"]
        given = any(each.partition("=")[0] in ("--log", "--store") for each in asked)
        code = main([*asked] if given else [*asked, *_LOG])
        if code:
            sys.exit(code)
