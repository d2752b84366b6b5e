"""Saves of a Django model that is watched, or not."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, nullcontext
from importlib import import_module
from typing import Any

from benchmarks.host import project
from benchmarks.measure import clocked

__all__ = ["APPS", "DjangoSaves", "let_prepare", "saves"]

APPS: dict[str, tuple[str, ...]] = {
    "nobody": (),
    "activitylog": ("activitylog_django",),
    "auditlog": ("auditlog",),
    "simple_history": ("simple_history",),
    "pghistory": ("pgtrigger", "pghistory"),
}
"""The apps of those who watch."""


class DjangoSaves:
    """Contacts of one who watches them, in a database of their own."""

    def __init__(self, watcher: str, count: int, url: str) -> None:
        project.begin(url, *APPS[watcher])
        module = import_module(f"benchmarks.tracking.contact_by_{watcher}")
        project.make_tables()
        self._open = ExitStack()
        self._open.enter_context(module.install())
        self.contacts = [module.TrackedContact.objects.create(name=f"Contact {number}") for number in range(count)]

    def close(self) -> None:
        from django.db import connection

        self._open.close()
        connection.close()


def saves(saves: DjangoSaves, atomic: bool) -> float:
    """Change a field of each contact and save it: all within one transaction, or each in its own."""
    from django.db import transaction

    def work() -> None:
        block: AbstractContextManager[Any] = transaction.atomic() if atomic else nullcontext()
        with block:
            for contact in saves.contacts:
                contact.visits += 1
                contact.save()

    return clocked(work, len(saves.contacts))


def let_prepare(_: DjangoSaves) -> None:
    """Let the cursors bind on the server, and the driver prepare statements there: what ``DATABASES`` can say."""
    from django.db import connection

    connection.close()
    connection.settings_dict["OPTIONS"].update(server_side_binding=True, prepare_threshold=5)
    vars(connection.features).pop("uses_server_side_binding", None)  # what Django has read of them
