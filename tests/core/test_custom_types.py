"""Types that administrators make at run time, per tenant."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from activitylog import REDACTED, ActivityLog, Actor, Draft, Ref, Status, TypeRegistry, scope
from activitylog.errors import InvalidInput, UnknownType
from activitylog.fields import as_read, as_written, checked_fields
from activitylog.remembered import Remembered
from activitylog_memory import MemoryStorage

CONSULTATION: dict[str, Any] = {
    "topic": "text",
    "minutes": "number",
    "fee": "money",
    "follow_up": "date",
    "room": "reference",
    "outcome": ("open", "won", "lost"),
}


class Everything:
    """Equals whatever it is compared with, as expressions of query languages do."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


def test_a_type_made_at_run_time_is_recorded_filtered_counted_and_edited(log: ActivityLog, kim: Ref):
    made = log.types.create("phone_call", label={"en": "Phone call", "de": "Telefonat"}, category="communication")
    assert (made.name, made.manual, made.retired) == ("custom.phone_call", True, False)
    entry = log.record("custom.phone_call", kim, note="Asked")
    log.record(made, kim)
    with scope(language="de"):
        assert [a.label for a in log.timeline(kim)] == ["Telefonat", "Telefonat"]
    assert log.edit(entry, note="Asked for a quote").note == "Asked for a quote"
    assert log.timeline(kim).filter(types="custom.phone_call", category="communication").count() == 2
    assert [c.key for c in log.everything().count_by("type")] == [("custom.phone_call",)]
    assert made in list(log.types)
    assert log.types["custom.phone_call"] == made
    assert "custom.phone_call" in log.types
    assert len(log.types) == len(list(log.types))


def test_its_fields_are_checked_and_come_back_as_what_they_are(log: ActivityLog, kim: Ref):
    log.types.create("consultation", fields=CONSULTATION, summary={"en": "Consultation: {topic}, {fee}"})
    given = {
        "topic": "Tax",
        "minutes": 45,
        "fee": Decimal("90.10"),
        "follow_up": date(2026, 3, 1),
        "room": Ref("room", 7, "Blue"),
        "outcome": "open",
    }
    entry = log.record("custom.consultation", kim, data=given)
    found = log.get(entry)
    assert found.data == given
    assert (found.data["room"].label, found.summary) == ("Blue", "Consultation: Tax, 90.10")
    assert log.timeline(kim).filter(search="tax").exists()
    edited = log.edit(entry, data={**found.data, "minutes": 1.5, "fee": 100, "room": "room:8", "topic": None})
    changed = {**given, "minutes": 1.5, "fee": Decimal(100), "room": Ref("room", 8)}
    assert edited.data == {name: value for name, value in changed.items() if name != "topic"}
    assert log.record("custom.consultation", kim).data is None


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"minutes": "45"}, "data.minutes"),
        ({"minutes": True}, "data.minutes"),
        ({"minutes": float("nan")}, "data.minutes"),
        ({"fee": 1.5}, "data.fee"),
        ({"fee": Decimal("NaN")}, "data.fee"),
        ({"fee": "much"}, "data.fee"),
        ({"follow_up": "soon"}, "data.follow_up"),
        ({"room": "nothing"}, "data.room"),
        ({"room": ["room", 7, ""]}, "data.room"),
        ({"outcome": "drawn"}, "data.outcome"),
        ({"outcome": ["open"]}, "data.outcome"),
        ({"outcome": Everything()}, "data.outcome"),
        ({"follow_up": datetime(2026, 3, 1, tzinfo=UTC)}, "data.follow_up"),
        ({"topic": 7}, "data.topic"),
        ({"topic": "a\0b"}, "data.topic"),
        ({"colour": "red"}, "data.colour"),
        ({7: "red"}, "data.7"),
    ],
)
def test_data_that_does_not_fit_is_an_error_that_names_the_field(
    log: ActivityLog, kim: Ref, data: dict[Any, Any], field: str
):
    log.types.create("consultation", fields=CONSULTATION)
    with pytest.raises(InvalidInput) as refused:
        log.record("custom.consultation", kim, data=data)
    assert refused.value.field == field
    assert not log.everything().exists()


