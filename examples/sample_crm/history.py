"""What happened with the invented people, told back from the day on which an app is filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from activitylog import Actor, Draft, Ref
from sample_crm.activities import InvoiceIssued
from sample_crm.people import EACH_MONTH, FIRST_CONTACT, Event

BERLIN = ZoneInfo("Europe/Berlin")
MONTHS = 6
COMPUTER = Actor.system("Kontor")


def history(number: int, contact: Ref, today: date, team: Actor, users: Mapping[str, Actor]) -> Iterator[Draft]:
    """Tell what happened with one contact, the first having the longest history; `team` looks after them."""
    actors = {**users, "team": team, "system": COMPUTER, "contact": Actor.customer(contact)}
    for event in _events(number):
        yield _draft(event, contact, today, actors)
    created_at = at(today, 30 * (MONTHS + 1) + number, "09:00")
    yield Draft("contact.created", contact, occurred_at=created_at, actor=team)


def issued(invoice: Ref, contact: Ref, purpose: str, total: Decimal, day: date, actor: Actor) -> Draft:
    """Tell that an invoice was written."""
    data = InvoiceIssued(number=invoice.label, total=total)
    return Draft(data, contact, title=purpose, source=invoice, occurred_at=at(day, 0, "09:30"), actor=actor)


def recordable_again(drafts: Iterable[Draft]) -> list[Draft]:
    """Give drafts keys: a log elsewhere may have them already, where only the rows are new."""
    named = enumerate(drafts)
    return [draft.replace(idempotency_key=f"sample:{number}", on_repeat="first") for number, draft in named]


def at(today: date, days: int, clock: str) -> datetime:
    return datetime.combine(today - timedelta(days=days), time.fromisoformat(clock), BERLIN)


def _events(number: int) -> Iterator[Event]:
    if number == 1:
        yield from FIRST_CONTACT
    for month in range(2 if number == 1 else 0, MONTHS):
        for event in EACH_MONTH[month % 2 :: 2] if number > 1 else EACH_MONTH:
            yield event._replace(days=event.days + 30 * month + number % 5)


def _draft(event: Event, contact: Ref, today: date, actors: Mapping[str, Actor]) -> Draft:
    happened, more = at(today, event.days, event.time), dict(event.more or {})
    if changes := more.pop("changes", None):
        before, after = ({name: both[which] for name, both in changes.items()} for which in (0, 1))
        found = Draft.change(contact, before=before, after=after, type=event.what)
        return found.replace(occurred_at=happened, actor=actors[event.by])
    given: dict[str, Any] = {
        "title": event.title, "note": event.note, "occurred_at": happened, "actor": actors[event.by]
    }  # fmt: skip
    if "due" in more:
        given["due_at"] = at(today, -more.pop("due"), "12:00")
    if "assignee" in more:
        given["assignee"] = actors[more.pop("assignee")].ref
    return Draft(event.what, contact, **given, **more)
