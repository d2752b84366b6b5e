"""The page ``docs/benchmarks.md``, put together of what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from sqlalchemy.dialects import postgresql

from activitylog_sql._postgresql.dialect import POSTGRESQL
from activitylog_sql._schema import ENTRIES, LINKS, STEPS, Index, Table
from benchmarks.ideal.table import statements
from benchmarks.measure import Row
from benchmarks.report.plots import bars, growth
from benchmarks.report.tables import table
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
    parts += ["## What was measured", _HOW, _origins(results), "## The schemas", *_schemas()]
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
        told.setdefault((result.date, result.machine, f"{result.rounds} rounds", versions), []).append(
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


def _schemas() -> Iterator[str]:
    yield "The ideal table, here on PostgreSQL, as SQLAlchemy Core and ORM have it too:"
    yield _sql(statements(postgresql.dialect()))
    yield "What the library writes an entry to, on PostgreSQL; [reads](reads.md) tells what each index is for:"
    made: list[str] = []
    for step in STEPS:
        for change in step.changes:
            if isinstance(change, Table) and change.name in {ENTRIES, LINKS}:
                made += POSTGRESQL.create_table(change)
            elif isinstance(change, Index):
                made.append(POSTGRESQL.create_index(change))
    yield _sql(made)


def _sql(made: Sequence[str]) -> str:
    lines = [line for each in made for line in wrap(" ".join(f"{each};".split()), 116, subsequent_indent="    ")]
    return "\n".join(["```sql", *lines, "```"])


_INTRODUCTION = """\
# Benchmarks

What the library takes for a piece of work beside the raw driver, and beside packages that Python applications embed
for the same purpose. `make bench` measures all of it on your machine and writes this page; `make bench
ROWS=record,page STORES=postgresql` measures a part, and leaves the rest of the page as it was.

**How to read it.** A cell has the median of several rounds, and the quickest and the slowest in parentheses.
**1.30 ×** is that median beside the floor's in the same line: the less the better, whoever it is. Look at these: the
times are those of one machine, and where there is a commit mostly its disk's. A difference that is smaller than the
spread is none.

- **activitylog** is the whole path of a host: validation, scope, types, one receiver of the signal, decoded activities.
- **raw driver**, the floor, writes the same rows to the same schema with the same indexes, or reads the same page, by
  the best statement that a hand would write. Its rows are encoded beforehand and not decoded.
- **one ideal table** is the raw driver on a table that has only what a timeline needs, as one would write it oneself.
  It keeps less.
- **SQLAlchemy Core, ORM** are that table by SQLAlchemy, with pages by `OFFSET`.
- The other packages keep the same facts in their own schema, in the quickest way that their documentation shows. A
  package has no cell where it does not do the work.

Each contender has a process and a database of its own. They take turns: in each round everyone does the same work
once, after a round to warm up, so that noise that comes and goes hits all alike. After a load the stores do what they
put off, `VACUUM` and checkpoints, before anything is measured. Servers run with their defaults for durability, on the
same machine, over a Unix socket."""

_HOW = """\
Facts are calls with a note of fifty characters, by one user, about one contact, where nothing else is said.
activity-stream keeps them as actions (actor, verb, target, description), by its signal or `bulk_create`; auditlog as
entries made by `log_create`, or `bulk_create`, with the note among the additional data; eventsourcing as events of an
`EventSourcedLog` for each contact, on PostgreSQL by its database functions. pghistory has no entries of one's own: it
stands with rows of a model whose trigger writes an event, and without its context, so without who did it.
simple-history and auditlog are told who saves, as their middleware does."""
