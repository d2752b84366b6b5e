"""The second step of the schema: what filters of a timeline name is tested within the index of links."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

from activitylog_django.operations import RunSteps


class Migration(migrations.Migration):
    """Makes the key of links longer, on PostgreSQL."""

    dependencies: ClassVar[list[Any]] = [("activitylog", "0001_initial")]

    operations: ClassVar[list[Any]] = [RunSteps(upto=2)]
