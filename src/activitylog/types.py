"""Activity types: what can happen, declared once, and what a registry of them knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from datetime import timedelta
from difflib import get_close_matches
from inspect import get_annotations
from typing import Any, Final, Literal, TypedDict, TypeVar, Unpack, get_type_hints

import attrs
from attrs import evolve, field, frozen

from activitylog.errors import InvalidInput, UnknownType
from activitylog.fields import FieldKind, checked_fields
from activitylog.language import Text, placeholders, translated
from activitylog.limits import CODE, IDENTIFIER, checked_text
from activitylog.statuses import Status, declared_statuses

__all__ = ["CUSTOM", "VIEWED", "ActivityType", "CustomTypeOptions", "TypeOptions", "TypeRegistry", "check_name"]

CUSTOM: Final = "custom."
"""How the names of types begin that are made at run time."""

VIEWED: Final = "timeline.viewed"
"""The type of the entries which say that somebody read a timeline."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\Z")
ENTRY_NAMES: Final = ("subject", "subjects", "actor", "title", "status", "changes")
"""What a summary can name beside the fields of the data."""
DIRECTIONS: Final = ("", "incoming", "outgoing")

Direction = Literal["", "incoming", "outgoing"]
Visibility = Literal["internal", "customer"]
Otherwise = Literal["redacted", "hidden"]
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
_C = TypeVar("_C", bound=type)


class CustomTypeOptions(TypedDict, total=False):
    """What can be said of a type that is made at run time; every option has a default, told at ``ActivityType``."""

    label: Text
    summary: Text
    icon: str
    category: str
    channel: str
    direction: Direction
    manual: bool
    planned: bool
    statuses: Iterable[str] | Mapping[str, Status]
    permission: str
    otherwise: Otherwise
    visibility: Visibility
    archive_after: timedelta | None
    purge_after: timedelta | None
    keep: int | None
    secret: Iterable[str]
    personal: Iterable[str]
    field_labels: Mapping[str, Text]
    of_subject: bool


class TypeOptions(CustomTypeOptions, total=False):
    """What can be said of a type where the code declares it."""

    version: int
    upcasters: Mapping[int, Upcaster]


def _field_names(option: str, given: Any) -> frozenset[str]:
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Iterable):
        raise InvalidInput(option, f"names of fields are expected, not {type(given).__name__}")
    return frozenset(checked_text(option, name, IDENTIFIER, required=True) for name in names)


def _secret(given: Any) -> frozenset[str]:
    return _field_names("secret", given)


def _personal(given: Any) -> frozenset[str]:
    return _field_names("personal", given)


@frozen(kw_only=True)
class ActivityType:
    """A declared type of activity.

    Attributes:
        name: a noun and a verb in the past tense, ``invoice.issued``, or a single noun for a manual one.
        data: the class of its data, or None for a plain mapping.
        version: of the data's shape; raise it when the shape changes, and give an upcaster.
        upcasters: by the version that they take, functions from that version's mapping to the next one's.
        label: its name for people; by default its name.
        summary: the line for people, with placeholders; by default its label, and the title where there is one.
        icon: the name of an icon.
        category, channel, direction: what an activity has that names none itself.
        manual: people write it, and may edit and delete it.
        planned: it may lie more than a day in the future.
        statuses: by name, the first is the initial one; empty for a type without status.
        permission: what a viewer must have to see its entries; empty for none.
        otherwise: whether a viewer without it sees the entry ``redacted`` (that there was one, when, and by whom), or
            it is ``hidden``.
        visibility: ``internal``, or ``customer`` where the customer may see it too.
        archive_after, purge_after: at which age an entry leaves the normal timeline, and the store; None for never.
        keep: how many entries of each subject stay, the newest; None for all.
        secret: names of data and change fields whose values are never stored.
        personal: names of data and change fields that are about the person: erasure takes their values.
        field_labels: names of data and change fields for people.
        of_subject: its entries are the status history of their subject: ``log.subjects.set_status`` writes them.
        fields: of a run-time type, the kinds of its data's fields by name; all of them may be left out.
        retired: it takes no new entries.
    """

    name: str
    data: type[Any] | None = None
    version: int = 1
    upcasters: Mapping[int, Upcaster] = field(factory=dict)
    label: Text = ""
    summary: Text = ""
    icon: str = ""
    category: str = ""
    channel: str = ""
    direction: Direction = ""
    manual: bool = False
    planned: bool = False
    statuses: Mapping[str, Status] = field(factory=dict, converter=declared_statuses)
    permission: str = ""
    otherwise: Otherwise = "redacted"
    visibility: Visibility = "internal"
    archive_after: timedelta | None = None
    purge_after: timedelta | None = None
    keep: int | None = None
    secret: frozenset[str] = field(factory=frozenset, converter=_secret)
    personal: frozenset[str] = field(factory=frozenset, converter=_personal)
    field_labels: Mapping[str, Text] = field(factory=dict)
    of_subject: bool = False
    fields: Mapping[str, FieldKind] = field(factory=dict, converter=checked_fields)
    retired: bool = False

    def __attrs_post_init__(self) -> None:
        check_name(self.name)
        for option in ("category", "channel", "icon", "permission"):
            checked_text(option, getattr(self, option), CODE)
        _check_choice("direction", self.direction, DIRECTIONS)
        _check_choice("otherwise", self.otherwise, ("redacted", "hidden"))
        _check_choice("visibility", self.visibility, ("internal", "customer"))
        checked_ages(self.archive_after, self.purge_after, self.keep)
        _check_kinds(self)
        _check_versions(self)
        _check_data(self)
        _check_subject_status(self)
        _check_summary(self)

    @property
    def initial(self) -> str:
        """The status of a new entry, or an empty text."""
        return next(iter(self.statuses), "")

    def label_in(self, language: str) -> str:
        """Return its name for people in a language."""
        return translated(self.label, language) or self.name


