"""The page ``docs/benchmarks.md``, put together of what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.report.plots import bars, growth
from benchmarks.report.schemas import schemas
from benchmarks.report.tables import table
from benchmarks.report.targets import targets
from benchmarks.results import Result, kept
from benchmarks.rows import ROWS
from benchmarks.stores import STORES

__all__ = ["write"]

_DOCS = Path(__file__).parents[2] / "docs"
_TITLES = {
    "record": "One entry",
    "keyed": "One entry, with a key and three subjects",
    "bulk": "Many entries at once",
    "page": "Pages",
    "filters": "Filters that match 1 %",
    "viewers": "Viewers",
    "plan": "Plans",
    "metrics": "Metrics",
    "counts": "Counts",
    "iteration": "Going through everything",
    "search": "Search",
    "track": "Tracked models of Django",
    "flush": "Tracked objects of SQLAlchemy",
    "live": "Live entries",
    "import": "Import",
}


def write() -> None:
    """Write the page and its plots."""
    found: dict[str, list[Result]] = {row: [] for row in ROWS}
    for result in sorted(kept(), key=lambda each: STORES.index(each.store)):
        found[result.row].append(result)
    parts = [_INTRODUCTION]
    for row, results in found.items():
        if results:
            parts += [f"## {_TITLES[row]}", ROWS[row].told, *_plots(row, results), table(results)]
    results = [result for each in found.values() for result in each]
    parts += ["## What it is to reach", _TARGETS, targets(results)] if results else []
    parts += ["## What was measured", _HOW, _origins(results), "## The schemas", *schemas()]
    (_DOCS / "benchmarks.md").write_text("\n\n".join(parts) + "\n")


def _plots(row: str, results: Sequence[Result]) -> Iterator[str]:
    """Draw the plots of a row, and yield how the page shows them."""
    if row in {"record", "bulk", "track"}:
        lines = {
            f"{result.title}, {line.name.partition(':')[0]}" if len(result.lines) > 1 else result.title: line
            for result in results
            for line in result.lines
        }
        bars(lines, _DOCS / "images" / f"benchmarks-{row}.svg", log=row == "record")
        yield f"![{_TITLES[row]}: a bar for each](images/benchmarks-{row}.svg)"
    if row == "page":
        for result in results:
            sizes = {_entries(line): line for line in result.lines if line.name.startswith("silent")}
            growth(sizes, _DOCS / "images" / f"benchmarks-page-{result.store}.svg")
            told = f"{result.title}: the newest 20 of somebody silent, while the log grows"
            yield f"{told}:\n\n![{told}](images/benchmarks-page-{result.store}.svg)"


def _entries(line: Row) -> int:
    return int(line.name.rpartition(" ")[2].replace(",", ""))


def _origins(results: Sequence[Result]) -> str:
    """Tell when and on what each row was measured, and the versions of all, where they are alike once."""
    told: dict[tuple[str, ...], list[str]] = {}
    for result in results:
        versions = ", ".join(f"{name} {number}" for name, number in result.versions.items())
        date = f"{result.date}, commit `{result.commit}`" if result.commit else result.date
        told.setdefault((date, result.machine, f"at most {result.rounds} rounds", versions), []).append(
            f"{result.row} on {result.title}"
        )
    if not results:
        return "Nothing is measured yet: `make bench` does it, and fills this page."
    durable = dict.fromkeys(f"- {result.title}: {result.durability}" for result in results)
    parts = ["What a commit survives, as the stores were set:", "\n".join(durable)]
    for origin, rows in told.items():
        date, machine, rounds, versions = origin
        which = "All rows" if len(told) == 1 else f"{', '.join(rows)}"
        parts.append(f"{which}: {date}, {rounds}, {machine}; {versions}.")
    return "\n\n".join(parts)


_INTRODUCTION = """\
# Benchmarks

What the library takes for a piece of work beside the raw driver, and beside packages that Python applications embed
for the same purpose. `make bench` measures all of it on your machine and writes this page; `make bench
ROWS=record,page STORES=postgresql` measures a part, and leaves the rest of the page as it was.

**How to read it.** A cell has the median of several rounds, and the quickest and the slowest in parentheses.
**1.30 ×** is that median beside the floor's in the same line: the less the better, whoever it is. Look at these: the
times are those of one machine, and where there is a commit mostly its disk's. A difference that is smaller than the
spread is none.

- **activitylog** is the whole path of a host: validation, scope, types, one receiver of the signal, activities, which
  decode their data when it is asked for.
- **raw driver**, the floor, writes the same rows to the same schema with the same indexes, or reads the same page, by
  the best statement that a hand would write. Its rows are encoded beforehand and not decoded.
- **one ideal table** is the raw driver on a table that has only what a timeline needs, as one would write it oneself.
  It keeps less. *executemany, ideal table* writes the many entries to it by `executemany` in place of COPY; *skip,
  ideal collection* is the same on MongoDB, with pages by `skip`.
- **SQLAlchemy Core, ORM** are that table by SQLAlchemy, with pages by `OFFSET`.
- The other packages keep the same facts in their own schema, in the quickest way that their documentation shows.
  eventsourcing does not work on MariaDB, none of them on MongoDB; those of Django were not set up on MariaDB.
  *continuum* is SQLAlchemy-Continuum.

In the rows of one entry, many entries, pages and tracked objects each contender has a process of its own, and a
database of its own but for the raw driver, which shares the library's. In the others the two that are compared share a
process. They take turns: in each round everyone does the same work once, after a round to warm up, so that noise that
comes and goes hits all alike. After a load the stores do what they put off, `VACUUM`, checkpoints and flushes, before
anything is measured. Servers run with their defaults for durability, on the same machine, over a Unix socket."""

_HOW = """\
Facts are calls with a note of fifty characters, by one user, about one contact, where nothing else is said.
activity-stream keeps them as actions (actor, verb, target, description), by its signal or `bulk_create`; auditlog as
entries made by `log_create`, or `bulk_create`, with the note among the additional data; eventsourcing as events of an
`EventSourcedLog` for each contact, on PostgreSQL by its database functions. pghistory has no entries of one's own: it
stands with rows of a model whose trigger writes an event, and without its context, so without who did it.
simple-history and auditlog are told who saves, as their middleware does. Where statements are *prepared*, Django's
`server_side_binding` is on for all, as without it the driver prepares nothing."""

_TARGETS = """\
Set before anything was written, each from what the raw driver and the packages took on a machine like this. Of several
lines the least and the most are shown, and how many miss it."""
