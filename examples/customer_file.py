"""A digital customer file: documents, templates, tasks, an overview. Section 3 of docs/scenarios.md: 3.1, 3.2, 3.5.

python examples/customer_file.py [store URL] [language]
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from attrs import frozen

from activitylog import ActivityLog, Actor, Attachment, Ref, TypeRegistry, errors, scope, standard
from showing import BUILD, check, default_store, heading, refused, show

ACME, LEA, TOM = Ref("company", 7, "ACME"), Actor.user(3, "Lea Müller"), Actor.user(4, "Tom Ernst")
DOCUMENTS = (
    *("note", "letter", "visit", "call", "task", "contract", "offer", "order", "delivery_note", "invoice"),
    *("credit_note", "project"),
)


@frozen
class Contact:
    """A contact as the host application has it: it knows its own ref."""

    id: int
    name: str
    salutation: str

    def __activity_ref__(self) -> Ref:
        return Ref("contact", self.id, self.name)


KIM = Contact(42, "Kim Weber", "Frau")


def parents(refs: tuple[Ref, ...]) -> dict[Ref, list[Ref]]:
    return {ref: [ACME] for ref in refs if ref.kind == "contact"}


def main(store: str = "", language: str = "de") -> None:
    log = ActivityLog(
        store or default_store("customer_file"),
        types=TypeRegistry(standard.types),
        tenant=f"customer file {uuid4().hex[:8]}",  # each run is a tenant of its own
        language=language,
        parents=parents,
        files=BUILD / "files",
    )
    with scope(actor=LEA):
        documents_of_all_kinds(log)
        a_letter_from_a_template(log)
        tasks(log)
        heading(f"{ACME.label} and its contacts, newest first")
        show(log.timeline(ACME))
        heading("Open tasks, by due date")
        show(log.timeline(ACME).filter(types="task", open=True).by_due())
        heading("What holds")
        check_documents(log)
        check_templates(log)
        check_overview(log)
    log.close()


def documents_of_all_kinds(log: ActivityLog) -> None:
    for number, document in enumerate(DOCUMENTS):
        owner = KIM if number % 2 else ACME
        log.record(document, owner, title=f"Nr. {number}", occurred_at=datetime(2026, 1, 1 + number, tzinfo=UTC))
    mail = log.record("mail.sent", KIM, data={"subject": "Ihr Angebot"}, title="Ihr Angebot")
    for status in ("queued", "sent", "delivered"):
        log.transition(mail, status)
    log.record("mail.received", KIM, data={"subject": "Re: Ihr Angebot"}, title="Re: Ihr Angebot")


def a_letter_from_a_template(log: ActivityLog) -> None:
    log.templates.create(
        "welcome",
        "letter",
        title="Willkommen, {contact.name}",
        note="Guten Tag {contact.salutation} {contact.name}, ich freue mich auf Sie. {actor.label}",
        tags=["folder:Post"],
        readers=["group:sales", LEA],
        editors=LEA,
        attachments=[Attachment(b"Allgemeine Bedingungen", name="AGB.txt")],
        archive_after=timedelta(days=720),
    )
    draft = log.templates.draft("welcome", KIM, contact=KIM)
    heading("The draft, before it is recorded")
    print(f"  {draft.title}\n  {draft.note}")
    log.record(draft.replace(note=f"{draft.note}, Seminarhaus"))


def tasks(log: ActivityLog) -> None:
    for title, day, who in (("Angebot nachfassen", 20, LEA), ("Vertrag senden", 5, TOM), ("Anrufen", 10, LEA)):
        log.record("task", KIM, title=title, due_at=datetime(2026, 2, day, tzinfo=UTC), assignee=who)


def check_documents(log: ActivityLog) -> None:
    everything = {activity.type for activity in log.timeline(ACME)}
    own = {activity.type for activity in log.timeline(KIM)}
    check(
        "3.1 any document belongs to a contact or a company",
        everything == {*DOCUMENTS, "mail.sent", "mail.received"} and {"letter", "call", "mail.sent"} <= own,
    )
    delivery = log.history(log.timeline(KIM).filter(types="mail.sent").first())
    check("3.1 the delivery of a mail is its status, with history", [r.version for r in delivery] == [1, 2, 3, 4])

    tasks = log.timeline(ACME).filter(types="task", open=True).by_due()
    overdue = tasks.filter(due_until=datetime(2026, 2, 15, tzinfo=UTC))
    first = overdue.first()
    log.assign(first, LEA, comment="Tom hat Urlaub")
    check(
        "3.1 open, overdue and my tasks come by their due date",
        [task.title for task in overdue] == ["Vertrag senden", "Anrufen"]
        and [task.title for task in tasks.filter(assignee=LEA)] == ["Vertrag senden", "Anrufen", "Angebot nachfassen"],
    )


def check_templates(log: ActivityLog) -> None:
    letter = log.timeline(KIM).filter(tags="folder:Post").first()
    with log.files.open(letter, letter.attachments[0]) as terms:
        attached = terms.read() == b"Allgemeine Bedingungen"
    check(
        "3.2 a template carries title, text, files, folder, retention, readers and editors",
        (letter.template, letter.title, letter.archive_after) == ("welcome", "Willkommen, Kim Weber", timedelta(720))
        and letter.readers == ("group:sales", "user:3")
        and letter.editors == ("user:3",)
        and attached,
    )
    check("3.2 its draft can be changed before it is recorded", letter.note.endswith("Lea Müller, Seminarhaus"))
    missing = refused(errors.MissingPlaceholders, lambda: log.templates.draft("welcome", KIM))
    check("3.2 a placeholder that nothing fills is an error", missing)


def check_overview(log: ActivityLog) -> None:
    overview = log.overview(ACME, sections=standard.sections)
    counts, first = overview.counts(mine=LEA), overview.pages(limit=2)
    sizes = [len(first[name]) for name in overview]
    check(
        "3.5 sections, counted by status, mine and all", counts["tasks"]["open"] == (4, 3) and sizes == [2, 2, 1, 2, 1]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
