"""A small Flask application: users who sign in, contacts, and views that record; made by a factory, on any database."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, render_template_string, request
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from activitylog import Ref, TypeRegistry, standard
from activitylog_flask import ActivityLogExtension, current_log

db = SQLAlchemy()
login = LoginManager()
PAGE = "<!doctype html><title>Contact</title>{{ activity_timeline(*things) }}"


class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(50))

    def __activity_ref__(self) -> Ref:
        return Ref("user", self.id, self.name)


class Contact(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(50))

    def __str__(self) -> str:
        return self.name


class Line(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "line"
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Deal(db.Model):  # type: ignore[name-defined,misc]
    """Tracked, once a test has said so."""

    __tablename__ = "deal"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(50))


@login.user_loader
def load_user(id: str) -> User | None:
    return db.session.get(User, int(id))


def types() -> TypeRegistry:
    found = TypeRegistry(standard.types)
    found.define("seen", label={"en": "Seen", "de": "Gesehen"})
    return found


def make_app(activity: ActivityLogExtension, url: str | None, **config: Any) -> Flask:
    """Return an application; ``url`` is its database, or None for none."""
    app = Flask("crm")
    app.config.update(SECRET_KEY="secret", TESTING=True, ACTIVITYLOG_TYPES=types(), **config)
    if url is not None:
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        db.init_app(app)
        login.init_app(app)
    activity.init_app(app)
    _add_views(app)
    return app


def fill(app: Flask, users: int = 5) -> None:
    """Make the tables of the app and of its log, with users and contacts of the same numbers."""
    with app.app_context():
        db.create_all()
        db.session.add_all(User(id=number, name=f"User {number}") for number in range(1, users + 1))
        db.session.add_all(Contact(id=number, name=f"Contact {number}") for number in range(1, users + 1))
        db.session.commit()
        app.extensions["activitylog"].placed.base.migrate()


def _add_views(app: Flask) -> None:
    @app.get("/sign-in/<int:number>")
    def sign_in(number: int) -> str:
        login_user(db.session.get(User, number))
        return current_user.name

    @app.get("/sign-out")
    def sign_out() -> str:
        logout_user()
        return "bye"

    @app.get("/contact/<int:number>")
    def contact(number: int) -> str:
        return render_template_string(PAGE, things=[db.session.get(Contact, number)])

    @app.get("/everything")
    def everything() -> str:
        return render_template_string(PAGE, things=[])

    @app.post("/contact/<int:number>/rename")
    def rename(number: int) -> str:
        found = db.session.get(Contact, number)
        found.name = request.form["name"]
        entry = current_log.record("seen", found_ref(number), note=found.name)
        match request.form.get("then", ""):
            case "fail":
                raise RuntimeError("on second thoughts")
            case "abort":
                abort(418)
            case "rollback":
                db.session.rollback()
            case "forget":
                return "not committed"
        db.session.commit()
        return str(entry.id)


def found_ref(number: int) -> str:
    return f"contact:{number}"