@pytest.mark.parametrize(
    ("name", "options", "field"),
    [
        ("Phone call", {}, "type"),
        ("", {}, "type"),
        (7, {}, "name"),
        ("\ud800", {}, "type"),
        ("x" * 60, {}, "type"),
        ("call", {"fields": {"topic": "paragraph"}}, "fields.topic"),
        ("call", {"fields": {"topic": ()}}, "fields.topic"),
        ("call", {"fields": {"topic": ("a", "a")}}, "fields.topic"),
        ("call", {"fields": {"topic": ("a", 7)}}, "fields.topic"),
        ("call", {"fields": {"topic": 7}}, "fields.topic"),
        ("call", {"fields": {"Topic": "text"}}, "fields"),
        ("call", {"fields": ["topic"]}, "fields"),
        ("call", {"fields": {f"f{i}": "text" for i in range(101)}}, "fields"),
        ("call", {"label": str.upper}, "label"),
        ("call", {"label": "x" * 501}, "label"),
        ("call", {"label": {"en": 7}}, "label"),
        ("call", {"summary": {"en": 7}}, "summary"),
        ("call", {"secret": 7}, "secret"),
        ("call", {"secret": "fee", "fields": {"fee": "money"}}, "secret"),
        ("call", {"statuses": 7}, "statuses"),
        ("call", {"statuses": [["open"]]}, "status"),
        ("call", {"fields": {f"f{i}": ("x" * 255, *map(str, range(2_500))) for i in range(99)}}, "type"),
        ("call", {"summary": "{topic.__class__}"}, "summary"),
        ("call", {"summary": {"en": "{topic}", "de": "{thema}"}, "fields": {"topic": "text"}}, "summary"),
        ("call", {"statuses": {"open": Status(str.upper)}}, "statuses"),
        ("call", {"direction": "sideways"}, "direction"),
        ("call", {"version": 2}, "version"),
        ("call", {"colour": "red"}, "colour"),
        ("call", {"retired": True}, "retired"),
    ],
)
def test_a_type_that_does_not_fit_is_not_made(log: ActivityLog, name: Any, options: dict[str, Any], field: str):
    with pytest.raises(InvalidInput) as refused:
        log.types.create(name, **options)
    assert refused.value.field == field
    assert [each for each in log.types if each.name.startswith("custom.")] == []


def test_a_change_keeps_the_name_and_what_was_recorded(log: ActivityLog, kim: Ref):
    log.types.create("consultation", fields=CONSULTATION, statuses=("open", "done"), icon="phone")
    old = log.record("custom.consultation", kim, data={"outcome": "lost", "topic": "Tax"})
    statuses = {"open": Status("Open"), "waiting": Status("Waiting"), "done": Status({"de": "Fertig"}, final=True)}
    changed = log.types.change(
        "custom.consultation", label="Advice", statuses=statuses, fields={"outcome": ("open", "won"), "place": "text"}
    )
    assert (changed.name, changed.label, changed.icon) == ("custom.consultation", "Advice", "phone")
    assert log.types["custom.consultation"] == changed
    assert log.get(old).data == {"outcome": "lost", "topic": "Tax"}
    assert log.get(old).label == "Advice"
    assert log.transition(old, "waiting").status_label == "Waiting"
    with pytest.raises(InvalidInput, match=r"data\.outcome"):
        log.record("custom.consultation", kim, data={"outcome": "lost"})
    log.record("custom.consultation", kim, data={"place": "Ulm"})
    assert log.types.change("consultation", icon="flag").label == "Advice"


def test_a_retired_type_refuses_new_entries_and_renders_old_ones(log: ActivityLog, kim: Ref):
    log.types.create("phone_call", label="Phone call")
    entry = log.record("custom.phone_call", kim)
    assert log.types.retire("phone_call").retired
    with pytest.raises(InvalidInput, match="retired"):
        log.record("custom.phone_call", kim)
    assert (log.get(entry).label, log.get(entry).manual) == ("Phone call", True)
    assert log.edit(entry, note="late").note == "late"
    assert [each.name for each in log.types if each.retired] == ["custom.phone_call"]
    with pytest.raises(InvalidInput, match="is there already"):
        log.types.create("phone_call")
    assert not log.types.restore("phone_call").retired
    assert log.record("custom.phone_call", kim).label == "Phone call"


def test_only_types_made_at_run_time_can_be_changed_or_retired(log: ActivityLog):
    log.types.create("phone_call")
    for refused in (lambda: log.types.change("call", label="x"), lambda: log.types.retire("phone_cal")):
        with pytest.raises(UnknownType) as error:
            refused()
    assert error.value.nearest == ("custom.phone_call",)
    with pytest.raises(UnknownType):
        log.types["custom.nothing"]


