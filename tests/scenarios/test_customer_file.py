"""Section 3 of the scenarios: the digital customer file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from attrs import frozen

from activitylog import ActivityLog, Actor, Attachment, Ref, Viewer, scope, standard
from activitylog.errors import MissingPlaceholders, NotAllowed
from scenarios.conftest import LEA, TOM

DOCUMENTS = [
    *("note", "letter", "visit", "call", "task", "contract", "offer", "order", "delivery_note", "invoice"),
    *("credit_note", "project", "mail.received", "mail.sent"),
]


@frozen
class Contact:
    salutation: str
    birthday: str | None = None
    _secret: str = "hidden"


@pytest.mark.scenario("3.1")
def test_any_document_belongs_to_a_contact_or_a_company(log: ActivityLog, kim: Ref, acme: Ref):
    for document in DOCUMENTS:
        data = {"subject": "Hello"} if document.startswith("mail.") else None
        log.record(document, kim, data=data, title=document)
        log.record(document, acme, data=data, title=document)
    for owner in (kim, acme):
        assert sorted(a.type for a in log.timeline(owner)) == sorted(DOCUMENTS)
    with scope(language="de"):
        labels = {a.type: a.label for a in log.timeline(kim)}
    assert (labels["visit"], labels["delivery_note"], labels["offer"]) == ("Besuchsbericht", "Lieferschein", "Angebot")


@pytest.mark.scenario("3.1")
def test_tasks_are_listed_open_overdue_and_mine_by_their_due_date(log: ActivityLog, kim: Ref):
    def task(title: str, due: int, who: Actor) -> None:
        log.record("task", kim, title=title, due_at=datetime(2026, 1, due, tzinfo=UTC), assignee=who)

    for title, due, who in [("c", 20, LEA), ("a", 5, LEA), ("b", 10, TOM), ("done", 1, LEA)]:
        task(title, due, who)
    log.record("task", kim, title="some day")
    log.transition(log.timeline(kim).filter(due_until=datetime(2026, 1, 2, tzinfo=UTC)).first(), "done")
    tasks = log.timeline(kim).filter(types="task", open=True).by_due()
    assert [t.title for t in tasks] == ["a", "b", "c", "some day"]
    assert [t.title for t in tasks.filter(due_until=datetime(2026, 1, 15, tzinfo=UTC))] == ["a", "b"]
    assert [t.title for t in tasks.filter(assignee=LEA)] == ["a", "c"]
    log.assign(tasks.first(), TOM, comment="holidays")
    assert [t.title for t in tasks.filter(assignee=TOM)] == ["a", "b"]


@pytest.mark.scenario("3.1")
def test_the_delivery_of_a_mail_is_the_status_of_a_system_entry(log: ActivityLog, kim: Ref):
    mail = log.record("mail.sent", kim, data={"subject": "Your quote"})
    for status, comment in [("queued", ""), ("sent", ""), ("failed", "mailbox full"), ("queued", ""), ("sent", "")]:
        log.transition(mail, status, comment=comment)
    log.transition(mail, "delivered", at=datetime(2026, 3, 1, tzinfo=UTC))
    told = [(c.old, c.new, r.comment) for r in log.history(mail) for c in r.changes if c.field == "status"]
    assert told[2] == ("sent", "failed", "mailbox full")
    assert told[-1] == ("sent", "delivered", "")
    with scope(language="de"):
        assert log.get(mail).status_label == "Zugestellt"


@pytest.mark.scenario("3.2")
def test_a_template_carries_everything_and_its_record_is_reviewed_first(log: ActivityLog, kim: Ref):
    log.templates.create(
        "welcome",
        "letter",
        title="Welcome, {subject.label}",
        note="Dear {contact.salutation} {subject.label}, this is {actor.label} with our {{best}} greetings.",
        tags=["folder:post"],
        readers=["group:sales", LEA],
        editors=LEA,
        attachments=[Attachment(b"Terms", name="AGB.txt")],
        archive_after=timedelta(days=720),
    )
    draft = log.templates.draft("welcome", kim, contact=Contact("Ms"))
    assert draft.title == "Welcome, Kim Weber"
    assert draft.note == "Dear Ms Kim Weber, this is Lea Müller with our {best} greetings."
    assert not log.everything().exists(), "it is only a draft"
    letter = log.record(draft.replace(title="Welcome back"))
    assert (letter.title, letter.template, letter.tags) == ("Welcome back", "welcome", ("folder:post",))
    assert (letter.readers, letter.editors) == (("group:sales", "user:3"), ("user:3",))
    assert letter.archive_after == timedelta(days=720)
    with log.files.open(letter, letter.attachments[0]) as terms:
        assert terms.read() == b"Terms"
    assert log.timeline(kim).filter(tags="folder:post").count() == 1


@pytest.mark.scenario("3.2")
def test_what_nothing_fills_is_one_error_that_names_all(log: ActivityLog, kim: Ref):
    log.templates.create(
        "birthday", "note", title="{contact.birthday}", note="{contact.salutation} {amount} {contact.label}"
    )
    with pytest.raises(MissingPlaceholders) as missing:
        log.templates.draft("birthday", kim, contact=Contact("Ms"))
    assert set(missing.value.names) == {"contact.birthday", "amount", "contact.label"}
    assert not log.everything().exists()


@pytest.mark.scenario("3.3")
def test_readers_and_editors_are_people_and_groups_and_everybody(log: ActivityLog, kim: Ref):
    letter = log.record("letter", kim, readers=["group:sales", LEA], editors=LEA)
    contract = log.record("contract", kim, readers=TOM)
    note = log.record("note", kim)
    lea, tom = (log.visible_to(Viewer(principals)) for principals in ([LEA, "group:board"], [TOM, "group:sales"]))
    assert [a.id for a in lea.timeline(kim)] == [note.id, letter.id]
    assert [a.id for a in tom.timeline(kim)] == [note.id, contract.id, letter.id]
    assert note.readers == note.editors == ("*",)
    assert lea.edit(letter, note="by Lea").note == "by Lea"
    with pytest.raises(NotAllowed):
        tom.edit(letter.id, note="by Tom")
    assert tom.edit(note, note="by everybody").note == "by everybody"
    log.share(contract, readers=[TOM, "group:board"])
    assert lea.timeline(kim).count() == 3


@pytest.mark.scenario("3.4")
def test_after_the_days_of_its_type_or_template_an_entry_is_archived(make_log: Callable[..., ActivityLog], kim: Ref):
    now = datetime(2026, 3, 1, tzinfo=UTC)
    log = make_log(clock=lambda: now)
    log.retention.rule("visit", archive_after=timedelta(days=720))
    log.templates.create("welcome", "letter", title="Welcome", archive_after=timedelta(days=30))
    visit = log.record("visit", kim)
    letter = log.record(log.templates.draft("welcome", kim))
    note = log.record("note", kim)
    now += timedelta(days=30)
    assert [a.id for a in log.timeline(kim)] == [note.id, visit.id]
    now += timedelta(days=690)
    assert [a.id for a in log.timeline(kim)] == [note.id], "at once, before any job has run"
    assert [a.id for a in log.timeline(kim).filter(archived=True)] == [letter.id, visit.id]
    assert [a.archived for a in log.timeline(kim).filter(archived=None)] == [False, True, True]
    assert log.retention.apply().counts() == {"archived": 2}
    assert log.history(letter)[-1].action == "archived"
    assert log.archive(visit, False).archived is False
    assert [a.id for a in log.timeline(kim)] == [note.id, visit.id], "a person may bring it back"


@pytest.mark.scenario("3.5")
def test_the_overview_of_a_company_shows_its_sections_and_those_of_its_contacts(
    make_log: Callable[..., ActivityLog], kim: Ref, acme: Ref
):
    log = make_log(parents=lambda refs: {ref: [acme] for ref in refs if ref.kind == "person"})
    log.record("call", kim)
    log.record("task", kim, assignee=LEA)
    log.record("task", acme, assignee=TOM, status="done")
    log.record("contract", acme)
    for status in ("open", "won", "lost", "discontinued"):
        log.record("offer", kim, status=status, assignee=LEA)
    for status in ("open", "planned", "in_progress", "done"):
        log.record("project", acme, status=status)
    overview = log.overview(acme, sections=standard.sections)
    with scope(language="de"):
        german = log.overview(acme, sections=standard.sections)
    assert [german.label(name) for name in german] == ["Kommunikation", "Aufgaben", "Verträge", "Vertrieb", "Projekte"]
    counts = overview.counts(mine=LEA)
    assert counts["tasks"] == {"open": (1, 1), "done": (1, 0)}
    sales = {status: counts["sales"][status] for status in ("open", "won", "lost", "discontinued")}
    assert sales == dict.fromkeys(sales, (1, 1))
    assert counts["projects"] == dict.fromkeys(("open", "planned", "in_progress", "done"), (1, 0))
    assert {name: len(page) for name, page in overview.pages(3).items()} == {
        "communication": 1,
        "tasks": 2,
        "contracts": 1,
        "sales": 3,
        "projects": 3,
    }
    assert [a.assignee for a in overview.filter(assignee=LEA)["tasks"]] == [LEA.ref]
