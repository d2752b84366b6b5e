"""A seminar house: everything that happened with a guest, in one list. Section 1 of docs/scenarios.md.

python examples/seminar_house.py [store URL] [language]
"""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from uuid import uuid4

from activitylog import ActivityLog, Actor, Attachment, Draft, Link, Ref, TypeRegistry, errors, scope, standard
from activitylog.standard import (
    AccountCreated,
    BookingMade,
    CrmExported,
    FileUploaded,
    InvoiceCreated,
    InvoiceSent,
    MailSent,
    StayEnded,
)
from showing import BUILD, check, default_store, heading, refused, show

KIM, ACME = Ref("person", 42, "Kim Weber"), Ref("company", 7, "ACME")
BOOKING, INVOICE, MAIL = Ref("booking", "B-9"), Ref("invoice", 17), Ref("mail", "confirmation")
LEA, TOM = Actor.user(3, "Lea Müller"), Actor.user(4, "Tom Ernst")


def main(store: str = "", language: str = "de") -> None:
    log = ActivityLog(
        store or default_store("seminar_house"),
        types=TypeRegistry(standard.types),
        tenant=f"seminar house {uuid4().hex[:8]}",  # each run is a tenant of its own
        language=language,
        files=BUILD / "files",
    )

    @log.resolver("invoice")
    def invoices(ids: tuple[str, ...]) -> dict[str, Link]:
        return {id: Link(f"Rechnung {id}", f"/invoices/{id}") for id in ids}

    the_systems_report(log)
    with scope(actor=LEA):
        an_administrator_defines_types(log)
        people_write_down_what_they_did(log)
        heading(f"{KIM.label}, newest first")
        show(log.timeline(KIM))
        heading("What holds")
        check_all(log)
    log.close()


def the_systems_report(log: ActivityLog) -> None:
    with scope(actor=Actor.system("booking system")):
        made = BookingMade(number="B-9", arrival=date(2026, 5, 4), departure=date(2026, 5, 6), guests=2)
        log.record(made, KIM, ACME, source=BOOKING)
        log.record(StayEnded(arrival=date(2026, 5, 4), departure=date(2026, 5, 6)), KIM, source=BOOKING)
        log.record(MailSent(subject="Ihre Buchung"), KIM, title="Ihre Buchung", source=MAIL, status="sent")
        created = InvoiceCreated(number="17", total=Decimal("90.00"), currency="EUR")
        log.record(created, KIM, ACME, source=INVOICE, idempotency_key="invoice:17")
        log.record(InvoiceSent(number="17"), KIM, ACME, source=INVOICE)
        log.record_many([Draft(CrmExported(target="CRM"), profile) for profile in (KIM, ACME)])
        log.record(FileUploaded(name="Anreise.pdf", size=31_004), KIM)
        log.record("mailbox.used", KIM)
    with scope(actor=Actor.customer(KIM)):
        log.record(AccountCreated(login="kim"), KIM)


def an_administrator_defines_types(log: ActivityLog) -> None:
    log.types.create("phone_call", label={"en": "Phone call", "de": "Telefonat"}, category="communication")
    log.types.create("complaint", label={"en": "Complaint", "de": "Beschwerde"}, statuses=("open", "done"))
    log.types.create(
        "consultation",
        label={"en": "Consultation", "de": "Beratung"},
        summary={"en": "Consultation on {topic}", "de": "Beratung: {topic}"},
        fields={"topic": "text", "fee": "money", "result": ("booked", "undecided", "declined")},
    )


def people_write_down_what_they_did(log: ActivityLog) -> None:
    log.record("custom.phone_call", KIM, note="Fragt nach vegetarischem Essen", occurred_at=date(2026, 4, 2))
    data = {"topic": "Seminarraum", "fee": Decimal("40.00"), "result": "booked"}
    plan = Attachment(b"The blue room: 20 seats", name="Raumplan.txt")
    log.record("custom.consultation", KIM, data=data, occurred_at=date(2026, 4, 9), attachments=[plan])


def check_all(log: ActivityLog) -> None:
    timeline = log.timeline(KIM)
    times = [activity.occurred_at for activity in timeline]
    check("1.1 one chronological list", len(times) == 11 and times == sorted(times, reverse=True))

    own = {activity.type for activity in timeline.filter(actor=[Actor.system("booking system"), KIM])}
    check("1.2 the systems' activities appear by themselves", len(own) == 9 and log.timeline(ACME).count() == 4)

    sources = {activity.source for activity in log.timeline(ACME) if activity.source}
    check("1.3 each links to its source", log.resolve(sources)[INVOICE].url == "/invoices/17" and BOOKING in sources)

    consultation = timeline.filter(types="custom.consultation").first()
    log.types.change("consultation", label={"en": "Advice", "de": "Beratungsgespräch"})
    log.types.retire("consultation")
    closed = refused(errors.InvalidInput, lambda: log.record("custom.consultation", KIM))
    shown = log.get(consultation).summary in ("Beratung: Seminarraum", "Consultation on Seminarraum")
    check("1.4 types come, change and retire at run time, old entries stay", closed and shown)

    call = log.record("custom.phone_call", KIM, occurred_at=date(2025, 12, 24), note="Frohe Weihnachten")
    check("1.5 an entry by hand: type, date in the past, note", list(timeline)[-1] == call)

    with scope(actor=TOM):
        edited = log.edit(call, note="Frohes Fest", comment="korrigiert")
        log.delete(edited)
    before = [change.old for change in log.history(call)[1].changes]
    fixed = refused(errors.Immutable, lambda: log.edit(timeline.filter(types="stay.ended").first(), note="?"))
    kept = [(revision.action, revision.actor) for revision in log.history(call)]
    check(
        "1.6 edits and deletions are revisions; what systems report is fixed",
        kept == [("recorded", LEA), ("edited", TOM), ("deleted", TOM)] and before == ["Frohe Weihnachten"] and fixed,
    )

    menu = log.files.add(consultation, b"Suppe", name="Speisekarte.txt")
    with log.files.open(consultation, menu) as content:
        opened = content.read() == b"Suppe"
    log.files.remove(consultation, menu)
    names = [file.name for file in log.get(consultation).attachments]
    check("1.7 files are attached, listed, opened and removed", opened and names == ["Raumplan.txt"])


if __name__ == "__main__":
    main(*sys.argv[1:])
