"""Writing many objects at once: one call records what happened to all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models

from activitylog.errors import Unsupported
from activitylog_django import states
from activitylog_django.recording import batched, belonging, record, together
from activitylog_django.tracked import Tracking

__all__ = ["TrackedQuerySet"]


class TrackedQuerySet(models.QuerySet):
    """Records what ``bulk_create``, ``bulk_update``, ``update`` and ``delete`` do to a tracked model.

    ``objects = TrackedQuerySet.as_manager()`` makes it the manager. The entries of a call are written by one statement;
    ``update`` reads the rows before, and locks them where the database can.
    """

    def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        **named: Any,
    ) -> Any:
        """Create objects and record that.

        Raises:
            Unsupported: nobody would know which rows are new (``ignore_conflicts``, ``update_conflicts``), or what the
                keys are that the database gave.
        """
        things = list(objs)
        tracking, using = self._tracking(), self._written()
        if ignore_conflicts or update_conflicts:
            raise Unsupported(
                "bulk_create: with conflicts nobody knows which rows are new: look before, or pass by the tracking "
                "through the model's _base_manager"
            )
        if not connections[using].features.can_return_rows_from_bulk_insert and any(each.pk is None for each in things):
            raise Unsupported("bulk_create: this database does not tell the keys of many new rows: save them singly")
        with together(using):
            made = super().bulk_create(things, batch_size=batch_size, **named)
            record([states.created(each, tracking, using) for each in made], using)
        for each in made:
            states.remember(each, tracking)
        return made

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> Any:
        """Save these fields of objects and record what changed."""
        things, names = list(objs), list(fields)
        tracking, using = self._tracking(), self._written()
        plain = self._rows(self._db)
        with together(using):
            self._read_missing(things, tracking, names, using)
            matched = plain.bulk_update(things, names, batch_size=batch_size)
            drafts = [states.changed(each, tracking, names, using) for each in things]
            record([draft for draft in drafts if draft is not None], using)
        for each in things:
            states.remember(each, tracking, names)
        return matched

    bulk_update.alters_data = True  # type: ignore[attr-defined] # templates must not call it

    def update(self, **values: Any) -> int:
        """Update rows and record what changed in each."""
        tracking, using = self._tracking(), self._written()
        names = [each.attname for each in tracking.columns if each.name in values or each.attname in values]
        if not names:
            return int(super().update(**values))
        with together(using):
            before = self._locked(using)
            updated = super().update(**values)
            after = self._as_stored([each.pk for each in before], names, using)
            drafts = []
            for each in before:
                each.__dict__.update(after.get(each.pk, {}))
                drafts.append(states.changed(each, tracking, names, using))
            record([draft for draft in drafts if draft is not None], using)
        return int(updated)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> Any:
        """Delete objects and record that."""
        tracking, using = self._tracking(), self._written()
        with batched(using):
            # All at once: they would be asked one by one else, as each is deleted.
            belonging(lambda: [ref for each in self._rows(using) for ref in tracking.whom(each)["subjects"]], using)
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined] # as Django's own

    def _tracking(self) -> Tracking:
        found = Tracking.of(self.model)
        if found is None:
            raise ImproperlyConfigured(f"{self.model.__name__} has a TrackedQuerySet and no @track()")
        return found

    def _written(self) -> str:
        self._for_write = True
        alias: str = self.db
        return alias

    def _rows(self, using: str | None) -> Any:
        return models.QuerySet(model=self.model, query=self.query.chain(), using=using, hints=self._hints)

    def _locked(self, using: str) -> list[Any]:
        plain = self._rows(using)
        lock = connections[using].in_atomic_block and connections[using].features.has_select_for_update
        return list(plain.select_for_update() if lock else plain)

    def _as_stored(self, keys: list[Any], names: list[str], using: str) -> dict[Any, dict[str, Any]]:
        rows = self.model._base_manager.using(using).filter(pk__in=keys).values("pk", *names)
        return {row.pop("pk"): row for row in rows}

    def _read_missing(self, things: list[Any], tracking: Tracking, names: list[str], using: str) -> None:
        """Read the old values of objects that were not loaded, all by one query."""
        wanted = [each.attname for each in tracking.columns if each.name in names or each.attname in names]
        unknown = [each for each in things if any(name not in states.known(each).values for name in wanted)]
        if unknown:
            found = self._as_stored([each.pk for each in unknown], wanted, using)
            for each in unknown:
                states.learn(each, found.get(each.pk, {}))
