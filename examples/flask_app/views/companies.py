"""Companies, each with the timeline of its contacts."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import select

from flask_app.extensions import db
from flask_app.models import Company, Contact
from flask_app.teams import visible_contacts

blueprint = Blueprint("companies", __name__, url_prefix="/companies")


@blueprint.get("/")
def index() -> str:
    return render_template("companies.html", companies=db.session.scalars(select(Company).order_by(Company.name)).all())


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    company = db.get_or_404(Company, id)
    contacts = db.session.scalars(visible_contacts().where(Contact.company_id == id)).all()
    return render_template("company.html", company=company, contacts=contacts)
