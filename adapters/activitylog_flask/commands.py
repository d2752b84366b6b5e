"""``flask activitylog …``: the command line of the library, on the log of the app."""

from __future__ import annotations

import sys
from typing import Any, Final

import click
from flask.cli import with_appcontext

from activitylog.cli import main
from activitylog_flask.state import state

__all__ = ["command"]

_LOG: Final = ("--log", "activitylog_flask.commands:current")


@click.command(
    "activitylog",
    short_help="Import, show, count, export, erase or purge activities.",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@with_appcontext
def command(arguments: tuple[str, ...]) -> None:
    """Hand over to ``activitylog``."""
    asked = arguments or ("--help",)
    given = any(each.partition("=")[0] in ("--log", "--store") for each in asked)
    code = main(asked if given else (*asked, *_LOG))
    if code:
        sys.exit(code)


def __getattr__(name: str) -> Any:
    if name == "current":  # what the command line names
        return state().placed.base
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
