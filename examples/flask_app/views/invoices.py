"""Invoices: the row and what is told of it are written in one transaction, or neither is."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from activitylog_flask import current_log, ref_of
from flask_app.extensions import db
from flask_app.forms import InvoiceForm
from flask_app.models import Contact, Invoice
from flask_app.teams import contact_or_404, visible_contacts
from flask_app.texts import text
from sample_crm.activities import InvoiceIssued

blueprint = Blueprint("invoices", __name__)


@blueprint.route("/contacts/<int:id>/invoices/new", methods=["GET", "POST"])
def issue(id: int) -> str | Response:
    contact = contact_or_404(id)
    form = InvoiceForm()
    if not form.validate_on_submit():
        return render_template("invoice_form.html", form=form, contact=contact)
    invoice = Invoice(
        contact=contact, purpose=form.purpose.data, total=form.total.data, issued_on=datetime.now(UTC).date()
    )
    db.session.add(invoice)
    db.session.flush()  # gives it its number
    issued = InvoiceIssued(number=invoice.number, total=invoice.total)
    current_log.record(issued, ref_of(contact), title=invoice.purpose, source=ref_of(invoice))
    db.session.commit()
    flash(text("Invoice {number} issued.", number=invoice.number))
    return redirect(url_for("contacts.show", id=contact.id))


@blueprint.get("/invoices/<int:id>")
def show(id: int) -> str:
    return render_template("invoice.html", invoice=_invoice_or_404(id))


@blueprint.post("/invoices/<int:id>/pay")
def pay(id: int) -> Response:
    invoice = _invoice_or_404(id)
    invoice.paid = True
    issued = current_log.timeline(ref_of(invoice)).filter(types="invoice.issued").first()
    current_log.transition(issued, "paid")  # what is paid already stays as it is
    db.session.commit()
    return redirect(url_for("invoices.show", id=invoice.id))


def _invoice_or_404(id: int) -> Invoice:
    visible = visible_contacts().with_only_columns(Contact.id).order_by(None)
    return db.first_or_404(select(Invoice).where(Invoice.id == id, Invoice.contact_id.in_(visible)))
