"""Templates: kept per tenant, filled from what is passed in, looked at before they are recorded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activitylog import ActivityLog, Actor, Attachment, Ref, Template, TypeRegistry, scope
from activitylog.errors import InvalidInput, MissingPlaceholders, UnknownTemplate, UnknownType
from effort import effort

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Contact:
    """What a host passes in: public, private, failing, and what has no text of its own."""

    name: str = "Kim Weber"
    born: date = date(1990, 5, 1)
    phone: str | None = None
    _token: str = "t0ken"

    def greet(self) -> str:
        raise AssertionError("no code of a template's runs this")

    @property
    def broken(self) -> str:
        raise RuntimeError("the database is away")

    @property
    def steps(self) -> Iterator[int]:
        return (step for step in range(3))


def test_a_template_carries_all_that_a_draft_can_have(log: ActivityLog, kim: Ref, acme: Ref):
    fields: dict[str, Any] = {
        "title": "Call {subject.label}",
        "note": "By {actor}",
        "data": {"minutes": 5, "with": ["{subjects}", None, 1.5]},
        "tags": ["folder:{subject.kind}", "a"],
        "readers": [acme, "group:sales"],
        "editors": "*",
        "assignee": Actor.user(3, "Lea Müller"),
        "source": Ref("campaign", 1, "Spring"),
        "pinned": True,
        "direction": "outgoing",
        "channel": "fax",
        "team": "south",
        "conversation": "spring",
    }
    ages = {"archive_after": timedelta(days=720), "purge_after": timedelta(days=3650, microseconds=1)}
    made = log.templates.create("spring", "call", **fields, **ages)
    assert log.templates["spring"] == made
    assert (made.name, made.type, made.retired, made.archive_after) == ("spring", "call", False, timedelta(days=720))
    assert made.placeholders == ("subject.label", "actor", "subjects", "subject.kind")
    entry = log.record(log.templates.draft("spring", kim, acme))
    assert (entry.title, entry.note) == ("Call Kim Weber", "By Lea Müller")
    assert entry.data == {"minutes": 5, "with": ["Kim Weber, ACME", None, 1.5]}
    assert (entry.tags, entry.readers, entry.editors) == (("a", "folder:contact"), ("company:7", "group:sales"), ("*",))
    assert (entry.assignee, entry.assignee.label, entry.source.label) == (Ref("user", 3), "Lea Müller", "Spring")
    assert (entry.pinned, entry.direction, entry.channel, entry.team) == (True, "outgoing", "fax", "south")
    assert (entry.conversation, entry.template) == ("spring", "spring")
    assert (entry.archive_after, entry.purge_after) == (timedelta(days=720), timedelta(days=3650))


def test_a_draft_is_looked_at_and_changed_before_it_is_recorded(make_log: Callable[..., ActivityLog], kim: Ref):
    log = make_log(clock=lambda: NOON)
    log.templates.create("todo", "task", title="Ask {subject}", status="waiting")
    draft = log.templates.draft("todo", kim)
    assert (draft.title, draft.status, draft.subjects) == ("Ask Kim Weber", "waiting", (kim,))
    assert not log.everything().exists()
    assert log.record(draft).occurred_at == NOON
    changed = draft.replace(title="Ask again", occurred_at=NOON, due_at=NOON, status="open")
    entry = log.record(changed)
    assert (entry.title, entry.due_at, entry.status, entry.template) == ("Ask again", NOON, "open", "todo")
    assert log.timeline(kim).count() == 2


def test_values_come_from_what_is_passed_then_from_who_and_whom_then_from_data(log: ActivityLog, kim: Ref):
    log.templates.create(
        "order",
        "call",
        title="{name} {self} {contact.name} {contact.born.year} {basket.total} {basket.items_by_kind.book} {amount}",
        note="{subject} {subject.kind} {subject.id} {actor.label} {actor.id}",
        data={"amount": 90, "text": "{amount}", "actor": "nobody"},
    )
    basket = {"total": Decimal("9.90"), "items_by_kind": {"book": 2}}
    values = {"name": "N", "self": "S", "contact": Contact(), "basket": basket}
    draft = log.templates.draft("order", kim, amount="ninety", **values)
    assert draft.title == "N S Kim Weber 1990 9.90 2 ninety"
    assert draft.note == "Kim Weber contact 42 Lea Müller 3"
    assert draft.data == {"amount": 90, "text": "ninety", "actor": "nobody"}
    with pytest.raises(MissingPlaceholders) as missing:
        log.templates.draft("order", kim, **values)
    assert missing.value.names == ("amount",), "a text of the data is not filled from the data"
    log.templates.create("plain", "call", title="{amount} {subject}", data={"amount": 90})
    assert log.templates.draft("plain", kim, subject="whom you will").title == "90 whom you will"


def test_what_is_filled_in_is_text_and_nothing_more(log: ActivityLog, kim: Ref):
    log.templates.create("x", "call", title="{a}{{b}}", note="{text}", data={"text": "{a}"})
    draft = log.templates.draft("x", kim, a="{actor} {{}} {0} {a.__class__}")
    assert draft.title == "{actor} {{}} {0} {a.__class__}{b}"
    assert draft.note == "{actor} {{}} {0} {a.__class__}"


def test_all_that_is_missing_is_told_at_once(log: ActivityLog, kim: Ref):
    log.templates.create(
        "x", "call", title="{c.phone} {c.name} {no}", note="{c.broken}{empty}", tags="{c.nothing}", data={"d": ["{no}"]}
    )
    with pytest.raises(MissingPlaceholders) as missing:
        log.templates.draft("x", kim, c=Contact(), empty="")
    assert sorted(missing.value.names) == ["c.broken", "c.nothing", "c.phone", "no"]
    assert all(f"{{{name}}}" in str(missing.value) for name in missing.value.names)


def test_who_is_not_there_fills_nothing(make_log: Callable[..., ActivityLog]):
    log = make_log(actor=None)
    log.templates.create("x", "call", title="{subject} {subjects} {subject.label} {actor} {actor.label}")
    with pytest.raises(MissingPlaceholders) as missing:
        log.templates.draft("x")
    assert missing.value.names == ("subject", "subjects", "subject.label", "actor", "actor.label")
    with scope(actor=Actor.user(3)), pytest.raises(MissingPlaceholders) as missing:
        log.templates.draft("x", "contact:42")
    assert missing.value.names == ("subject.label", "actor.label"), "a name that nobody knows is missing"


@pytest.mark.parametrize(
    "placeholder",
    [
        "{user.__class__}", "{__class__}", "{user._token}", "{_user}", "{user.__class__.__mro__[1]}", "{user[0]}",
        "{0}", "{}", "{user!r}", "{user:>9}", "{user.name()}", "{user.name.}", "{.name}", "{user name}", "{a-b}",
        "{user:{width}}", "{", "}", "{user", "{user.\nname}",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "%s"),
        ("note", {"en": "", "de": "%s"}),
        ("tags", ["%s"]),
        ("data", {"a": {"b": ["x", "%s"]}}),
    ],
)
def test_only_dotted_public_names_are_placeholders(log: ActivityLog, field: str, value: Any, placeholder: str):
    def put(into: Any) -> Any:
        if isinstance(into, dict):
            return {key: put(item) for key, item in into.items()}
        return [put(item) for item in into] if isinstance(into, list) else into.replace("%s", placeholder)

    with pytest.raises(InvalidInput) as refused:
        log.templates.create("x", "call", **{field: put(value)})
    assert refused.value.field.startswith(field)
    assert "x" not in log.templates


@pytest.mark.parametrize(
    "name",
    [
        "contact", "contact.greet", "contact.steps", "contact.steps.gi_frame.f_globals.NOON", "module.NOON", "module",
        "function", "function.name", "frame.f_globals.NOON", "contacts", "mapping", "name.upper", "type.name",
        "odd.name", "odd", "secret", "speaking",
    ],
)  # fmt: skip
def test_nothing_runs_and_nothing_private_is_reached(log: ActivityLog, kim: Ref, name: str):
    class Odd(dict[str, Any]):
        def get(self, *_: Any) -> Any:
            raise ValueError

        def __str__(self) -> str:
            raise ValueError

    class Speaking:
        def __call__(self) -> None:
            raise AssertionError("no code of a template's runs this")

        def __str__(self) -> str:
            return "t0ken"

    log.templates.create("x", "call", title=f"{{{name}}}")
    values = {
        "module": sys.modules[__name__],
        "function": Contact.greet,
        "frame": sys._getframe(),
        "name": "x",
        "secret": b"t0ken",
        "speaking": Speaking(),
    }
    with pytest.raises(MissingPlaceholders) as missing:
        log.templates.draft(
            "x", kim, contact=Contact(), contacts=[Contact()], mapping={"a": 1}, type=type, odd=Odd(), **values
        )
    assert "t0ken" not in str(missing.value)


@settings(max_examples=effort(50, least=20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text("{}a.b_ ü", max_size=12), value=st.text("{}a.", max_size=6))
def test_a_text_is_refused_or_rendered_as_written(log: ActivityLog, text: str, value: str):
    if "x" in log.templates:
        log.templates.retire("x")
    try:
        template = log.templates.create("x", "call", title=text)
    except InvalidInput:
        with pytest.raises(InvalidInput, match="^title: "):
            log.templates.create("x", "call", title=text)
        return
    values = dict.fromkeys(template.placeholders, value)
    if all("." not in name for name in values):
        assert log.templates.draft("x", **values).title == text.format(**values)


def test_texts_are_in_the_language_of_the_scope(log: ActivityLog, kim: Ref):
    log.templates.create(
        "x", "call", title={"en": "Call {subject}", "de": "Anruf {subject} {extra}"}, note={"de": "Hallo"}
    )
    assert log.templates["x"].placeholders == ("subject", "extra")
    assert log.templates.draft("x", kim).title == "Call Kim Weber"
    with scope(language="de-AT"):
        draft = log.templates.draft("x", kim, extra="!")
    assert (draft.title, draft.note) == ("Anruf Kim Weber !", "Hallo")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": "x"}, "id"),
        ({"occurred_at": NOON}, "occurred_at"),
        ({"due_at": NOON}, "due_at"),
        ({"idempotency_key": "x"}, "idempotency_key"),
        ({"actor": Actor.user(3)}, "actor"),
        ({"unheard": 1}, "unheard"),
        ({"title": "x" * 501}, "title"),
        ({"title": {}}, "title"),
        ({"title": {"german": 5}}, "title"),
        ({"title": {"?": "x"}}, "language"),
        ({"note": lambda language: language}, "note"),
        ({"data": [1]}, "data"),
        ({"data": {"a": object()}}, "data.a"),
        ({"data": {"a": "x" * 1_100_000}}, "data"),
        ({"tags": [5]}, "tags"),
        ({"readers": []}, "readers"),
        ({"assignee": "nobody"}, "assignee"),
        ({"pinned": 1}, "pinned"),
        ({"status": "open"}, "status"),
        ({"archive_after": 720}, "archive_after"),
        ({"purge_after": timedelta(-1)}, "purge_after"),
    ],
)
def test_bad_fields_are_named_and_keep_nothing(log: ActivityLog, fields: dict[str, Any], field: str):
    with pytest.raises(InvalidInput) as refused:
        log.templates.create("x", "call", **fields)
    assert refused.value.field == field
    assert list(log.templates) == []


def test_the_type_must_take_such_entries(log: ActivityLog, types: TypeRegistry):
    types.define("account.status", of_subject=True, statuses=("open", "closed"))
    with pytest.raises(UnknownType):
        log.templates.create("x", "caal")
    with pytest.raises(InvalidInput, match="set_status"):
        log.templates.create("x", "account.status")
    visit = log.types.create("visit")
    log.types.retire("visit")
    with pytest.raises(InvalidInput, match="retired"):
        log.templates.create("x", visit)
    for wrong in ("", "x" * 256, 5):
        with pytest.raises(InvalidInput, match="^name: "):
            log.templates.create(wrong, "call")


def test_typed_data_is_checked_when_it_is_recorded(log: ActivityLog, kim: Ref):
    log.templates.create("bill", "invoice.issued", data={"number": "2026-{number}", "total": "{total}"})
    entry = log.record(log.templates.draft("bill", kim, number=17, total=Decimal("90.00")))
    assert (entry.data.number, entry.data.total, entry.summary) == (
        "2026-17",
        Decimal("90.00"),
        "Invoice 2026-17 issued",
    )
    with pytest.raises(InvalidInput, match="Decimal expected"):
        log.record(log.templates.draft("bill", kim, number=17, total="much"))


def test_secret_values_are_not_kept_in_a_template_either(log: ActivityLog, types: TypeRegistry):
    types.define("login", secret="password")
    log.templates.create("x", "login", data={"password": "hunter2"})
    [document] = log.storage.documents("default", "template", limit=10)
    assert "hunter2" not in document.body


def test_a_filled_text_passes_the_limits_of_a_draft(log: ActivityLog, kim: Ref):
    log.templates.create("x", "call", title="{a}", tags="{b}")
    for values, field in [({"a": "ä" * 251, "b": "b"}, "title"), ({"a": "a", "b": "b" * 256}, "tags")]:
        with pytest.raises(InvalidInput) as refused:
            log.templates.draft("x", kim, **values)
        assert refused.value.field == field


def test_a_retired_template_makes_no_drafts_and_leaves_its_name(log: ActivityLog, kim: Ref):
    log.templates.create("b", "call", title="old")
    log.templates.create("a", "call")
    log.record(log.templates.draft("b", kim))
    with pytest.raises(InvalidInput, match="^name: there is a template of this name already"):
        log.templates.create("b", "task")
    assert log.templates.retire("b") == log.templates.retire("b") == log.templates["b"]
    with pytest.raises(InvalidInput, match="^template: is retired"):
        log.templates.draft("b", kim)
    assert [(template.name, template.retired) for template in log.templates] == [("a", False), ("b", True)]
    assert log.timeline(kim).first().template == "b"
    log.templates.create("b", "task", title="new")
    assert log.templates.draft("b", kim).title == "new"
    assert "b" in log.templates
    assert "c" not in log.templates


def test_an_unknown_template_is_told(log: ActivityLog, kim: Ref):
    attempts: list[Callable[[], Any]] = [
        lambda: log.templates["x"],
        lambda: log.templates.retire("x"),
        lambda: log.templates.draft("x", kim),
    ]
    for attempt in attempts:
        with pytest.raises(UnknownTemplate) as unknown:
            attempt()
        assert isinstance(unknown.value, LookupError)
        assert unknown.value.field == "template"


def test_a_template_is_its_tenants(log: ActivityLog, kim: Ref):
    log.templates.create("x", "call", title="south")
    with scope(tenant="north"):
        assert list(log.templates) == []
        with pytest.raises(UnknownTemplate):
            log.templates.draft("x", kim)
        log.templates.create("x", "call", title="north")
        assert log.templates.draft("x", kim).title == "north"
    assert log.templates.draft("x", kim).title == "south"


def test_of_several_who_create_one_name_one_does(log: ActivityLog):
    barrier = Barrier(8)
    made: list[Template | None] = []

    def create(number: int) -> None:
        barrier.wait()
        try:
            made.append(log.templates.create("x", "call", title=str(number)))
        except InvalidInput:
            made.append(None)

    for _ in range(3):
        made.clear()
        threads = [Thread(target=create, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 8
        [winner] = [template for template in made if template is not None]
        assert log.templates["x"] == winner
        log.templates.retire("x")


# -- attachments -------------------------------------------------------------------------------------------------------


@pytest.fixture
def filed(make_log: Callable[..., ActivityLog], tmp_path: Path) -> ActivityLog:
    return make_log(files=tmp_path / "files")


def contents(log: ActivityLog, tmp_path: Path) -> int:
    log.files.sweep()
    return sum(1 for file in tmp_path.glob("files/**/content/*/*") if file.is_file())


def test_files_of_a_template_are_those_of_what_is_made_of_it(filed: ActivityLog, kim: Ref, tmp_path: Path):
    log = filed
    terms = Attachment(b"Terms", name="AGB.txt")
    made = log.templates.create("x", "call", attachments=[terms, Attachment(b"", name="empty.pdf")])
    assert log.templates["x"] == made
    assert [(file.name, file.size) for file in made.attachments] == [("AGB.txt", 5), ("empty.pdf", 0)]
    draft = log.templates.draft("x", kim)
    assert draft.attachments == made.attachments
    for entry in (log.record(draft), log.record(log.templates.draft("x", kim))):
        assert [file.name for file in entry.attachments] == ["AGB.txt", "empty.pdf"]
        with log.files.open(entry, entry.attachments[0]) as opened:
            assert opened.read() == b"Terms"
    plain = log.record(log.templates.draft("x", kim).replace(attachments=()))
    assert plain.attachments == ()
    assert contents(log, tmp_path) == 2


def test_a_template_keeps_its_files_until_its_name_is_taken_again(filed: ActivityLog, kim: Ref, tmp_path: Path):
    log = filed
    log.templates.create("x", "call", attachments=[Attachment(b"one"), Attachment(b"two")])
    entry = log.record(log.templates.draft("x", kim))
    log.files.remove(entry, entry.attachments[0])
    log.templates.retire("x")
    assert contents(log, tmp_path) == 2
    log.templates.create("x", "call", attachments=[Attachment(b"three")])
    assert contents(log, tmp_path) == 2
    with log.files.open(entry, entry.attachments[1]) as opened:
        assert opened.read() == b"two"


def test_a_template_that_is_refused_leaves_no_file(filed: ActivityLog, tmp_path: Path):
    log = filed
    log.templates.create("x", "call")
    for fields in ({"name": "x"}, {"name": "y", "title": "{"}, {"name": "y", "attachments": Attachment(b"one")}):
        with pytest.raises(InvalidInput):
            log.templates.create(**{"type": "call", "attachments": [Attachment(b"one")], **fields})
    assert contents(log, tmp_path) == 0
