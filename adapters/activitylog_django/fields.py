"""How the columns of the SQL store are read by Django's ORM: the values are those that the log gives."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models.lookups import IsNull

from activitylog.storage import ABSENT

__all__ = ["IdField", "InstantField", "JsonField", "KeyField", "TextsField"]

_ABSENT_TEXT: Final = "9999-12-31 00:00:00"


class KeyField(models.TextField):
    """A text that is compared by code point; on MySQL it is binary."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the text."""
        return value.decode() if isinstance(value, bytes) else value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return the text as the column holds it."""
        value = super().get_db_prep_value(value, connection, prepared)
        return value.encode() if connection.vendor == "mysql" and isinstance(value, str) else value


class IdField(models.Field):
    """A UUID: 32 digits on SQLite, 16 bytes on MySQL."""

    def to_python(self, value: Any) -> Any:
        """Return the UUID of a text."""
        return value if value is None or isinstance(value, UUID) else UUID(str(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the UUID."""
        return UUID(bytes=value) if isinstance(value, bytes) else self.to_python(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return the UUID as the column holds it."""
        found = self.to_python(value)
        if found is None or connection.vendor == "postgresql":
            return found
        return found.bytes if connection.vendor == "mysql" else found.hex


class InstantField(models.Field):
    """A time in UTC, whatever ``USE_TZ`` says; None where there is none, and ``isnull`` finds those."""

    def to_python(self, value: Any) -> Any:
        """Return the time of an ISO text."""
        return datetime.fromisoformat(value) if isinstance(value, str) else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the time, aware."""
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        found = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return None if found == ABSENT else found

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return the time as the column holds it.

        Raises:
            ValueError: it is naive.
        """
        found = ABSENT if value is None else self.to_python(value)
        if found.tzinfo is None:
            raise ValueError("an aware time is expected: times of activities are in UTC")
        if connection.vendor == "postgresql":
            return found
        return found.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


@InstantField.register_lookup
class IsAbsent(IsNull):
    """``isnull`` of a column that is never null."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the comparison with the time that stands for none."""
        column, values = self.process_lhs(compiler, connection)
        absent = ABSENT if connection.vendor == "postgresql" else _ABSENT_TEXT
        return f"{column} {'=' if self.rhs else '<>'} %s", [*values, absent]


class JsonField(models.Field):
    """JSON, or None."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return what the JSON says."""
        if isinstance(value, str | bytes):
            return json.loads(value) if value else None
        return value


class TextsField(JsonField):
    """A list of texts: an array on PostgreSQL, JSON elsewhere."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the list."""
        return super().from_db_value(value, expression, connection) or []
