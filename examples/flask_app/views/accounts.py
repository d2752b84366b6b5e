"""Signing in and out, and the language of the pages."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from flask_app.extensions import db
from flask_app.forms import SignInForm
from flask_app.models import User
from flask_app.texts import LANGUAGES, text
from sample_crm.people import PASSWORDS

blueprint = Blueprint("accounts", __name__)
FOR_EVERYBODY = ("accounts.sign_in", "accounts.choose_language", "static", "activitylog.static")


@blueprint.before_app_request
def sign_in_first() -> Response | None:
    """Nothing is shown to who is not signed in: no page, and no URL of the timeline either."""
    if current_user.is_authenticated or request.endpoint in FOR_EVERYBODY:
        return None
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> str | Response:
    form = SignInForm()
    if form.validate_on_submit():
        user = db.session.scalar(select(User).where(User.login == form.login.data))
        if user is not None and user.has_password(form.password.data):
            login_user(user)
            return redirect(url_for("contacts.index"))
        form.password.errors = [text("Name and password do not fit.")]
    users = db.session.scalars(select(User).order_by(User.id))
    return render_template("sign_in.html", form=form, users=users, passwords=PASSWORDS)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    logout_user()
    return redirect(url_for("accounts.sign_in"))


@blueprint.post("/language")
def choose_language() -> Response:
    if request.form.get("language") in LANGUAGES:
        session["language"] = request.form["language"]
    back = request.form.get("back", "")
    return redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
