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

__all__ = ["line", "numbers", "progress", "table"]

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
"""What would move the cursor, colour the terminal, turn a line around, or cannot be written at all."""
_LEVELS: Final = "▁▂▃▄▅▆▇█"
_BAR: Final = 30
"""Characters of the longest bar."""


def line(text: str, *, style: str = "", error: bool = False) -> None:
    """Show one line, on the standard output or as an error."""
    console = Console(highlight=False, stderr=error)
    if console.is_terminal:
        console.print(Text(_shown(text), style=style))
    else:
        (sys.stderr if error else sys.stdout).write(f"{_shown(text)}\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show rows under their headings; an empty table too, so that a reader sees there is nothing."""
    console = Console(highlight=False)
    if console.is_terminal:
        shown = _rich_table(columns)
        for row in rows:
            shown.add_row(*map(Text, map(_shown, row)))
        console.print(shown)
    else:
        sys.stdout.writelines("\t".join(map(_shown, row)) + "\n" for row in (columns, *rows))


def numbers(
    columns: Sequence[str], rows: Sequence[tuple[Sequence[str], int]], lines: Sequence[Sequence[int]] = ()
) -> None:
    """Show a number for each key, on a terminal with a bar in proportion to the greatest one.

    The columns are those of the key, then that of the number. ``lines`` gives each row the numbers of a sparkline.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        table(columns, [(*key, str(number)) for key, number in rows])
        return
    shown = _rich_table(columns[:-1])
    shown.add_column(columns[-1], justify="right")
    for _ in ("bar", "sparkline")[: 2 if lines else 1]:
        shown.add_column("", no_wrap=True)
    most = max((number for _, number in rows), default=0)
    for place, (key, number) in enumerate(rows):
        bar = Text("█" * max(1, round(_BAR * number / most)), style="cyan")
        spark = [Text(_sparkline(lines[place]), style="cyan")] if lines else []
        shown.add_row(*map(Text, map(_shown, key)), str(number), bar, *spark)
    console.print(shown)


def _sparkline(values: Sequence[int]) -> str:
    most = max(values, default=0) or 1
    return "".join(_LEVELS[-(-value * (len(_LEVELS) - 1) // most)] for value in values)


def _rich_table(columns: Sequence[str]) -> Table:
    shown = Table(header_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        shown.add_column(column, style="cyan" if number == 0 else "", no_wrap=number == 0)
    return shown


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