def test_all_that_is_said_of_a_type_is_kept(log: ActivityLog, kim: Ref):
    options: dict[str, Any] = {
        "label": {"en": "Payment", "de": "Zahlung"},
        "summary": "Payment of {fee}",
        "icon": "coin",
        "category": "billing",
        "channel": "bank",
        "direction": "incoming",
        "manual": False,
        "planned": True,
        "statuses": {"open": Status("Open", to="paid"), "paid": Status({"de": "Bezahlt"}, final=True)},
        "visibility": "customer",
        "secret": ("iban",),
        "field_labels": {"fee": {"de": "Betrag"}},
    }
    made = log.types.create("payment", fields={"fee": "money", "iban": "text"}, **options)
    assert ActivityLog(log.storage).types["custom.payment"] == made
    assert log.record("custom.payment", kim, data={"fee": 5, "iban": "DE02"}).data["iban"] == REDACTED
    [planned] = log.plans.make(Draft("custom.payment", data={"iban": "DE02"}), kim).execute().timeline()
    assert planned.data == {"iban": REDACTED}


def test_a_name_that_is_none_is_told(log: ActivityLog):
    for name in ("\ud800", "\0", "x" * 300, 7, None):
        for asked in (log.types.retire, partial(log.types.change, label="x"), log.types.__getitem__):
            with pytest.raises((InvalidInput, UnknownType)) as refused:
                asked(name)
            assert len(str(refused.value)) < 300
        assert name not in log.types


def test_the_status_of_subjects_is_no_manual_type(log: ActivityLog, kim: Ref):
    log.types.create("account", statuses=("active", "blocked"), of_subject=True)
    assert not log.subjects.set_status(kim, "custom.account", "blocked").manual


def test_an_entry_that_was_planned_is_edited_when_its_type_plans_no_more(log: ActivityLog, kim: Ref):
    log.types.create("visit", planned=True)
    moment = datetime.now(UTC) + timedelta(days=10)
    entry = log.record("custom.visit", kim, occurred_at=moment)
    log.types.change("visit", planned=False)
    assert log.edit(entry, note="by train").note == "by train"
    with pytest.raises(InvalidInput, match="occurred_at"):
        log.edit(entry.id, occurred_at=moment + timedelta(days=1))


def test_types_are_a_tenants_own(log: ActivityLog, kim: Ref):
    with scope(tenant="south"):
        south = log.types
        log.types.create("phone_call")
    with scope(tenant="north"), pytest.raises(UnknownType):
        log.record("custom.phone_call", kim)
    assert "custom.phone_call" in south, "the tenant is that of the moment in which it was asked for"


def test_the_code_cannot_declare_names_of_run_time_types(types: TypeRegistry):
    with pytest.raises(InvalidInput, match="made at run time"):
        types.define("custom.call")


def test_open_entries_count_those_of_run_time_types_too(log: ActivityLog, kim: Ref):
    log.types.create("errand", statuses=("open", "done"))
    errand = log.record("custom.errand", kim)
    open_ones = log.timeline(kim).filter(open=True)
    assert list(open_ones) == [errand]
    log.transition(errand, "done")
    assert not open_ones.exists()


def test_what_another_log_makes_is_seen_at_once_and_its_changes_within_five_seconds(
    store_url: str, make_log: Callable[..., ActivityLog], log: ActivityLog, kim: Ref
):
    other = ActivityLog(log.storage, actor=Actor.user(1))
    assert "custom.phone_call" not in log.types
    other.types.create("phone_call", label="Call")
    entry = log.record("custom.phone_call", kim)
    other.types.change("phone_call", label="Phone call")
    ticks = log._memory.custom_types._ticks
    log._memory.custom_types._ticks = lambda: ticks() + 4
    assert log.get(entry).label == "Call"
    log._memory.custom_types._ticks = lambda: ticks() + 5
    assert log.get(entry).label == "Phone call"


def test_a_type_that_is_not_there_is_read_again_once_in_five_seconds_when_shown():
    reads = []
    store = MemoryStorage()
    known = Remembered(store, lambda store, tenant: reads.append(tenant), lambda: 0.0)
    for _ in range(3):
        known.of(store, "south")
        known.missed(store, "south", "custom.x")
    assert len(reads) == 2
    known.of(MemoryStorage(), "south")
    known.fresh(MemoryStorage(), "south")
    assert len(reads) == 3, "what is read within a transaction is not remembered"


def test_what_is_forgotten_while_it_is_read_is_not_remembered():
    states = ["before", "after"]

    def load(store: Any, tenant: str) -> str:
        read = states[0]
        if len(states) == 2:  # another thread writes now
            del states[0]
            known.forget(storage, tenant)
        return read

    storage = MemoryStorage()
    known = Remembered(storage, load, lambda: 0.0)
    assert [known.of(storage, "south") for _ in range(3)] == ["before", "after", "after"]


