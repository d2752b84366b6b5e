"""The types that a tenant has: those of the code, and those that its administrators make at run time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Unpack

from attrs import evolve, field, frozen

from activitylog.custom_types import TYPE, custom_body, custom_type
from activitylog.documents import change_document
from activitylog.errors import InvalidInput, NotAllowed, StaleVersion, UnknownType
from activitylog.fields import FieldKind
from activitylog.limits import CODE, checked_text
from activitylog.remembered import Remembered
from activitylog.storage import Document, Storage
from activitylog.types import (
    CUSTOM,
    ActivityType,
    CustomTypeOptions,
    TypeRegistry,
    check_fields_of_summary,
    check_options,
)

__all__ = ["Catalog", "CustomTypes"]

CustomTypes = Remembered[Mapping[str, ActivityType]]
"""The run-time types of each tenant."""


@frozen(eq=False, repr=False, slots=False)  # made for every call, and filled faster so
class Catalog:
    """The types of one tenant: iterate them, or look one up by its name.

    An administrator's types are called ``custom.<name>``, and are the tenant's own. What another process makes,
    changes or retires is seen within five seconds, a name that is new here at once.
    """

    _registry: TypeRegistry = field(alias="registry")
    _custom: CustomTypes = field(alias="custom")
    _store: Callable[[], Storage] = field(alias="store")
    _tenant: str = field(alias="tenant")
    _fixed: bool = field(default=False, alias="fixed")

    @property
    def registry(self) -> TypeRegistry:
        """The types of the code, which can be declared and overridden there.

        Raises:
            NotAllowed: the log is limited to a viewer.
        """
        self._check_changeable()
        return self._registry

    def create(
        self, name: str, *, fields: Mapping[str, FieldKind] | None = None, **options: Unpack[CustomTypeOptions]
    ) -> ActivityType:
        """Make a type ``custom.<name>``, which people record by hand unless ``manual=False`` or ``of_subject=True``.

        Args:
            name: lower-case words joined by underscores or dots.
            fields: of its data, each ``"text"``, ``"number"``, ``"money"`` (exact), ``"date"``, ``"reference"`` or a
                tuple of texts to choose from; all of them may be left out when recording.
            options: as of ``TypeRegistry.define``; texts are texts, not functions.

        Raises:
            InvalidInput: the name is taken (by a retired type too) or malformed, or an option does not fit.
            NotAllowed: the log is limited to a viewer.
        """
        self._check_changeable()
        check_options(options, CustomTypeOptions.__annotations__)
        given: dict[str, Any] = {"manual": not options.get("of_subject"), **options, "fields": fields or {}}
        declared = ActivityType(name=_custom_name(name), **given)
        check_fields_of_summary(declared)
        document = Document(self._tenant, TYPE, declared.name, custom_body(declared))
        try:
            self._store().put_document(document, expected_version=0)
        except StaleVersion:
            raise InvalidInput(
                "name",
                f"{declared.name!r} is there already: change it (a retired one after restore), or take another name",
            ) from None
        self._custom.forget(self._store(), self._tenant)
        return declared

    def change(
        self, name: str, *, fields: Mapping[str, FieldKind] | None = None, **options: Unpack[CustomTypeOptions]
    ) -> ActivityType:
        """Change options of a run-time type: its label, its fields and so on; its name stays for ever.

        Entries keep what was recorded: fields that are taken away, and choices that are no more, stay readable.

        Raises:
            UnknownType: there is none of this name that was made at run time.
            InvalidInput: an option does not fit.
        """
        check_options(options, CustomTypeOptions.__annotations__)
        return self._changed(name, options if fields is None else {**options, "fields": fields})

    def retire(self, name: str) -> ActivityType:
        """Let a run-time type take no new entries; those that are there stay as they are, and keep its texts.

        Raises:
            UnknownType: there is none of this name that was made at run time.
        """
        return self._changed(name, {"retired": True})

    def restore(self, name: str) -> ActivityType:
        """Let a run-time type that was retired take new entries again.

        Raises:
            UnknownType: there is none of this name that was made at run time.
        """
        return self._changed(name, {"retired": False})

    def _check_changeable(self) -> None:
        if self._fixed:
            raise NotAllowed(
                "types are changed by the log itself, or as Viewer.unlimited(): not for a viewer, nor for nobody"
            )

    def _changed(self, name: str, options: Mapping[str, Any]) -> ActivityType:
        self._check_changeable()
        found = _custom_name(name)

        def changed(stored: Document | None) -> str:
            if stored is None:
                raise self._unknown(found)
            declared = evolve(custom_type(stored), **options)
            check_fields_of_summary(declared)
            return custom_body(declared)

        _, after = change_document(self._store(), self._tenant, TYPE, found, changed)
        self._custom.forget(self._store(), self._tenant)
        return custom_type(after)

    def get(self, name: str) -> ActivityType | None:
        """Return the type of this name, or None."""
        if not name.startswith(CUSTOM):
            return self._registry.get(name)
        store = self._store()
        found = self._custom.of(store, self._tenant).get(name)
        return self._custom.missed(store, self._tenant, name).get(name) if found is None else found

    def of_data(self, data: Any) -> ActivityType | None:
        """Return the type whose data is of this class, or None."""
        return self._registry.of_data(data)

    def __getitem__(self, name: str) -> ActivityType:
        if not isinstance(name, str):
            raise InvalidInput("type", f"a name is expected, not {type(name).__name__}")
        found = self.get(name)
        if found is None and name.startswith(CUSTOM):
            found = self._custom.fresh(self._store(), self._tenant).get(name)
        if found is None:
            raise self._unknown(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[ActivityType]:
        yield from self._registry
        yield from self._custom.of(self._store(), self._tenant).values()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<Types of tenant {self._tenant!r}>"

    def _unknown(self, name: str) -> UnknownType:
        return UnknownType(name, get_close_matches(name, [declared.name for declared in self]))


def _custom_name(name: Any) -> str:
    if not isinstance(name, str):
        raise InvalidInput("name", f"a text is expected, not {type(name).__name__}")
    return checked_text("type", name if name.startswith(CUSTOM) else f"{CUSTOM}{name}", CODE)
