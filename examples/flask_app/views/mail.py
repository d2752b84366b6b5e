"""Incoming mail: a message that is pasted or uploaded finds its contact by the address."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import func
from werkzeug.wrappers import Response

from activitylog import Ref
from activitylog.mail import draft_from
from activitylog_flask import current_log, ref_of
from flask_app.extensions import db
from flask_app.forms import MailForm
from flask_app.models import Contact
from flask_app.teams import visible_contacts
from flask_app.texts import text
from sample_crm.people import OWN_ADDRESS

blueprint = Blueprint("mail", __name__)


@blueprint.route("/mail", methods=["GET", "POST"])
def receive() -> str | Response:
    form = MailForm()
    if form.validate_on_submit():
        message = form.file.data.read() if form.file.data else (form.message.data or "").strip().encode()
        if not message:
            form.message.errors = [text("Paste a message, or choose a file.")]
        elif (contact := _add(message)) is None:
            form.message.errors = [text("None of your contacts has an address of this message.")]
        else:
            return redirect(url_for("contacts.show", id=contact.id))
    return render_template("mail.html", form=form, own_address=OWN_ADDRESS)


def _add(message: bytes) -> Contact | None:
    """Record a message, and return whose it is; one that is there already is there once."""
    draft = draft_from(message, own=OWN_ADDRESS, contact=_known)
    contacts = [subject for subject in draft.subjects if subject.kind == "contact"]
    if not contacts:
        return None
    current_log.record(draft.replace(note=draft.what.snippet))
    db.session.commit()
    flash(text("The message is in the timeline."))
    return db.session.get(Contact, int(contacts[0].id))


def _known(address: str, name: str) -> Ref | None:
    """Return whom an address belongs to, of the contacts that are seen."""
    contact = db.session.scalar(visible_contacts().where(func.lower(Contact.email) == address).limit(1))
    return None if contact is None else ref_of(contact)
