"""How the log and this app know each other: who is asking, in which language, what is tracked, where things are."""

from __future__ import annotations

from flask import url_for
from flask_login import current_user
from sqlalchemy import select

from activitylog import Link, Viewer, signals
from activitylog_sql import track_changes
from flask_app.extensions import activity, db
from flask_app.models import Company, Contact, Invoice
from flask_app.teams import refuse_contacts_of_others, viewer_of
from flask_app.texts import language

activity.language_loader(language)
signals.recording.connect(refuse_contacts_of_others)

# Whatever creates or edits a contact is recorded, in the same transaction: no view has to think of it.
track_changes(db.session, Contact, log=lambda session: activity.log, type="contact")


@activity.viewer_loader
def viewer() -> Viewer:
    return viewer_of(current_user)


@activity.resolver("contact")
def contacts(ids: tuple[str, ...]) -> dict[str, Link]:
    found = db.session.scalars(select(Contact).where(Contact.id.in_(map(int, ids))))
    return {str(each.id): Link(each.name, url_for("contacts.show", id=each.id)) for each in found}


@activity.resolver("company")
def companies(ids: tuple[str, ...]) -> dict[str, Link]:
    found = db.session.scalars(select(Company).where(Company.id.in_(map(int, ids))))
    return {str(each.id): Link(each.name, url_for("companies.show", id=each.id)) for each in found}


@activity.resolver("invoice")
def invoices(ids: tuple[str, ...]) -> dict[str, Link]:
    found = db.session.scalars(select(Invoice).where(Invoice.id.in_(map(int, ids))))
    return {str(each.id): Link(each.number, url_for("invoices.show", id=each.id)) for each in found}
