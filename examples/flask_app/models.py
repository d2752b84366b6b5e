"""Users, companies, contacts and invoices: ordinary models, which know nothing of the log."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_login import UserMixin
from sqlalchemy import JSON, ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash

from activitylog import Ref
from flask_app.extensions import db


class User(UserMixin, db.Model):
    __tablename__ = "account"  # "user" is a word of SQL

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(50), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(255))
    teams: Mapped[list[str]] = mapped_column(JSON)
    is_admin: Mapped[bool] = mapped_column(default=False)

    def set_password(self, password: str) -> None:
        self.password_hash = generate_password_hash(password)

    def has_password(self, password: str) -> bool:
        return check_password_hash(self.password_hash, password)

    def __activity_ref__(self) -> Ref:
        """How activities name this user; without it the table's name would be the kind."""
        return Ref("user", self.id, self.name)


class Company(db.Model):
    __tablename__ = "company"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    city: Mapped[str] = mapped_column(String(100), default="")
    contacts: Mapped[list[Contact]] = relationship(back_populates="company", order_by="Contact.name")

    def __str__(self) -> str:
        return self.name


class Contact(db.Model):
    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(200), default="", index=True)
    phone: Mapped[str] = mapped_column(String(50), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    company: Mapped[Company | None] = relationship(back_populates="contacts")
    invoices: Mapped[list[Invoice]] = relationship(back_populates="contact", order_by="Invoice.id.desc()")

    def __str__(self) -> str:
        """What activities call this contact, also when it is gone."""
        return self.name


class Invoice(db.Model):
    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    contact: Mapped[Contact] = relationship(back_populates="invoices")
    purpose: Mapped[str] = mapped_column(String(200))
    total: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    issued_on: Mapped[date]
    paid: Mapped[bool] = mapped_column(default=False)

    @property
    def number(self) -> str:
        return f"{self.issued_on.year}-{self.id:04}"

    def __str__(self) -> str:
        return self.number
