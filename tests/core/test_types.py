"""The type registry, typed data, versions and texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from attrs import Factory, frozen

from activitylog import REDACTED, ActivityLog, Ref, Status, TypeRegistry, scope
from activitylog.errors import InvalidInput, UnknownType


class Size(Enum):
    SMALL = "s"


@frozen
class Line:
    text: str
    price: Decimal


@frozen
class Order:
    number: str
    lines: list[Line] = Factory(list)
    day: date | None = None
    at: datetime | None = None
    token: UUID | None = None
    size: Size = Size.SMALL
    extra: dict[str, Any] = Factory(dict)
    after: timedelta | None = None
    by: Ref | None = None
    ratio: float = 0.0
    count: int = 0


@dataclass(frozen=True)
class Plain:
    name: str


@pytest.fixture
def types(types: TypeRegistry) -> TypeRegistry:
    types.define("order.placed", data=Order)
    types.define("plain", data=Plain)
    return types


def test_typed_data_round_trips_exactly(log: ActivityLog, kim: Ref):
    order = Order(
        "7",
        [Line("a", Decimal("1.10")), Line("b", Decimal("1E+5"))],
        date(2026, 2, 3),
        datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC),
        UUID(int=9),
        Size.SMALL,
        {"z": 1, "a": [True, None, -0.0, 1e20]},
        timedelta(minutes=3),
        Ref("user", 1, "One"),
        2.5,
        2**63 - 1,
    )
    found = log.get(log.record(order, kim)).data
    assert found == order
    assert str(found.lines[1].price) == "1E+5"
    assert list(found.extra) == ["z", "a"]
    assert found.by.label == "One"
    assert log.get(log.record(Plain("x"), kim)).data == Plain("x")


def test_data_can_be_given_as_a_mapping(log: ActivityLog, kim: Ref):
    given = log.record("order.placed", kim, data={"number": "7", "lines": [{"text": "a", "price": "1.10"}]})
    assert given.data == Order("7", [Line("a", Decimal("1.10"))])


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({}, "number"),
        ({"number": 7}, "number"),
        ({"number": "7", "lines": [{"text": "a", "price": "much"}]}, "lines"),
        ({"number": "7", "lines": [{"text": "a"}]}, "price"),
        ({"number": "7", "unknown": 1}, "unknown"),
        ({"number": "7", "count": True}, "count"),
        ({"number": "7", "count": 1.0}, "count"),
        ({"number": "7", "day": "soon"}, "day"),
        (Order("7", lines=[Line(5, Decimal(1))]), "text"),
        (Order("7", ratio="x"), "ratio"),
        (Order("7", lines=[Line("a", Decimal("NaN"))]), ""),
        (Order("7", extra={"x": {1}}), ""),
        (None, "Order"),
        ("number", ""),
        (Plain("x"), ""),
    ],
)
def test_data_of_the_wrong_shape_is_refused_without_showing_it(log: ActivityLog, kim: Ref, data: Any, place: str):
    with pytest.raises(InvalidInput, match=f"^data.*{place}") as caught:
        log.record("order.placed", kim, data=data)
    assert "much" not in str(caught.value)
    assert "soon" not in str(caught.value)
    assert not log.everything().exists()


def test_older_versions_are_upcast_when_read(make_log, kim: Ref):
    old = TypeRegistry()
    old.define("mail.counted")
    log = make_log(types=old)
    entry = log.record("mail.counted", kim, data={"size": "12"})

    @frozen
    class MailCounted:
        bytes: int
        unit: str

    new = TypeRegistry()
    new.activity(
        "mail.counted",
        version=3,
        upcasters={1: lambda d: {"bytes": int(d["size"])}, 2: lambda d: {**d, "unit": "B"}},
    )(MailCounted)
    assert ActivityLog(log.storage, types=new).get(entry.id).data == MailCounted(12, "B")


def test_an_undeclared_type_is_readable_as_a_mapping(log: ActivityLog, kim: Ref):
    entry = log.record("order.placed", kim, data={"number": "7"})
    log.types.registry._types.pop("order.placed")
    found = log.get(entry.id)
    assert (found.data["number"], found.label, found.summary, found.manual) == (
        "7",
        "order.placed",
        "order.placed",
        False,
    )


def test_data_that_fits_no_more_is_readable_as_a_mapping(log: ActivityLog, kim: Ref):
    entry = log.record("call", kim, data={"minutes": 3})
    log.types.registry.override("call", manual=True)
    object.__setattr__(log.types["call"], "data", Order)
    assert log.get(entry.id).data == {"minutes": 3}


def test_an_unknown_type_is_named_with_its_neighbours(log: ActivityLog, kim: Ref):
    with pytest.raises(UnknownType, match="invoice.issued") as caught:
        log.record("invoice.isued", kim)
    assert caught.value.nearest == ("invoice.issued",)


@pytest.mark.parametrize("name", ["", "Call", "a b", "a..b", ".a", "a.", "custom.x", "x" * 65, 3, None])
def test_a_malformed_name_is_refused(name: Any):
    with pytest.raises(InvalidInput, match="^type: "):
        TypeRegistry().define(name)


def test_declaring_twice_is_refused_and_overriding_is_not():
    registry = TypeRegistry()
    registry.define("call", data=Plain)
    with pytest.raises(InvalidInput, match="declared already"):
        registry.define("call")
    with pytest.raises(InvalidInput, match="is the data of 'call'"):
        registry.define("other", data=Plain)
    assert registry.override("call", icon="phone").icon == "phone"
    assert registry.of_data(Plain("x")).icon == "phone"
    assert registry.override("record.changed", icon="x").name == "record.changed"
    with pytest.raises(UnknownType):
        registry.override("nothing")


def test_registries_include_others():
    one, other = TypeRegistry(), TypeRegistry()
    one.define("call", data=Plain)
    one.override("record.changed", icon="x")
    other.define("call")
    both = TypeRegistry(one)
    assert both["call"].data is Plain
    assert both.of_data(Plain).name == "call"
    assert both["record.changed"].icon == "x"
    core = {"record.created", "record.changed", "record.deleted", "timeline.viewed"}
    assert {"call", *core} == {declared.name for declared in both}
    assert "call" in both
    assert len(both) == 5
    with pytest.raises(InvalidInput, match="declared already"):
        TypeRegistry(one, other)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"direction": "sideways"}, "direction"),
        ({"visibility": "all"}, "visibility"),
        ({"category": "x" * 65}, "category"),
        ({"version": 0}, "version"),
        ({"version": 3, "upcasters": {2: dict}}, "upcasters"),
        ({"summary": "{a.__class__}"}, "summary"),
        ({"summary": {"en": "{_x}"}}, "summary"),
        ({"summary": "{a!r}"}, "summary"),
        ({"summary": "{a:>9}"}, "summary"),
        ({"summary": "{0}"}, "summary"),
        ({"summary": "{a"}, "summary"),
        ({"summary": "{nuber}", "data": Order}, "summary"),
        ({"data": int}, "data"),
        ({"data": Line, "secret": ("price",)}, "secret"),
        ({"statuses": "open"}, "statuses"),
        ({"statuses": ("a", "a")}, "statuses"),
        ({"statuses": {"a": Status(to="b")}}, "statuses"),
    ],
)
def test_options_that_do_not_fit_are_named(options: dict[str, Any], field: str):
    with pytest.raises(InvalidInput, match=f"^{field}: "):
        TypeRegistry().define("thing", **options)


def test_texts_come_in_the_language_of_the_reader(log: ActivityLog, types: TypeRegistry, kim: Ref):
    types.define("lazy", label=lambda language: f"label in {language}", summary="{actor} for {subject}: {x.y}{none}")
    entry = log.record("invoice.issued", kim, data={"number": "9", "total": "1"})
    assert entry.summary == "Invoice 9 issued"
    with scope(language="de-AT"):
        timeline = log.timeline(kim)
        assert log.get(entry).summary == "Rechnung 9 erstellt"
    assert timeline.page().items[0].label == "Rechnung erstellt"
    assert log.timeline(kim).page().items[0].label == "Invoice issued"
    with scope(language="fr"):
        lazy = log.record("lazy", kim, data={"x": {"y": "z"}})
    assert lazy.label == "label in fr"
    assert lazy.summary == "Lea Müller for Kim Weber: z"


def test_a_summary_without_template_is_the_label_and_the_title(log: ActivityLog, kim: Ref):
    assert log.record("call", kim).summary == "Phone call"
    assert log.record("call", kim, title="Quote").summary == "Phone call: Quote"


def test_secret_data_is_never_stored(log: ActivityLog, types: TypeRegistry, kim: Ref):
    types.define("login", secret=("password",))
    entry = log.record("login", kim, data={"password": "hunter2", "deep": [{"password": ["hunter2"]}]})
    assert entry.data == {"password": REDACTED, "deep": [{"password": REDACTED}]}
    assert "hunter2" not in str(log.storage.get("default", [entry.id]))
    assert not log.timeline(kim).filter(search="hunter2").exists()


def test_an_aware_time_in_data_is_kept_in_utc(log: ActivityLog, kim: Ref):
    zoned = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    entry = log.record(Order("1", at=zoned), kim)
    assert entry.data.at == zoned
    assert log.record(Order("1", at=zoned.astimezone(UTC)), kim).data == entry.data


def test_one_secret_name_is_a_name(log: ActivityLog, types: TypeRegistry, kim: Ref):
    types.define("login", secret="password")
    assert log.record("login", kim, data={"password": "hunter2"}).data == {"password": REDACTED}
    with pytest.raises(InvalidInput, match="^secret"):
        types.define("other", secret=(5,))


def test_an_edit_of_older_data_has_the_present_version(log: ActivityLog, types: TypeRegistry, kim: Ref):
    types.define("meeting", manual=True)
    entry = log.record("meeting", kim, data={"room": "1"})
    types.override("meeting", version=2, upcasters={1: lambda data: {"place": data["room"]}})
    assert log.get(entry).data == {"place": "1"}
    assert log.edit(entry, data={"place": "2"}).data == {"place": "2"}
    assert log.get(entry).data == {"place": "2"}


def test_sets_are_stored_in_an_order(log: ActivityLog, types: TypeRegistry, kim: Ref):
    @frozen
    class Chosen:
        names: frozenset[str]
        sizes: set[int]

    types.activity("chosen")(Chosen)
    entry = log.record(Chosen(frozenset("hgfedcba"), {3, 1, 2}), kim)
    assert entry.to_dict()["data"] == {"names": list("abcdefgh"), "sizes": [1, 2, 3]}
    assert entry.data == Chosen(frozenset("abcdefgh"), {1, 2, 3})


def test_an_error_never_shows_what_a_class_said(log: ActivityLog, types: TypeRegistry, kim: Ref):
    @frozen
    class Strict:
        name: str

        def __attrs_post_init__(self) -> None:
            raise {"key": KeyError, "value": ValueError, "type": TypeError}[self.name]("Kim Weber, expected, not well")

    types.activity("strict")(Strict)
    for name in ("key", "value", "type"):
        with pytest.raises(InvalidInput) as caught:
            log.record("strict", kim, data={"name": name})
        assert "Weber" not in str(caught.value)
    for long in ({"x" * 100_000: 1}, {"x" * 100_000: object()}):
        with pytest.raises(InvalidInput) as caught:
            log.record("strict", kim, data=long)
        assert len(str(caught.value)) < 1000
    with pytest.raises(UnknownType) as unknown:
        log.record("Kim Weber called", kim)
    assert "Weber" not in str(unknown.value)


def test_a_field_of_a_kind_without_a_form_is_refused(log: ActivityLog, types: TypeRegistry, kim: Ref):
    @frozen
    class Odd:
        thing: object
        when: date | datetime

    types.activity("odd")(Odd)
    with pytest.raises(InvalidInput, match="^data"):
        log.record(Odd(object(), date(2026, 1, 1)), kim)


def test_texts_that_fail_leave_the_rest_readable(log: ActivityLog, types: TypeRegistry, kim: Ref):
    def broken(_: Any) -> str:
        raise RuntimeError

    types.define("odd", label=broken, summary=lambda _: "{")
    types.define("none", label=lambda _: None)
    types.define("old")
    old = log.record("old", kim, data={"a": 1})
    types.override("old", version=2, upcasters={1: broken})
    assert [log.record(name, kim).label for name in ("odd", "none")] == ["odd", "none"]
    assert log.timeline(kim).page().to_dict()["items"][0]["summary"] == "none"
    assert log.record("odd", kim).summary == "{"
    assert log.get(old).data == {"a": 1}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"label": 5}, "label"),
        ({"summary": 5}, "summary"),
        ({"version": "2"}, "version"),
        ({"manual": "no"}, "manual"),
        ({"field_labels": 5}, "field_labels"),
        ({"statuses": {"open": "Offen"}}, "statuses"),
        ({"color": "red"}, "color"),
    ],
)
def test_options_of_the_wrong_kind_are_named(options: dict[str, Any], field: str):
    with pytest.raises(InvalidInput, match=f"^{field}: "):
        TypeRegistry().define("thing", **options)
    with pytest.raises(InvalidInput, match="^to: "):
        Status(to=5)
    with pytest.raises(InvalidInput, match="^to: "):
        Status(to=[["open"]])
    with pytest.raises(InvalidInput, match="^final: "):
        Status(final=1)
