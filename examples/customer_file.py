"""A digital customer file: documents, templates, tasks, an overview. Section 3 of docs/scenarios.md.

python examples/customer_file.py [store URL] [language]
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from attrs import frozen

from activitylog import ActivityLog, Actor, Attachment, Ref, Viewer, errors, scope, standard
from showing import BUILD, check, default_store, heading, refused, show

ACME, LEA, TOM = Ref("company", 7, "ACME"), Actor.user(3, "Lea Müller"), Actor.user(4, "Tom Ernst")
PAPERS = ("contract", "offer", "order", "delivery_note", "invoice", "credit_note", "project")
DOCUMENTS = ("note", "letter", "visit", "call", "task", *PAPERS)


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
    days: list[int] = []
    log = ActivityLog(
        store or default_store("customer_file"),
        types=standard.types,
        tenant=f"customer file {uuid4().hex[:8]}",  # each run is a tenant of its own
        language=language,
        parents=parents,
        files=BUILD / "files",
        clock=lambda: datetime.now(UTC) + timedelta(days=sum(days)),
    )
    with scope(actor=LEA):
        documents_of_all_kinds(log)
        a_letter_from_a_template(log)
        tasks(log)
        heading(f"{ACME.label} and its contacts, newest first")
        show(log.timeline(ACME))
        heading("What holds")
        check_documents(log)
        check_templates(log)
        check_rights(log)
        check_overview(log)
        check_retention(log, days)
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
    heading(f"The draft, before it is recorded\n  {draft.title}\n  {draft.note}")
    log.record(draft.replace(note=f"{draft.note}, Seminarhaus"))


def tasks(log: ActivityLog) -> None:
    for title, day, who in (("Angebot nachfassen", 20, LEA), ("Vertrag senden", 5, TOM), ("Anrufen", 10, LEA)):
        log.record("task", KIM, title=title, due_at=datetime(2026, 2, day, tzinfo=UTC), assignee=who)


def check_documents(log: ActivityLog) -> None:
    everything = {activity.type for activity in log.timeline(ACME)}
    own = {activity.type for activity in log.timeline(KIM)}
    all_kinds = everything == {*DOCUMENTS, "mail.sent", "mail.received"} and {"letter", "call", "mail.sent"} <= own
    check("3.1 any document belongs to a contact or a company", all_kinds)
    delivery = log.history(log.timeline(KIM).filter(types="mail.sent").first())
    check("3.1 the delivery of a mail is its status, with history", [r.version for r in delivery] == [1, 2, 3, 4])
    tasks = log.timeline(ACME).filter(types="task", open=True).by_due()
    overdue = tasks.filter(due_until=datetime(2026, 2, 15, tzinfo=UTC))
    log.assign(overdue.first(), LEA, comment="Tom hat Urlaub")
    mine = [task.title for task in tasks.filter(assignee=LEA)]
    late = [task.title for task in overdue] == ["Vertrag senden", "Anrufen"]
    check("3.1 tasks come by their due date", late and mine == ["Vertrag senden", "Anrufen", "Angebot nachfassen"])


def check_templates(log: ActivityLog) -> None:
    letter = log.timeline(KIM).filter(tags="folder:Post").first()
    attached = log.files.open(letter, letter.attachments[0]).read() == b"Allgemeine Bedingungen"
    carried = (letter.template, letter.title, letter.archive_after, letter.readers, letter.editors)
    expected = ("welcome", "Willkommen, Kim Weber", timedelta(720), ("group:sales", "user:3"), ("user:3",))
    check("3.2 a template carries title, text, files, folder, retention and rights", attached and carried == expected)
    check("3.2 its draft can be changed before it is recorded", letter.note.endswith("Lea Müller, Seminarhaus"))
    missing = refused(errors.MissingPlaceholders, lambda: log.templates.draft("welcome", KIM))
    check("3.2 a placeholder that nothing fills is an error", missing)


def check_rights(log: ActivityLog) -> None:
    letter = log.timeline(KIM).filter(tags="folder:Post").first()
    board, sales = log.visible_to(Viewer("group:board")), log.visible_to(Viewer([TOM, "group:sales"]))
    unseen = refused(errors.ActivityNotFound, lambda: board.get(letter))
    unchanged = refused(errors.NotAllowed, lambda: sales.edit(letter.id, note="!")) and sales.get(letter) == letter
    check("3.3 readers see an entry and editors change it, nobody else does", unseen and unchanged)


def check_retention(log: ActivityLog, days: list[int]) -> None:
    letters = log.timeline(KIM).filter(tags="folder:Post")
    before = letters.count()
    days.append(721)
    archived = (before, letters.count(), letters.filter(archived=True).count()) == (1, 0, 1)
    check("3.4 after 720 days a letter is archived, and found so", archived)


def check_overview(log: ActivityLog) -> None:
    overview = log.overview(ACME, sections=standard.sections)
    counts, first = overview.counts(mine=LEA), overview.pages(limit=2)
    sizes = [len(first[name]) for name in overview]
    check("3.5 sections by status, mine and all", counts["tasks"]["open"] == (4, 3) and sizes == [2, 2, 1, 2, 1])


if __name__ == "__main__":
    main(*sys.argv[1:])
