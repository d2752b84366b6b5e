"""Makes the tables, and fills an empty database with people and with some months of their history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from activitylog import Actor, Draft
from activitylog_django import get_log, ref_of
from crm import sample
from crm.activities import InvoiceIssued
from crm.models import Company, Contact, Invoice
from crm.sample import Event
from crm.teams import TEAMS

MONTHS = 6
COMPUTER = Actor.system("Kontor")


class Command(BaseCommand):
    help = "Make the tables, and fill them with invented people if they are empty."

    def handle(self, **_: Any) -> None:
        call_command("migrate", verbosity=0)
        if "STORE" in settings.ACTIVITYLOG:  # then the log has no part in Django's migrations
            get_log().migrate()
        if not User.objects.exists():
            fill(timezone.localdate())
            self.stdout.write(
                f"{get_log().everything().count()} activities of {len(sample.CONTACTS)} contacts recorded."
            )


@transaction.atomic
def fill(today: date) -> None:
    """Write rows and history; the same day gives the same."""
    with get_log().paused():  # the rows' history is told below, with times of its own
        _add_people()
        paid = list(_add_invoices(today))
    get_log().record_many(_drafts(today))
    transaction.on_commit(partial(_pay, paid))  # in a store elsewhere nothing can be read before the commit


def _add_people() -> None:
    groups = {name: Group.objects.create(name=name) for name in TEAMS}
    for login, (name, teams) in sample.USERS.items():
        first, last = name.split()
        admin = login in sample.ADMINISTRATORS
        user = User(username=login, first_name=first, last_name=last, is_staff=admin, is_superuser=admin)
        user.set_password(sample.PASSWORDS[login])
        user.save()
        user.groups.set(groups[team] for team in teams)
    companies = [Company.objects.create(name=name, city=city) for name, city in sample.COMPANIES]
    for number, (name, company, team, city) in enumerate(sample.CONTACTS, 1):
        Contact.objects.create(
            name=name,
            email=f"{name.split()[0].lower()}@mail.example",
            phone=f"0228 555{number:02}",
            city=city,
            company=None if company is None else companies[company - 1],
            team=groups[team],
        )


def _add_invoices(today: date) -> Iterator[tuple[Invoice, datetime]]:
    contacts = list(Contact.objects.order_by("pk"))
    for contact, days, purpose, total, paid_after in sample.INVOICES:
        invoice = Invoice.objects.create(
            contact=contacts[contact - 1],
            purpose=purpose,
            total=Decimal(total),
            issued_on=today - timedelta(days=days),
            paid=paid_after is not None,
        )
        if paid_after is not None:
            yield invoice, _at(today, days - paid_after, "10:00")


def _pay(paid: list[tuple[Invoice, datetime]]) -> None:
    for invoice, at in paid:
        get_log().transition(get_log().timeline(invoice).first(), "paid", at=at)


def _drafts(today: date) -> list[Draft]:
    users = {user.username: Actor.user(ref_of(user), user.get_full_name()) for user in User.objects.all()}
    drafts = []
    for number, contact in enumerate(Contact.objects.order_by("pk").select_related("team"), 1):
        team = users["lea" if contact.team.name == "north" else "tom"]
        actors = {**users, "team": team, "system": COMPUTER, "contact": Actor.customer(ref_of(contact))}
        drafts += [_draft(event, contact, today, actors) for event in _events(number)]
        created_at = _at(today, 30 * (MONTHS + 1) + number, "09:00")
        drafts.append(Draft("contact.created", ref_of(contact), occurred_at=created_at, actor=team))
    drafts += [_issued(invoice, users["lea"]) for invoice in Invoice.objects.order_by("pk")]
    named = enumerate(drafts)  # a log elsewhere may have them already, where only the rows are new
    return [draft.replace(idempotency_key=f"sample:{number}", on_repeat="first") for number, draft in named]


def _events(contact: int) -> Iterator[Event]:
    if contact == 1:
        yield from sample.FIRST_CONTACT
    for month in range(2 if contact == 1 else 0, MONTHS):
        for event in sample.EACH_MONTH[month % 2 :: 2] if contact > 1 else sample.EACH_MONTH:
            yield event._replace(days=event.days + 30 * month + contact % 5)


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


def _issued(invoice: Invoice, actor: Actor) -> Draft:
    at = timezone.make_aware(datetime.combine(invoice.issued_on, time(9, 30)))
    data = InvoiceIssued(number=invoice.number, total=invoice.total)
    source = ref_of(invoice)
    return Draft(data, ref_of(invoice.contact), title=invoice.purpose, source=source, occurred_at=at, actor=actor)


def _at(today: date, days: int, clock: str) -> datetime:
    return timezone.make_aware(datetime.combine(today - timedelta(days=days), time.fromisoformat(clock)))
