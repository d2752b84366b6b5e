"""A run: rows on stores, one after the other, with a bar that tells how far it is."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from benchmarks.bench import Bench, Size
from benchmarks.measure import Row, Timing
from benchmarks.results import keep
from benchmarks.rows import ROWS
from benchmarks.stores import store
from servers.shared import Missing

__all__ = ["run"]


def run(rows: Sequence[str], stores: Sequence[str], rounds: int, size: Size, *, peers: bool, kept: bool) -> list[str]:
    """Measure rows on those of the stores that they are about, and print them; keep the results if asked.

    Return in which of them somebody failed; the others were measured all the same.
    """
    asked = {name: [row for row in rows if name in ROWS[row].stores] for name in stores}
    columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    console = Console(soft_wrap=True, highlight=False)
    failed = []
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as progress:
        task = progress.add_task("", total=sum(map(len, asked.values())))
        for name, wanted in asked.items():
            try:
                with tempfile.TemporaryDirectory(prefix="activitylog-") as folder:
                    Path(folder).chmod(0o755)  # a server may run under another account
                    with store(name, Path(folder)) as measured:
                        bench = Bench(name, measured, rounds, size, peers=peers)
                        for row in wanted:
                            try:
                                _measure(bench, row, progress, task, kept=kept)
                            except Exception:  # what the others took is not lost for it
                                console.print(f"failed: {row} on {name}: {traceback.format_exc()}", markup=False)
                                failed.append(f"{row} on {name}")
                            measured.clear(bench.kept.values())
                            progress.advance(task)
            except Missing as reason:
                console.print(f"not measured: {name}: {reason}", markup=False)
                progress.advance(task, len(wanted))
            except Exception:  # such as of a server that died meanwhile, whose databases cannot be dropped
                console.print(f"failed: {name}: {traceback.format_exc()}", markup=False)
                failed.append(name)
    return failed


def _measure(bench: Bench, row: str, progress: Progress, task: TaskID, *, kept: bool) -> None:
    def tell(text: str) -> None:
        progress.update(task, description=f"{row} · {bench.store.title} · {text}")

    tell("begins")
    lines = []
    for line in ROWS[row].measure(evolve(bench, tell=tell)):
        progress.console.print(_told(bench, line), markup=False)
        lines.append(line)
    if kept:
        keep(row, bench, lines)


def _told(bench: Bench, row: Row) -> str:
    timings = {"activitylog": row.library, **({row.beside: row.floor} if row.floor else {}), **row.peers}
    shown = [f"{name} {_timing(row, timing)}" for name, timing in timings.items()]
    return f"{bench.store.title}, {row.name}, {row.unit}\n    " + " · ".join(shown)


def _timing(row: Row, timing: Timing) -> str:
    shown = f"{timing.median:,.1f} ({timing.low:,.1f}–{timing.high:,.1f})"
    times = None if timing is row.floor else row.times(timing)
    return shown if times is None else f"{shown} {times:.2f} ×"
