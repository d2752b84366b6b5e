"""Running the steps of the schema, and reading which of them a store has."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from activitylog_sql._dialect import Dialect
from activitylog_sql._executor import Executor
from activitylog_sql._schema import SCHEMA, STEPS, STEPS_TABLE, Step, missing

__all__ = ["found_steps", "note_step", "run_step", "run_steps"]

_FOUND: Final = f"SELECT number, kind FROM {SCHEMA}"


def found_steps(executor: Executor, dialect: Dialect) -> dict[int, str]:
    """Return the kinds of the steps that the store has, by their numbers; none where it is empty."""
    if not dialect.has_table(executor, SCHEMA):
        return {}
    return dict(executor.run(_FOUND))


def run_steps(executor: Executor, dialect: Dialect, steps: tuple[Step, ...] = STEPS) -> None:
    """Run the steps that the store lacks, in the caller's transaction; safe to repeat."""
    for step in missing(found_steps(executor, dialect), steps):
        run_step(executor, dialect, step)


def run_step(executor: Executor, dialect: Dialect, step: Step, partitions: int | None = None) -> None:
    """Run one step and note that it is done; interrupted, it can be run again.

    Tables are split into so many ``partitions``, or by default as those are that the store has.
    """
    if partitions is None:
        partitions = dialect.partitions(executor)
    changes = step.changes if dialect.has_table(executor, SCHEMA) else (STEPS_TABLE, *step.changes)
    for change in changes:
        for statement in [change] if isinstance(change, str) else dialect.create(change, partitions):
            dialect.change(executor, statement)
    note_step(executor, dialect, step.number, step.kind)


def note_step(executor: Executor, dialect: Dialect, number: int, kind: str) -> None:
    """Note that the store has a step, unless another process has."""
    now = datetime.now(UTC).replace(microsecond=0)
    dialect.insert_new(executor, SCHEMA, STEPS_TABLE.columns, (number, kind, dialect.time(now)))
