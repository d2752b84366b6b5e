"""Gaps to statements: in each thread the turns between incoming and outgoing entries, each beside the next."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson
from attrs import frozen

from activitylog.storage import And, Field, Gap, Query, spoken
from activitylog_sql._bounds import parts_of
from activitylog_sql._codec import Codec
from activitylog_sql._executor import Primitive, Row
from activitylog_sql._ways import BY_LINK, Way, conditions_on, way_of_count, way_sql
from activitylog_sql._where import Condition

__all__ = ["Gaps"]

_ONE_THREAD = '[["", "", "subject"]]'
"""What stands in the place of an entry's subjects where it has a conversation."""


@frozen
class Gaps:
    """Gaps that were asked for: gives their statement, and reads the rows of that."""

    codec: Codec
    query: Query
    by: Sequence[Field]
    aliases: Mapping[str, str]

    def statement(self) -> tuple[str, list[Primitive]]:
        """Return the statement and its values."""
        query = spoken(self.query)
        way = way_of_count(self.codec.dialect, query)
        condition = Condition(self.codec, way == BY_LINK)
        names = [f"k{place}" for place in range(len(self.by))]
        keys = "".join(f", {condition.column(name)} AS {key}" for name, key in zip(self.by, names, strict=True))
        dialect = self.codec.dialect
        found = self._found(condition, way, query, keys)
        thread = "(PARTITION BY conversation, ref ORDER BY at, id)"
        turns = f"SELECT found.*, lag(direction) OVER {thread} AS earlier FROM ({found}) AS found"
        following = "".join(f", lead({name}) OVER {thread} AS answer_{name}" for name in names)
        beside = (
            f"SELECT turns.*, lead(at) OVER {thread} AS answer_at, lead(id) OVER {thread} AS answer_id{following}"
            f" FROM ({turns}) AS turns WHERE earlier IS NULL OR earlier <> direction"
        )
        earliest = "(PARTITION BY id ORDER BY CASE WHEN answer_id IS NULL THEN 1 ELSE 0 END, answer_at, answer_id)"
        answers = (
            f"SELECT beside.*, row_number() OVER {earliest} AS place FROM ({beside}) AS beside"
            " WHERE direction = 'incoming'"
        )
        shown = "".join(f", CASE WHEN answer_id IS NULL THEN {name} ELSE answer_{name} END" for name in names)
        text = f"SELECT {dialect.milliseconds('at', 'answer_at')}{shown} FROM ({answers}) AS answers WHERE place = 1"
        return text, condition.values

    def read(self, rows: Iterable[Row]) -> Iterator[Gap]:
        """Yield the gaps of the statement's rows."""
        if not self.by:
            return (Gap((), wait) for (wait,) in rows)  # type: ignore[arg-type]
        key = self.codec.key
        return (
            Gap(tuple([key(name, value) for name, value in zip(self.by, values, strict=True)]), wait)  # type: ignore[arg-type]
            for wait, *values in rows
        )

    def _found(self, condition: Condition, way: Way, query: Query, keys: str) -> str:
        """Return the statement of the entries that take part, once for each thread, or more often where it is so told.

        An entry that comes twice in a thread follows itself in its own direction, which is no turn.
        """
        dialect = self.codec.dialect
        subjects = tuple(dict.fromkeys(query.subjects))
        where, direct = conditions_on(way, subjects, parts_of(query.where))
        conversation = condition.column("conversation")
        links = f"CASE WHEN {conversation} <> '' THEN '{_ONE_THREAD}' ELSE {condition.column('links')} END"
        at, id, direction = (condition.column(name) for name in ("occurred_at", "id", "direction"))
        ref, aliases = self._aliased(condition, dialect.item("m", 0))
        thread = f"{conversation} AS conversation, {ref} AS ref"
        columns = f"{at} AS at, {id} AS id, {direction} AS direction, {thread}{keys}"
        condition.values.append(query.tenant)
        filters = f" AND {condition.among('l.ref', subjects)}" if condition.linked else ""
        filters += " AND l.role = 'subject'" if direct else ""
        filters += f" AND {condition.sql(And(where))} AND {dialect.item('m', 2)} = 'subject'"
        source, tenant = way_sql(dialect, way, entry=True)
        sources = f"{source} CROSS JOIN {dialect.each(links, 0, 'm')}{aliases}"
        return f"SELECT {columns} FROM {sources} WHERE {tenant}{filters}"

    def _aliased(self, condition: Condition, ref: str) -> tuple[str, str]:
        """Return the ref as whose a subject counts, and the join that finds it, however many aliases there are."""
        if not self.aliases:
            return ref, ""
        dialect = self.codec.dialect
        condition.values.append(orjson.dumps([(one, "", into) for one, into in self.aliases.items()]).decode())
        one, other = dialect.item("a", 0), dialect.item("a", 2)
        named = f"SELECT {one} AS one, {other} AS other FROM {dialect.each('?', 0, 'a')}"
        return f"coalesce(aliases.other, {ref})", f" LEFT JOIN ({named}) AS aliases ON aliases.one = {ref}"
