"""Contacts: found, shown with their timeline, created and edited."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import or_
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from flask_app.extensions import db
from flask_app.forms import ContactForm
from flask_app.models import Contact
from flask_app.teams import contact_or_404, visible_contacts
from flask_app.texts import text

blueprint = Blueprint("contacts", __name__)


@blueprint.get("/")
def index() -> str:
    found = visible_contacts().options(joinedload(Contact.company))
    if words := request.args.get("q", "").strip():
        columns = (Contact.name, Contact.email, Contact.city)
        found = found.where(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    return render_template("contacts.html", contacts=db.session.scalars(found).all(), words=words)


@blueprint.get("/contacts/<int:id>")
def show(id: int) -> str:
    return render_template("contact.html", contact=contact_or_404(id))


@blueprint.route("/contacts/new", methods=["GET", "POST"])
def create() -> str | Response:
    return _form(Contact())


@blueprint.route("/contacts/<int:id>/edit", methods=["GET", "POST"])
def edit(id: int) -> str | Response:
    return _form(contact_or_404(id))


def _form(contact: Contact) -> str | Response:
    """Nothing is recorded here: what a session does to contacts is tracked."""
    form = ContactForm(contact)
    if not form.validate_on_submit():
        return render_template("contact_form.html", form=form, contact=contact)
    form.populate_obj(contact)
    db.session.add(contact)
    db.session.commit()
    flash(text("Contact saved."))
    return redirect(url_for("contacts.show", id=contact.id))
