"""For administrators: everything that happened, searchable."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask_login import current_user

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.get("/activities")
def activities() -> str:
    if not current_user.is_admin:
        abort(403)
    return render_template("activities.html")
