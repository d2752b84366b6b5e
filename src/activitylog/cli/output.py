"""What a command shows: tables and bars on a terminal, plain lines with tabs where it is piped."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from activitylog.errors import MissingExtra

try:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Table
    from rich.text import Text
except ImportError:
    raise MissingExtra("cli", "the command line") from None

__all__ = ["bar", "line", "progress", "table"]

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""What would move the cursor, colour the terminal, or turn a line around."""


def line(text: str, *, style: str = "") -> None:
    """Show one line."""
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(Text(_shown(text), style=style))
    else:
        sys.stdout.write(f"{_shown(text)}\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Show rows under their headings; an empty table too, so that a reader sees there is nothing."""
    console = Console(highlight=False)
    if not console.is_terminal:
        for row in (columns, *rows):
            sys.stdout.write("\t".join(map(_shown, row)) + "\n")
        return
    shown = Table(*columns, title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for row in rows:
        first, *rest = map(_shown, row)
        shown.add_row(Text(first, style="cyan"), *map(Text, rest))
    console.print(shown)


def bar(number: int, most: int, *, width: int = 30) -> str:
    """Return a bar for a number, in proportion to the greatest one; on a pipe, nothing."""
    if not sys.stdout.isatty() or most <= 0:
        return ""
    return "█" * max(1, round(width * number / most))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """Give a function to tell how far the work is; it shows on a terminal, beside the output."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done: shown.update(task, completed=done)


def _shown(text: str) -> str:
    return _CONTROL.sub(" ", text)