class TypeRegistry:
    """The activity types of a host.

    It always holds the core's own ``record.created``, ``record.changed``, ``record.deleted`` and ``timeline.viewed``,
    which can be overridden. Others are taken over from the registries it is made with.

    Raises:
        InvalidInput: two of the registries declare one name differently.
    """

    def __init__(self, *included: TypeRegistry) -> None:
        self._types: dict[str, ActivityType] = {declared.name: declared for declared in CORE_TYPES}
        self._by_class: dict[type, ActivityType] = {}
        for registry in included:
            for declared in registry:
                if declared not in CORE_TYPES:
                    self._add(declared, known=self._types.get(declared.name) in (None, declared, *CORE_TYPES))

    def activity(self, name: str, **options: Unpack[TypeOptions]) -> Callable[[_C], _C]:
        """Declare a type with the decorated attrs class or dataclass as its data; options as ``ActivityType``.

        Raises:
            InvalidInput: the name is taken or malformed, or an option does not fit.
        """

        def declare(cls: _C) -> _C:
            self.define(name, data=cls, **options)
            return cls

        return declare

    def define(self, name: str, *, data: type | None = None, **options: Unpack[TypeOptions]) -> ActivityType:
        """Declare a type; without ``data`` its data is any JSON object. Options as ``ActivityType``.

        Raises:
            InvalidInput: the name is taken or malformed, or an option does not fit.
        """
        check_options(options)
        declared = ActivityType(name=name, data=data, **options)
        if name.startswith(CUSTOM):
            raise InvalidInput("type", f"{name!r}: {CUSTOM!r} is kept for types that are made at run time")
        self._add(declared, known=name not in self._types)
        return declared

    def override(self, name: str, **options: Unpack[TypeOptions]) -> ActivityType:
        """Change options of a type that is declared already, such as one of ``activitylog.standard``.

        Raises:
            UnknownType: there is none of this name.
        """
        check_options(options)
        declared = evolve(self[name], **options)
        self._add(declared, known=True)
        return declared

    def _add(self, declared: ActivityType, *, known: bool) -> None:
        if not known:
            raise InvalidInput("type", f"{declared.name!r} is declared already; use override() to change it")
        if declared.data is not None:
            taken = self._by_class.get(declared.data)
            if taken is not None and taken.name != declared.name:
                raise InvalidInput("data", f"{declared.data.__name__} is the data of {taken.name!r} already")
            self._by_class[declared.data] = declared
        self._types[declared.name] = declared

    def get(self, name: str) -> ActivityType | None:
        """Return the type of this name, or None."""
        return self._types.get(name)

    def of_data(self, data: Any) -> ActivityType | None:
        """Return the type whose data is of this class, or None."""
        return self._by_class.get(data if isinstance(data, type) else type(data))

    def __getitem__(self, name: str) -> ActivityType:
        found = self._types.get(name)
        if found is None:
            raise UnknownType(name, get_close_matches(name, self._types))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._types

    def __iter__(self) -> Iterator[ActivityType]:
        return iter(tuple(self._types.values()))

    def __len__(self) -> int:
        return len(self._types)


def check_options(options: Mapping[str, Any], known: Iterable[str] = tuple(TypeOptions.__annotations__)) -> None:
    """Raise where one of the options is not known."""
    if unknown := options.keys() - set(known):
        raise InvalidInput(min(unknown), f"a type has no such option; it has {', '.join(known)}")


def check_name(name: Any) -> None:
    """Raise where this is no name of a type."""
    checked_text("type", name, CODE, required=True)
    if not _NAME.match(name):
        raise InvalidInput(
            "type", f"{name!r} must be lower-case words joined by dots or underscores, such as 'invoice.issued'"
        )