def test_of_several_types_that_are_not_there_each_is_read_again_once():
    reads = []
    ticks = [0.0]
    store = MemoryStorage()
    known = Remembered(store, lambda store, tenant: reads.append(tenant), lambda: ticks[0])
    for name in ("custom.x", "custom.y") * 3:
        known.missed(store, "south", name)
    assert len(reads) == 2
    ticks[0] = 5.0
    known.missed(store, "south", "custom.x")
    assert len(reads) == 3


def together(functions: list[Callable[[], None]]) -> None:
    threads = [Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_eight_makers_of_one_name_make_one_and_no_change_is_lost(log: ActivityLog):
    start, answers = Barrier(8), []

    def make(number: int) -> None:
        start.wait()
        try:
            log.types.create("call", label=f"by {number}")
            answers.append("made")
        except InvalidInput:
            answers.append("refused")

    together([partial(make, number) for number in range(8)])
    assert sorted(answers) == ["made"] + ["refused"] * 7

    options = [{"icon": "phone"}, {"category": "talk"}, {"channel": "phone"}, {"label": "Call"}, {"planned": True}]
    begin = Barrier(len(options))

    def change(option: dict[str, Any]) -> None:
        begin.wait()
        log.types.change("call", **option)

    together([partial(change, option) for option in options])
    found = log.types["custom.call"]
    assert (found.icon, found.category, found.channel, found.label, found.planned) == (
        *("phone", "talk", "phone", "Call"),
        True,
    )


def test_a_type_of_a_transaction_that_is_rolled_back_is_forgotten(transactional_log: ActivityLog, kim: Ref):
    log = transactional_log
    with pytest.raises(RuntimeError), log.transaction():
        log.types.create("phone_call")
        log.record("custom.phone_call", kim)
        raise RuntimeError
    with pytest.raises(UnknownType):
        log.record("custom.phone_call", kim)
    with log.transaction():
        log.types.create("phone_call")
    assert log.record("custom.phone_call", kim).created


def test_another_process_sees_a_type(store_url: str, shared_log: ActivityLog):
    shared_log.types.create("phone_call", label="Phone call")
    program = (
        "import sys; from activitylog import ActivityLog, Actor\n"
        "log = ActivityLog(sys.argv[1], actor=Actor.user(1))\n"
        "print(log.record('custom.phone_call', 'contact:42').label); log.close()"
    )
    done = subprocess.run([sys.executable, "-c", program, store_url], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Phone call\n", "")


KINDS = st.sampled_from(["text", "number", "money", "date", "reference"]) | st.lists(
    st.text("abc", min_size=1), min_size=1, max_size=3, unique=True
).map(tuple)
VALUES = {
    "text": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    "number": st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    "money": st.decimals(allow_nan=False, allow_infinity=False),
    "date": st.dates(),
    "reference": st.builds(Ref, st.just("room"), st.integers(0, 99), st.text("abc")),
}


@given(st.data(), st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True), KINDS, max_size=5))
def test_what_a_schema_takes_it_gives_back(data: st.DataObject, schema: dict[str, Any]):
    checked = checked_fields(schema)
    given = {
        name: data.draw(st.sampled_from(kind) if isinstance(kind, tuple) else VALUES[kind])
        for name, kind in schema.items()
    }
    read = as_read(checked, as_written(checked, given))
    assert read == given
    assert as_written(checked, read) == as_written(checked, given)
    assert {name: type(value) for name, value in read.items()} == {name: type(value) for name, value in given.items()}


def test_a_field_that_the_summary_names_is_not_taken_away(log: ActivityLog):
    log.types.create("visit", fields={"room": "text"}, summary="In {room}, {subject}")
    with pytest.raises(InvalidInput, match="summary: {room} names no field"):
        log.types.change("visit", fields={})
    assert log.types.change("visit", fields={}, summary="Visit").fields == {}


def test_what_a_later_version_says_of_a_type_does_not_hide_it(log: ActivityLog, kim: Ref):
    log.types.create("visit", label="Visit")
    [stored] = log.storage.documents("default", "type", limit=1)
    newer = evolve(stored, body=stored.body.replace('{"', '{"colour":"red","', 1))
    log.storage.put_document(newer, expected_version=1)
    again = ActivityLog(log.storage, actor=Actor.user(3))
    assert again.record("custom.visit", kim).label == "Visit"
