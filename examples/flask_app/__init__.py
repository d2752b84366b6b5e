"""A small CRM on Flask whose contacts and companies have timelines: `make serve`, and http://127.0.0.1:8000."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask import Flask, Response

import sample_crm
from flask_app import history, texts  # noqa: F401 -- history registers what the log asks
from flask_app.extensions import activity, csrf, db, login
from flask_app.models import User
from flask_app.seed import seed_command
from flask_app.settings import settings
from flask_app.views import accounts, admin, companies, contacts, invoices, mail, problems

__all__ = ["create_app"]

STATIC = Path(sample_crm.__file__).parent / "static"
VIEWS = (accounts, admin, companies, contacts, invoices, mail, problems)


def create_app(store: str | None = None, **config: Any) -> Flask:
    """Return the application; `store` is the URL of its database, by default $STORE, else a SQLite file."""
    folder = Path(config.pop("INSTANCE", "build/flask_app")).absolute()
    app = Flask("flask_app", instance_path=str(folder), static_folder=STATIC)
    app.config.update(settings(store or os.environ.get("STORE", ""), folder), **config)
    for extension in (db, login, csrf, activity):
        extension.init_app(app)
    for view in VIEWS:
        app.register_blueprint(view.blueprint)
    app.jinja_env.globals.update(t=texts.text, language=texts.language)
    app.jinja_env.filters.update(day=texts.day, money=texts.money)
    app.cli.add_command(seed_command)
    app.after_request(_nothing_from_elsewhere)
    return app


@login.user_loader
def load_user(id: str) -> User | None:
    return db.session.get(User, int(id))


def _nothing_from_elsewhere(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
    return response
