"""Section 4 of the scenarios: a support desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from blinker import Namespace

from activitylog import (
    ActivityLog,
    Actor,
    Attachment,
    Draft,
    Ref,
    Section,
    Tracked,
    TypeRegistry,
    Viewer,
    errors,
    scope,
)
from activitylog.mail import draft_from
from activitylog.standard import ChatReceived, ChatSent, MailReceived, MailSent, TicketOpened, WidgetSubmitted
from scenarios.conftest import LEA, TOM

OWN = "support@example.com"
CONTACTS = {"kim@example.com": Ref("contact", 42, "Kim Weber")}


def mail(sender: str, recipient: str, number: int, text: str = "Where is my order?") -> bytes:
    return (
        f"From: {sender}\nTo: {recipient}\nSubject: Order 7\nMessage-ID: <{number}@example.com>\n"
        f"Date: Sun, 1 Mar 2026 10:30:00 +0100\n\n{text}\n"
    ).encode()


@pytest.mark.scenario("4.1")
def test_events_become_activities_by_themselves(log: ActivityLog):
    kim, host = CONTACTS["kim@example.com"], Namespace()
    chat, ticket, widget, incoming = (host.signal(name) for name in ("chat", "ticket", "widget", "mail"))

    @log.on(chat)
    def chatted(sender: object, text: str) -> Draft:
        return Draft(ChatReceived(text=text), kim, conversation="chat:1", actor=Actor.customer(kim))

    @log.on(ticket)
    def opened(sender: object, number: str) -> Draft:
        return Draft(TicketOpened(number=number), kim, source=Ref("ticket", number))

    @log.on(widget)
    def submitted(sender: object) -> Draft:
        return Draft(WidgetSubmitted(), kim)

    @log.on(incoming)
    def arrived(sender: object, message: bytes) -> Draft:
        return draft_from(message, own=OWN, contact=lambda address, _: CONTACTS.get(address))

    with scope(actor=TOM, team="sales"):
        chat.send(None, text="Hello")
        ticket.send(None, number="T-1")
        widget.send(None)
        incoming.send(None, message=mail("kim@example.com", OWN, 1))
    told = {a.type: (a.team, a.channel, a.actor, a.subjects, str(a.source or "")) for a in log.timeline(kim)}
    by_kim, subjects = Actor.customer(kim), (kim,)
    assert told == {
        "chat.received": ("sales", "chat", by_kim, subjects, ""),
        "ticket.opened": ("sales", "ticket", TOM, subjects, "ticket:T-1"),
        "widget.submitted": ("sales", "widget", TOM, subjects, ""),
        "mail.received": ("sales", "email", by_kim, subjects, "mail:1@example.com"),
    }


@pytest.mark.scenario("4.2")
def test_mail_in_is_matched_to_a_contact_and_the_same_message_twice_is_one(log: ActivityLog):
    def contact(address: str, name: str) -> Ref | None:
        return CONTACTS.get(address)

    for _ in range(2):
        received = log.record(draft_from(mail("Kim <Kim@Example.com>", OWN, 1), own=OWN, contact=contact))
    assert not received.created
    [entry] = log.timeline(CONTACTS["kim@example.com"])
    assert (entry.title, entry.data.sender, entry.data.snippet) == ("Order 7", "kim@example.com", "Where is my order?")
    stranger = log.record(draft_from(mail("jo@example.com", OWN, 2), own=OWN, contact=contact))
    assert str(stranger.subjects[0]) == f"address:{OWN}"


@pytest.mark.scenario("4.2")
def test_mail_out_goes_from_draft_to_delivered_by_later_events(log: ActivityLog):
    sent = log.record(draft_from(mail(OWN, "kim@example.com", 3), own=OWN).replace(status="draft"))
    assert (sent.status, sent.direction) == ("draft", "outgoing")
    for status in ("queued", "sent", "failed", "queued", "sent", "delivered"):
        entry = log.timeline("mail:3@example.com").first()
        log.transition(entry, status)
    history = [c.new for r in log.history(sent) for c in r.changes if c.field == "status"]
    assert history == ["queued", "sent", "failed", "queued", "sent", "delivered"]


@pytest.mark.scenario("4.3")
def test_a_chat_with_an_unknown_person_creates_the_contact(log: ActivityLog):
    created: list[Ref] = []

    def known_or_new(address: str, name: str) -> Ref:
        if address not in CONTACTS:
            created.append(Ref("contact", 100 + len(created), name))
            return created[-1]
        return CONTACTS[address]

    def chat(address: str, name: str, text: str) -> None:
        who = known_or_new(address, name)
        log.record(ChatReceived(text=text), who, actor=Actor.customer(who))

    chat("jo@example.com", "Jo Klein", "Hello")
    log.record(draft_from(mail("Ann <ann@example.com>", OWN, 4), own=OWN, contact=known_or_new))
    assert [ref.label for ref in created] == ["Jo Klein", "Ann"]
    assert [log.timeline(ref).count() for ref in created] == [1, 1]


class Customer(Tracked):
    """A model of the host's."""

    def __init__(self, id: int) -> None:
        self.id = id

    def __activity_ref__(self) -> Ref:
        return Ref("customer", self.id)


@pytest.mark.scenario("4.4")
def test_a_mixin_gives_a_host_model_a_timeline(log: ActivityLog):
    with scope(log=log, actor=LEA):
        Customer(1).record_activity("call", note="Asked")
        Customer(2).record_activity("note", Customer(1))
        assert [a.type for a in Customer(1).timeline().oldest_first()] == ["call", "note"]
        assert Customer(2).timeline().count() == 1


