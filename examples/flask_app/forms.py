"""The forms of the app's pages; those of the timeline are its own."""

from __future__ import annotations

from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy import select
from wtforms import DecimalField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from flask_app.extensions import db
from flask_app.models import Company, Contact
from flask_app.texts import language, text

ADDRESS = r"[^@\s]+@[^@\s]+$"


class Form(FlaskForm):
    class Meta(FlaskForm.Meta):
        @property
        def locales(self) -> list[str]:
            return [language()]


class SignInForm(Form):
    login = StringField("User name", [InputRequired(), Length(max=50)], render_kw={"autocomplete": "username"})
    password = PasswordField("Password", [InputRequired()], render_kw={"autocomplete": "current-password"})


class ContactForm(Form):
    name = StringField("Name", [InputRequired(), Length(max=100)])
    email = StringField("E-mail", [Optional(), Length(max=200), Regexp(ADDRESS)], render_kw={"type": "email"})
    phone = StringField("Phone", [Length(max=50)], render_kw={"type": "tel"})
    city = StringField("City", [Length(max=100)])
    company_id = SelectField("Company", coerce=lambda given: int(given) if given else None)
    team = SelectField("Team")

    def __init__(self, contact: Contact) -> None:
        super().__init__(obj=contact)
        companies = db.session.scalars(select(Company).order_by(Company.name))
        self.company_id.choices = [("", "–"), *((each.id, each.name) for each in companies)]
        self.team.choices = [(name, text(name)) for name in current_user.teams]
        if contact.id:  # what is recorded of a contact belongs to the team of that time: it stays there
            del self.team


class InvoiceForm(Form):
    purpose = StringField("For", [InputRequired(), Length(max=200)])
    total = DecimalField(
        "Amount in euros",
        [InputRequired(), NumberRange(min=0.01, max=1_000_000)],
        render_kw={"type": "number", "step": "0.01", "min": "0.01", "max": "1000000"},
    )


class MailForm(Form):
    message = TextAreaField("Message as text, with its headers", render_kw={"rows": 12})
    file = FileField("or a file (.eml)", render_kw={"accept": ".eml,message/rfc822"})
