"""Fills an empty database with people, and with some months of their history: `flask --app examples/flask_app seed`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from activitylog import Actor, Draft
from activitylog_flask import ref_of
from flask_app.extensions import activity, db
from flask_app.models import Company, Contact, Invoice, User
from sample_crm import people
from sample_crm.history import at, history, issued, recordable_again


@click.command("seed")
@with_appcontext
def seed_command() -> None:
    """Make the tables, and fill them if they are empty."""
    db.create_all()
    activity.log.base.migrate()
    if db.session.scalar(select(User.id).limit(1)) is None:
        fill(datetime.now(UTC).date())
        click.echo(f"{activity.log.everything().count()} activities of {len(people.CONTACTS)} contacts recorded.")


def fill(today: date) -> None:
    """Write rows and history; the same day gives the same."""
    with activity.log.paused():  # the rows' history is told below, with times of its own
        _add_people()
        paid = list(_add_invoices(today))
    activity.log.record_many(_drafts(today))
    db.session.commit()
    for invoice, paid_at in paid:
        entry = activity.log.timeline(ref_of(invoice)).first()
        activity.log.transition(entry, "paid", at=paid_at)
    db.session.commit()


def _add_people() -> None:
    for login, (name, teams) in people.USERS.items():
        user = User(login=login, name=name, teams=teams, is_admin=login in people.ADMINISTRATORS)
        user.set_password(people.PASSWORDS[login])
        db.session.add(user)
        db.session.flush()  # one after the other, so that they have the same numbers everywhere
    for name, city in people.COMPANIES:
        db.session.add(Company(name=name, city=city))
        db.session.flush()
    for number, (name, company, team, city) in enumerate(people.CONTACTS, 1):
        email = f"{name.split()[0].lower()}@mail.example"
        phone = f"0228 555{number:02}"
        db.session.add(Contact(name=name, company_id=company, team=team, city=city, email=email, phone=phone))
        db.session.flush()


def _add_invoices(today: date) -> Iterator[tuple[Invoice, datetime]]:
    for contact, days, purpose, total, paid_after in people.INVOICES:
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
            yield invoice, at(today, days - paid_after, "10:00")


def _drafts(today: date) -> list[Draft]:
    users = {user.login: Actor.user(ref_of(user)) for user in db.session.scalars(select(User))}
    drafts: list[Draft] = []
    for contact in db.session.scalars(select(Contact).order_by(Contact.id)):
        team = users["lea" if contact.team == "north" else "tom"]
        drafts += history(contact.id, ref_of(contact), today, team, users)
    for each in db.session.scalars(select(Invoice)):
        about = ref_of(each.contact)
        drafts.append(issued(ref_of(each), about, each.purpose, each.total, each.issued_on, users["lea"]))
    return recordable_again(drafts)
