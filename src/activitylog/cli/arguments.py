"""What can be typed."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction, RawDescriptionHelpFormatter, _SubParsersAction
from importlib.metadata import version
from typing import Final

from activitylog.cli import exporting, importing, migrating, privacy, reading, retaining, stats
from activitylog.counting import DIMENSIONS
from activitylog.storage import Unit

__all__ = ["parser"]

_BY: Final = (
    f"what to count by, of {', '.join([*DIMENSIONS, *Unit])}; again for more tables; by default the metrics are shown"
)
_EXAMPLES: Final = """examples:
  activitylog import mail ~/Mail --store sqlite:///crm.db --own me@example.com
  activitylog timeline address:kim@example.com --store sqlite:///crm.db --limit 10
  activitylog stats --store sqlite:///crm.db --by type,week
  activitylog export - --log shop.activities:log | gzip > log.jsonl.gz
"""


def parser() -> ArgumentParser:
    """Return the parser of all commands; each names the function that runs it as ``run``."""
    root = ArgumentParser(
        prog="activitylog",
        description="Record activities and read their timelines.",
        epilog=_EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"activitylog {version('activitylog')}")
    commands = root.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _import(commands)
    _timeline(commands)
    _stats(commands)
    _export(commands)
    _privacy(commands)
    _retention(commands)
    migrate = _command(commands, "migrate", "create or upgrade the store's schema")
    migrate.add_argument(
        "--search-index",
        action=BooleanOptionalAction,
        help="add an index of words, or remove it; else it stays as it is",
    )
    migrate.add_argument(
        "--partitions",
        type=int,
        metavar="N",
        help="of an empty PostgreSQL database: split the tables by tenants into so many",
    )
    migrate.set_defaults(run=migrating.migrate)
    return root


def _command(
    commands: _SubParsersAction[ArgumentParser], name: str, purpose: str, *, own: bool = False
) -> ArgumentParser:
    """Add a command; one that works on the host's own log only says why where it is given a store."""
    command = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
    which = command.add_mutually_exclusive_group(required=True)
    store = SUPPRESS if own else "a store, such as sqlite:///crm.db, with the standard types"
    which.add_argument("--store", metavar="URL", help=store)
    which.add_argument("--log", metavar="MODULE:NAME", help="the host's own ActivityLog, such as shop.activities:log")
    command.add_argument("--tenant", help="the tenant; by default the log's (of import jsonl and export: all)")
    command.add_argument("--language", help="of labels and summaries, such as de")
    return command


def _import(commands: _SubParsersAction[ArgumentParser]) -> None:
    kinds = commands.add_parser("import", help="take over what exists").add_subparsers(required=True, metavar="KIND")
    mail = _command(kinds, "mail", "record messages: an .eml file, an mbox, a maildir, or a folder of these")
    mail.add_argument("path", metavar="PATH")
    mail.add_argument(
        "--own", metavar="ADDRESS", action="append", required=True, help="one of your addresses; repeatable"
    )
    mail.set_defaults(run=importing.mail)
    git = _command(kinds, "git", "record the commits of a git repository")
    git.add_argument("path", metavar="PATH")
    git.add_argument("--name", default="", help="the repository's name, by default its folder's")
    git.set_defaults(run=importing.git)
    jsonl = _command(kinds, "jsonl", "add the entries of an export, exactly as they were")
    jsonl.add_argument("file", metavar="FILE", help="an export, or - for the standard input")
    jsonl.set_defaults(run=importing.jsonl)


def _timeline(commands: _SubParsersAction[ArgumentParser]) -> None:
    command = _command(commands, "timeline", "show what happened to a subject, newest first")
    command.add_argument("subject", metavar="SUBJECT", nargs="+", help="such as contact:42; several are merged")
    command.add_argument("--type", action="append", metavar="NAME", help="only of this type; again for more")
    command.add_argument("--actor", action="append", metavar="REF", help="only by this actor, such as user:3")
    command.add_argument("--since", metavar="TIME", help="a date, or a time with its offset from UTC")
    command.add_argument("--until", metavar="TIME", help="before this date or time")
    command.add_argument("--search", metavar="WORDS", help="only with these words, or beginnings of words")
    command.add_argument("--limit", type=int, default=20, metavar="N", help="entries of the page (20)")
    command.add_argument("--oldest-first", action="store_true")
    page = command.add_mutually_exclusive_group()
    page.add_argument("--after", metavar="TOKEN", help="the page after this token")
    page.add_argument("--before", metavar="TOKEN", help="the page before this token")
    command.set_defaults(run=reading.timeline)


def _stats(commands: _SubParsersAction[ArgumentParser]) -> None:
    command = _command(commands, "stats", "show volume, channels, response times and trend, or count entries")
    command.add_argument("subject", metavar="SUBJECT", nargs="*", help="such as contact:42; by default everything")
    command.add_argument(
        "--by",
        action="append",
        metavar="DIMENSION,…",
        help=_BY,
    )
    command.add_argument("--since", metavar="TIME", help="a date, or a time with its offset from UTC")
    command.add_argument("--until", metavar="TIME", help="before this date or time")
    command.add_argument("--tz", metavar="ZONE", help="of hours, days, weeks and months, such as Europe/Berlin")
    command.set_defaults(run=stats.stats)


def _export(commands: _SubParsersAction[ArgumentParser]) -> None:
    command = _command(commands, "export", "write all entries with their versions as JSON lines")
    command.add_argument("file", metavar="FILE", help="a file, or - for the standard output")
    command.set_defaults(run=exporting.export)


def _retention(commands: _SubParsersAction[ArgumentParser]) -> None:
    command = _command(commands, "retention", "archive and purge what types and rules say is due", own=True)
    command.add_argument("--dry-run", action="store_true", help="write nothing, and show what would be done")
    command.add_argument("--export", metavar="FILE", help="add what is purged to this file, as gzipped JSON lines")
    command.set_defaults(run=retaining.retention)


def _privacy(commands: _SubParsersAction[ArgumentParser]) -> None:
    kinds = commands.add_parser("privacy", help="hand out or erase what is known of a person").add_subparsers(
        required=True, metavar="WHAT"
    )
    export = _command(kinds, "export", "write everything about a person into a ZIP archive")
    export.add_argument("ref", metavar="REF", help="the person, such as contact:42")
    export.add_argument("file", metavar="FILE", help="a file, or - for the standard output")
    export.set_defaults(run=privacy.export)
    erase = _command(kinds, "erase", "put a pseudonym in the place of a person, for ever", own=True)
    erase.add_argument("ref", metavar="REF", help="the person, such as contact:42")
    erase.add_argument(
        "--delete", action="store_true", help="purge entries about nobody else, instead of emptying them"
    )
    erase.set_defaults(run=privacy.erase)
