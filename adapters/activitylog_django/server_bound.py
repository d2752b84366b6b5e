"""A cursor of psycopg's that leaves values to PostgreSQL, for statements as Django has them."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count
from typing import Any, Self

from psycopg import RawCursor

__all__ = ["ServerBoundCursor"]


class ServerBoundCursor(RawCursor[Any]):
    """Takes ``%s``, looks for these once in each statement, and lets the server put the values in.

    Django's own cursor does so itself, anew each time; psycopg's remembers no statement of more than fifty values.
    """

    def execute(self, query: Any, params: Any = None, **named: Any) -> Self:
        """Run a statement."""
        return super().execute(query if params is None else _numbered(query), params, **named)

    def executemany(self, query: Any, params_seq: Any, **named: Any) -> None:
        """Run a statement for each row of values."""
        super().executemany(_numbered(query), params_seq, **named)


@lru_cache(maxsize=1024)
def _numbered(statement: str) -> str:
    numbers = count(1)
    return re.sub("%[s%]", lambda mark: f"${next(numbers)}" if mark[0] == "%s" else "%", statement)