@pytest.mark.scenario("4.5")
def test_one_team_never_sees_what_another_did(log: ActivityLog, kim: Ref):
    with scope(actor=LEA, team="sales"):
        offer = log.record("call", kim, note="offer", attachments=[Attachment(b"price", name="price.txt")])
    with scope(actor=TOM, team="service"):
        complaint = log.record("call", kim, note="complaint")
    free = log.record("note", kim)
    service = log.visible_to(Viewer([TOM, "team:service"]))
    timeline = service.timeline(kim)
    assert [a.id for a in timeline] == [free.id, complaint.id]
    assert (timeline.count(), timeline.filter(search="offer").count(), timeline.filter(team="sales").count()) == (
        2,
        0,
        0,
    )
    assert [one.key for one in timeline.count_by("team")] == [("",), ("service",)]
    assert {row.key for row in timeline.metrics().volume("month", "team")} == {"", "service"}
    assert service.overview(kim, sections={"calls": Section("Calls", types="call")}).counts() == {"calls": {"": (1, 0)}}
    for ask in (service.get, service.history, lambda one: service.files.open(one, offer.attachments[0])):
        with pytest.raises(errors.ActivityNotFound):
            ask(offer.id)
    with ZipFile(BytesIO(b"".join(service.privacy.export(kim)))) as archive:
        told = b"".join(map(archive.read, archive.namelist()))
    assert b"complaint" in told
    assert b"offer" not in told
    assert b"price" not in told


@pytest.mark.scenario("4.6")
def test_without_the_permission_a_mail_shows_that_there_was_one(
    make_log: Callable[..., ActivityLog], types: TypeRegistry
):
    for name in ("mail.received", "mail.sent"):
        types.override(name, permission="mail.read")
    log = make_log(types=types)
    kim = CONTACTS["kim@example.com"]
    log.record(draft_from(mail("kim@example.com", OWN, 1), own=OWN, contact=lambda address, _: CONTACTS.get(address)))
    log.record("call", kim)
    [call, seen] = log.visible_to(Viewer(TOM)).timeline(kim)
    assert not call.redacted
    assert (seen.redacted, seen.label, seen.actor, seen.title, seen.data) == (
        True,
        "E-mail received",
        Actor.customer(kim),
        "",
        None,
    )
    [_, whole] = log.visible_to(Viewer(LEA, permissions=["mail.read"])).timeline(kim)
    assert (whole.redacted, whole.title) == (False, "Order 7")


@pytest.mark.scenario("4.7")
def test_ten_a_page_stable_while_new_ones_arrive_filtered_and_searched(log: ActivityLog, kim: Ref):
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(25):
        actor, team = (LEA, "sales") if number % 5 else (TOM, "service")
        log.record(
            "call", kim, occurred_at=begin + timedelta(days=number), actor=actor, team=team, note=f"call {number}"
        )
    timeline = log.timeline(kim)
    first = timeline.page(limit=10)
    log.record("note", kim, note="just now")
    second = timeline.page(limit=10, after=first.next)
    notes = [a.note for a in (*first, *second, *timeline.page(limit=10, after=second.next))]
    assert notes == [f"call {number}" for number in range(24, -1, -1)]
    assert [a.note for a in timeline.arrived(after=first.mark)] == ["just now"]
    assert timeline.filter(types="call", actor=TOM, team="service").count() == 5
    assert timeline.filter(since=begin + timedelta(days=20), until=begin + timedelta(days=23)).count() == 3
    assert [a.note for a in timeline.filter(search="CALL 17")] == ["call 17"]


@pytest.mark.scenario("4.8")
def test_metrics_of_a_contact_and_of_the_desk(make_log: Callable[..., ActivityLog], kim: Ref):
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    log = make_log(clock=lambda: now)
    asks = Actor.customer(kim)
    for days, wait, agent, team in ((50, 10, LEA, "sales"), (20, 30, LEA, "sales"), (10, 50, TOM, "service")):
        begin = now - timedelta(days=days)
        log.record(ChatReceived(text="?"), kim, actor=asks, occurred_at=begin)
        log.record(ChatSent(text="!"), kim, actor=agent, team=team, occurred_at=begin + timedelta(minutes=wait))
    log.record(MailReceived(subject="Thanks"), kim, actor=asks, occurred_at=now - timedelta(days=1))
    log.record(MailSent(subject="Offer"), Ref("person", 7), occurred_at=now - timedelta(days=60))
    desk, contact = log.everything().metrics(), log.timeline(kim).metrics()
    assert [(row.start, row.count) for row in desk.volume("month")] == [
        (date(2026, 1, 1), 1),
        (date(2026, 2, 1), 2),
        (date(2026, 3, 1), 5),
    ]
    assert {row.key for row in desk.volume("week", "channel")} == {"chat", "email"}
    assert {row.key for row in desk.volume("week", "type")} == {
        "chat.received",
        "chat.sent",
        "mail.received",
        "mail.sent",
    }
    assert (contact.preferred_channel(), contact.frequency().count) == ("chat", 7)
    assert [row.subject for row in desk.silent(now - timedelta(days=30))] == [Ref("person", 7)]
    [whole] = desk.response_times()
    assert (whole.median, whole.p90, whole.unanswered) == (timedelta(minutes=30), timedelta(minutes=50), 1)
    by_team = {row.key: (row.answered, row.median) for row in desk.response_times("team")}
    assert by_team == {"": (0, None), "sales": (2, timedelta(minutes=10)), "service": (1, timedelta(minutes=50))}
    assert {row.key for row in desk.response_times("actor")} == {None, LEA.ref, TOM.ref}
    trend = desk.trend()
    assert (trend.now.entries, trend.before.entries, trend.contacts_change) == (5, 3, pytest.approx(2 / 3))
    assert contact.engagement().score > log.timeline("person:7").metrics().engagement().score
