"""The schemas of what is measured, as the page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from sqlalchemy.dialects import postgresql

from activitylog_sql._dialect import Dialect
from activitylog_sql._mysql.dialect import MYSQL
from activitylog_sql._postgresql.dialect import POSTGRESQL
from activitylog_sql._schema import ENTRIES, LINKS, STEPS, Index, LongerKey, Table
from activitylog_sql._sqlite.dialect import SQLITE
from benchmarks.ideal.table import statements

__all__ = ["schemas"]


def schemas() -> Iterator[str]:
    """Yield the paragraphs: the ideal table, and the floor's tables, which are the library's."""
    yield "The ideal table, here on PostgreSQL, as SQLAlchemy Core and ORM have it too:"
    yield _sql(statements(postgresql.dialect()))
    yield (
        "What the library and the raw driver write an entry to; [reads](reads.md) tells what each index is for. On"
        " MongoDB an entry is one document with its links within, and the indexes are those of the same page."
    )
    for name, dialect in (("PostgreSQL", POSTGRESQL), ("SQLite", SQLITE), ("MariaDB", MYSQL)):
        yield f"On {name}:"
        yield _sql(list(_statements(dialect)))


def _statements(dialect: Dialect) -> Iterator[str]:
    for step in STEPS:
        for change in step.changes:
            if isinstance(change, Index | LongerKey) or (isinstance(change, Table) and change.name in {ENTRIES, LINKS}):
                yield from dialect.create(change)


def _sql(made: Sequence[str]) -> str:
    lines = [line for each in made for line in wrap(" ".join(f"{each};".split()), 116, subsequent_indent="    ")]
    return "\n".join(["```sql", *lines, "```"])
