"""Section 1 of the scenarios: the profile's activity list of a seminar house."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from activitylog import ActivityLog, Actor, Attachment, Draft, Link, Ref, scope
from activitylog.errors import Immutable, InvalidInput
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
from scenarios.conftest import LEA, TOM

ARRIVAL, DEPARTURE = date(2026, 5, 4), date(2026, 5, 6)


def system_activities(log: ActivityLog, kim: Ref, acme: Ref) -> None:
    booking, invoice, mail = Ref("booking", "B-9"), Ref("invoice", 17), Ref("mail", "m1")
    with scope(actor=Actor.system("booking system")):
        log.record(BookingMade(number="B-9", arrival=ARRIVAL, guests=2), kim, acme, source=booking)
        log.record(StayEnded(arrival=ARRIVAL, departure=DEPARTURE, room="Blue"), kim, source=booking)
        log.record(MailSent(subject="Your booking", recipients=("kim@example.com",)), kim, source=mail)
        log.record(InvoiceCreated(number="17", total=Decimal("90.00"), currency="EUR"), kim, acme, source=invoice)
        log.record(InvoiceSent(number="17"), kim, acme, source=invoice)
        log.record_many([Draft(CrmExported(target="CRM"), profile) for profile in (kim, acme)])
        log.record(AccountCreated(login="kim"), kim)
        log.record(FileUploaded(name="plan.pdf", size=7), kim)
        log.record("mailbox.used", kim)


@pytest.mark.scenario("1.1", "1.2")
def test_one_list_holds_everything_that_happened_on_a_profile(log: ActivityLog, kim: Ref, acme: Ref):
    system_activities(log, kim, acme)
    log.record("call", kim, note="Asked for vegetarian food")
    assert [a.type for a in log.timeline(kim).oldest_first()] == [
        *("booking.made", "stay.ended", "mail.sent", "invoice.created", "invoice.sent", "crm.exported"),
        *("account.created", "file.uploaded", "mailbox.used", "call"),
    ]
    assert {a.type for a in log.timeline(acme)} == {"booking.made", "invoice.created", "invoice.sent", "crm.exported"}
    stay = next(iter(log.timeline(kim).filter(types=StayEnded)))
    assert stay.data == StayEnded(arrival=ARRIVAL, departure=DEPARTURE, room="Blue")
    with scope(language="de"):
        [exported] = log.timeline(acme).filter(types="crm.exported")
        assert exported.summary == "Exportiert nach CRM"
    times = [a.occurred_at for a in log.timeline(kim)]
    assert times == sorted(times, reverse=True)


@pytest.mark.scenario("1.3")
def test_each_entry_links_to_its_source(log: ActivityLog, kim: Ref, acme: Ref):
    system_activities(log, kim, acme)

    @log.resolver("invoice")
    def invoices(ids: tuple[str, ...]) -> dict[str, Link]:
        return {id: Link(f"Invoice {id}", f"/invoices/{id}") for id in ids}

    page = log.timeline(acme).filter(category="billing").page()
    links = log.resolve(a.source for a in page if a.source)
    assert {links[a.source] for a in page} == {Link("Invoice 17", "/invoices/17")}
    assert log.timeline("invoice:17").count() == 2, "the source has a timeline too"


@pytest.mark.scenario("1.4")
def test_an_administrator_defines_renames_and_retires_types(log: ActivityLog, kim: Ref):
    for name, en, de in [("phone_call", "Phone call", "Anruf"), ("complaint", "Complaint", "Beschwerde")]:
        log.types.create(name, label={"en": en, "de": de}, category="communication")
    consultation = log.types.create("consultation", fields={"topic": "text"}, label="Consultation")
    old = log.record(consultation, kim, data={"topic": "Diet"}, occurred_at=date(2026, 1, 7))
    log.types.change("consultation", label={"en": "Advice", "de": "Beratungsgespräch"})
    with scope(language="de"):
        assert log.get(old).label == "Beratungsgespräch"
    log.types.retire("consultation")
    with pytest.raises(InvalidInput, match="retired"):
        log.record("custom.consultation", kim)
    assert (log.get(old).label, log.get(old).data) == ("Advice", {"topic": "Diet"})
    shown = {each.name: each.retired for each in log.types if each.name.startswith("custom.")}
    assert shown == {"custom.complaint": False, "custom.consultation": True, "custom.phone_call": False}


@pytest.mark.scenario("1.5")
def test_a_manual_entry_is_a_type_a_date_and_a_note(log: ActivityLog, kim: Ref):
    log.record("call", kim, note="today")
    past = log.record("call", kim, occurred_at=date(2025, 12, 24), note="Wished a merry Christmas")
    assert past.occurred_at == datetime(2025, 12, 24, tzinfo=UTC)
    assert log.record("call", kim, occurred_at=date(2025, 12, 26)).note == ""
    assert [a.note for a in log.timeline(kim)] == ["today", "", "Wished a merry Christmas"]


@pytest.mark.scenario("1.6")
def test_manual_entries_are_edited_and_deleted_and_nothing_is_lost(log: ActivityLog, kim: Ref, acme: Ref):
    system_activities(log, kim, acme)
    call = log.record("call", kim, note="Asked")
    with scope(actor=TOM):
        log.edit(call, note="Asked for a quote", comment="she called again")
        log.delete(call, comment="wrong contact")
    assert not log.timeline(kim).filter(types="call").exists()
    first, edited, deleted = log.history(call)
    assert [first.actor, edited.actor, deleted.actor] == [LEA, TOM, TOM]
    assert [(c.old, c.new) for c in edited.changes] == [("Asked", "Asked for a quote")]
    assert (deleted.action, deleted.comment) == ("deleted", "wrong contact")
    for system_entry in log.timeline(kim):
        with pytest.raises(Immutable):
            log.edit(system_entry, note="x")
        with pytest.raises(Immutable):
            log.delete(system_entry)
    assert log.restore(call).note == "Asked for a quote"


@pytest.mark.scenario("1.7")
def test_files_are_attached_listed_opened_and_removed(log: ActivityLog, kim: Ref):
    call = log.record("call", kim, attachments=[Attachment(b"Room plan", name="Raumplan.txt")])
    menu = log.files.add(call, b"Soup", name="Speisekarte.txt")
    found = log.get(call)
    assert [file.name for file in found.attachments] == ["Raumplan.txt", "Speisekarte.txt"]
    with log.files.open(call, menu) as content:
        assert content.read() == b"Soup"
    log.files.remove(call, found.attachments[0])
    assert [file.name for file in log.get(call).attachments] == ["Speisekarte.txt"]
    with pytest.raises(InvalidInput):
        log.files.open(call, found.attachments[0])
    assert [revision.action for revision in log.history(call)] == ["recorded", "attached", "detached"]
