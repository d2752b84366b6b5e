"""Fills an empty database with people, and with some months of their history: `flask --app examples/flask_app seed`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from activitylog import Actor, Draft
from activitylog_flask import ref_of
from flask_app import sample
from flask_app.activities import InvoiceIssued
from flask_app.extensions import activity, db
from flask_app.models import Company, Contact, Invoice, User
from flask_app.sample import Event

BERLIN = ZoneInfo("Europe/Berlin")
MONTHS = 6
COMPUTER = Actor.system("Kontor")


@click.command("seed")
@with_appcontext
def seed_command() -> None:
    """Make the tables, and fill them if they are empty."""
    db.create_all()
    activity.log.base.migrate()
    if db.session.scalar(select(User.id).limit(1)) is None:
        fill(datetime.now(UTC).date())
        click.echo(f"{activity.log.everything().count()} activities of {len(sample.CONTACTS)} contacts recorded.")


def fill(today: date) -> None:
    """Write rows and history; the same day gives the same."""
    with activity.log.paused():  # the rows' history is told below, with times of its own
        _add_people()
        paid = list(_add_invoices(today))
    activity.log.record_many(_drafts(today))
    db.session.commit()
    for invoice, at in paid:
        issued = activity.log.timeline(ref_of(invoice)).first()
        activity.log.transition(issued, "paid", at=at)
    db.session.commit()


def _add_people() -> None:
    for login, (name, teams) in sample.USERS.items():
        user = User(login=login, name=name, teams=teams, is_admin=login in sample.ADMINISTRATORS)
        user.set_password(sample.PASSWORDS[login])
        db.session.add(user)
        db.session.flush()  # one after the other, so that they have the same numbers everywhere
    for name, city in sample.COMPANIES:
        db.session.add(Company(name=name, city=city))
        db.session.flush()
    for number, (name, company, team, city) in enumerate(sample.CONTACTS, 1):
        email = f"{name.split()[0].lower()}@mail.example"
        phone = f"0228 555{number:02}"
        db.session.add(Contact(name=name, company_id=company, team=team, city=city, email=email, phone=phone))
        db.session.flush()


def _add_invoices(today: date) -> Iterator[tuple[Invoice, datetime]]:
    for contact, days, purpose, total, paid_after in sample.INVOICES:
        invoice = Invoice(
            contact_id=contact,
            purpose=purpose,
            total=Decimal(total),
            issued_on=today - timedelta(days=days),
            paid=paid_after is not None,
        )
        db.session.add(invoice)
        db.session.flush()
        if paid_after is not None:
            yield invoice, _at(today, days - paid_after, "10:00")


def _drafts(today: date) -> list[Draft]:
    users = {user.login: Actor.user(ref_of(user)) for user in db.session.scalars(select(User))}
    drafts = []
    for contact in db.session.scalars(select(Contact).order_by(Contact.id)):
        team = users["lea" if contact.team == "north" else "tom"]
        actors = {**users, "team": team, "system": COMPUTER, "contact": Actor.customer(ref_of(contact))}
        drafts += [_draft(event, contact, today, actors) for event in _events(contact)]
        drafts.append(_created(contact, today, team))
    drafts += [_issued(invoice, users["lea"]) for invoice in db.session.scalars(select(Invoice))]
    named = enumerate(drafts)  # a log elsewhere may have them already, where only the rows are new
    return [draft.replace(idempotency_key=f"sample:{number}", on_repeat="first") for number, draft in named]


def _events(contact: Contact) -> Iterator[Event]:
    if contact.id == 1:
        yield from sample.FIRST_CONTACT
    for month in range(2 if contact.id == 1 else 0, MONTHS):
        for event in sample.EACH_MONTH[month % 2 :: 2] if contact.id > 1 else sample.EACH_MONTH:
            yield event._replace(days=event.days + 30 * month + contact.id % 5)


def _draft(event: Event, contact: Contact, today: date, actors: dict[str, Actor]) -> Draft:
    at, more = _at(today, event.days, event.time), dict(event.more or {})
    if changes := more.pop("changes", None):
        before, after = ({name: both[which] for name, both in changes.items()} for which in (0, 1))
        found = Draft.change(ref_of(contact), before=before, after=after, type=event.what)
        return found.replace(occurred_at=at, actor=actors[event.by])
    given: dict[str, Any] = {"title": event.title, "note": event.note, "occurred_at": at, "actor": actors[event.by]}
    if "due" in more:
        given["due_at"] = _at(today, -more.pop("due"), "12:00")
    if "assignee" in more:
        given["assignee"] = actors[more.pop("assignee")].ref
    return Draft(event.what, ref_of(contact), **given, **more)


def _created(contact: Contact, today: date, actor: Actor) -> Draft:
    at = _at(today, 30 * (MONTHS + 1) + contact.id, "09:00")
    return Draft("contact.created", ref_of(contact), occurred_at=at, actor=actor)


def _issued(invoice: Invoice, actor: Actor) -> Draft:
    at = datetime.combine(invoice.issued_on, time(9, 30), BERLIN)
    data = InvoiceIssued(number=invoice.number, total=invoice.total)
    source = ref_of(invoice)
    return Draft(data, ref_of(invoice.contact), title=invoice.purpose, source=source, occurred_at=at, actor=actor)


def _at(today: date, days: int, clock: str) -> datetime:
    return datetime.combine(today - timedelta(days=days), time.fromisoformat(clock), BERLIN)
