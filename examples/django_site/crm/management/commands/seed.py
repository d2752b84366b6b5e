"""Makes the tables, and fills an empty database with people and with some months of their history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
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
from crm.models import Company, Contact, Invoice
from crm.teams import TEAMS
from sample_crm import people
from sample_crm.history import at, history, issued, recordable_again


class Command(BaseCommand):
    help = "Make the tables, and fill them with invented people if they are empty."

    def handle(self, **_: Any) -> None:
        call_command("migrate", verbosity=0)
        if "STORE" in settings.ACTIVITYLOG:  # then the log has no part in Django's migrations
            get_log().migrate()
        if not User.objects.exists():
            fill(timezone.localdate())
            self.stdout.write(
                f"{get_log().everything().count()} activities of {len(people.CONTACTS)} contacts recorded."
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
    for login, (name, teams) in people.USERS.items():
        first, last = name.split()
        admin = login in people.ADMINISTRATORS
        user = User(username=login, first_name=first, last_name=last, is_staff=admin, is_superuser=admin)
        user.set_password(people.PASSWORDS[login])
        user.save()
        user.groups.set(groups[team] for team in teams)
    companies = [Company.objects.create(name=name, city=city) for name, city in people.COMPANIES]
    for number, (name, company, team, city) in enumerate(people.CONTACTS, 1):
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
    for contact, days, purpose, total, paid_after in people.INVOICES:
        invoice = Invoice.objects.create(
            contact=contacts[contact - 1],
            purpose=purpose,
            total=Decimal(total),
            issued_on=today - timedelta(days=days),
            paid=paid_after is not None,
        )
        if paid_after is not None:
            yield invoice, at(today, days - paid_after, "10:00")


def _pay(paid: list[tuple[Invoice, datetime]]) -> None:
    for invoice, paid_at in paid:
        get_log().transition(get_log().timeline(invoice).first(), "paid", at=paid_at)


def _drafts(today: date) -> list[Draft]:
    users = {user.username: Actor.user(ref_of(user), user.get_full_name()) for user in User.objects.all()}
    drafts: list[Draft] = []
    for number, contact in enumerate(Contact.objects.order_by("pk").select_related("team"), 1):
        team = users["lea" if contact.team.name == "north" else "tom"]
        drafts += history(number, ref_of(contact), today, team, users)
    for each in Invoice.objects.order_by("pk").select_related("contact"):
        about = ref_of(each.contact)
        drafts.append(issued(ref_of(each), about, each.purpose, each.total, each.issued_on, users["lea"]))
    return recordable_again(drafts)
