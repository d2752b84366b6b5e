"""What a migration does: it runs the numbered steps of the SQL store's own schema."""

from __future__ import annotations

from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation

from activitylog_django.database import DjangoHost
from activitylog_sql import upgrade_host

__all__ = ["RunSteps"]


class RunSteps(Operation):
    """Runs the steps up to a number that the database lacks, where the routers allow it.

    There is no way back: what customers' histories consist of is not dropped by a command.
    """

    reduces_to_sql = False
    reversible = False

    def __init__(self, upto: int) -> None:
        self.upto = upto

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing that Django knows of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Run the steps on the connection that is migrated."""
        alias = schema_editor.connection.alias
        if router.allow_migrate(alias, app_label, model_name="entry"):
            upgrade_host(DjangoHost(alias), self.upto)

    def describe(self) -> str:
        """Return what ``migrate --plan`` shows."""
        return f"Run the steps of the activity log's schema up to {self.upto}"