def checked_ages(archive_after: Any, purge_after: Any, keep: Any) -> None:
    """Raise where ages are no positive timedeltas, or a number of entries to keep is none."""
    for option, age in (("archive_after", archive_after), ("purge_after", purge_after)):
        if age is not None and (not isinstance(age, timedelta) or age <= timedelta()):
            raise InvalidInput(option, "a positive timedelta is expected, or None for never")
    if keep is not None and (not isinstance(keep, int) or isinstance(keep, bool) or not 1 <= keep < 2**63):
        raise InvalidInput("keep", "a positive integer of 64 bits is expected, or None to keep all")


def _check_choice(option: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InvalidInput(option, f"{value!r} is none of {', '.join(map(repr, choices))}")


def _check_kinds(declared: ActivityType) -> None:
    expected: dict[str, tuple[object, ...]] = {
        "version": (int, declared.version),
        "upcasters": (Mapping, declared.upcasters),
        "manual": (bool, declared.manual),
        "planned": (bool, declared.planned),
        "of_subject": (bool, declared.of_subject),
        "retired": (bool, declared.retired),
        "field_labels": (Mapping, declared.field_labels),
    }
    for name, (kind, value) in expected.items():
        if not isinstance(value, kind):  # type: ignore[arg-type] # Mapping is one too
            raise InvalidInput(name, f"{kind.__name__} is expected, not {type(value).__name__}")  # type: ignore[attr-defined]
    for name, text in (("label", declared.label), ("summary", declared.summary)):
        texts = text.values() if isinstance(text, Mapping) else (text,)
        if not callable(text) and not all(isinstance(each, str) for each in texts):
            raise InvalidInput(name, "a text, texts by language, or a function of the language is expected")


def _check_versions(declared: ActivityType) -> None:
    if declared.version < 1:
        raise InvalidInput("version", f"{declared.version!r} must be an integer from 1 on")
    missing = set(range(1, declared.version)) - set(declared.upcasters)
    if declared.upcasters and missing:
        raise InvalidInput("upcasters", f"{declared.name!r} has none from version {min(missing)}")


def _check_data(declared: ActivityType) -> None:
    for name in declared.secret & declared.fields.keys():
        if declared.fields[name] != "text":
            raise InvalidInput("secret", f"{name!r} must be a text: what is stored says that it is hidden")
    cls = declared.data
    if cls is None:
        return
    if not any((attrs.has(cls), is_dataclass(cls))):
        raise InvalidInput("data", f"{cls!r} must be an attrs class or a dataclass")
    hints = get_type_hints(cls) if declared.secret else {}
    for name in declared.secret & hints.keys():
        if hints[name] not in (str, str | None):
            raise InvalidInput("secret", f"{cls.__name__}.{name} must be a str: what is stored says that it is hidden")


def _check_subject_status(declared: ActivityType) -> None:
    if declared.of_subject and not declared.statuses:
        raise InvalidInput("of_subject", f"{declared.name!r} has no statuses, which its subjects could have")
    if declared.of_subject and declared.manual:
        raise InvalidInput("of_subject", f"{declared.name!r} is manual: a status history is not edited")
    if declared.of_subject and (declared.purge_after or declared.keep):
        option = "purge_after" if declared.purge_after else "keep"
        raise InvalidInput(option, f"{declared.name!r} is the status of its subjects, which would be lost")


def _check_summary(declared: ActivityType) -> None:
    cls = declared.data
    for template in _templates(declared.summary):
        for name in placeholders(template):
            first = name.partition(".")[0]
            if cls is not None and first not in {*get_annotations(cls), *dir(cls), *ENTRY_NAMES}:
                known = ", ".join(sorted({*get_annotations(cls), *ENTRY_NAMES}))
                raise InvalidInput("summary", f"{{{name}}} names no field of {cls.__name__}; there are {known}")


def check_fields_of_summary(declared: ActivityType) -> None:
    """Raise where the summary of a run-time type names what is none of its fields."""
    known = {*declared.fields, *ENTRY_NAMES}
    for template in _templates(declared.summary):
        for name in placeholders(template):
            if name.partition(".")[0] not in known:
                raise InvalidInput("summary", f"{{{name}}} names no field; there are {', '.join(sorted(known))}")


def _templates(summary: Text) -> Iterable[str]:
    if isinstance(summary, str):
        return (summary,)
    return () if callable(summary) else summary.values()


CORE_TYPES: Final = (
    ActivityType(
        name="record.created",
        category="change",
        icon="plus",
        label={"en": "Created", "de": "Angelegt"},
    ),
    ActivityType(
        name="record.changed",
        category="change",
        icon="pencil",
        label={"en": "Changed", "de": "Geändert"},
        summary={"en": "Changed: {changes}", "de": "Geändert: {changes}"},
    ),
    ActivityType(
        name="record.deleted",
        category="change",
        icon="trash",
        label={"en": "Deleted", "de": "Gelöscht"},
    ),
    ActivityType(
        name=VIEWED,
        category="access",
        icon="eye",
        label={"en": "Timeline viewed", "de": "Verlauf angesehen"},
    ),
)
