"""What is shown where a page is not there, not for who is asking, or a form was not made here."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException, NotFound

blueprint = Blueprint("problems", __name__)


@blueprint.app_errorhandler(NotFound)
def not_found(_: HTTPException) -> tuple[str, int]:
    return _page("Not here", "There is no such page, or it belongs to another team."), 404


@blueprint.app_errorhandler(Forbidden)
def forbidden(_: HTTPException) -> tuple[str, int]:
    return _page("Not for you", "Only an administrator sees this page."), 403


@blueprint.app_errorhandler(CSRFError)
def forged(_: HTTPException) -> tuple[str, int]:
    return _page(
        "Too old",
        "This form is too old, or was not made here: go back, load the page again, and send it once more.",
    ), 400


def _page(title: str, told: str) -> str:
    return render_template("problem.html", title=title, told=told)
