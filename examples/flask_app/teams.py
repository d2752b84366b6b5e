"""Two teams: whose contacts somebody sees, and whose activities.

A contact belongs to its company and to its team. So the timeline of a company holds the entries of its contacts, and
whatever is recorded about a contact, by a form, a tracked change, an imported mail, carries the contact's team.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_login import current_user
from sqlalchemy import Select, select

from activitylog import Draft, Ref, Viewer
from activitylog.errors import Refused
from activitylog.storage import ALWAYS, Field, Has, Where
from flask_app.extensions import db
from flask_app.models import Contact

TEAMS = ("north", "south")
ALL_TEAMS = "teams.all"
"""The permission of administrators."""


def visible_contacts() -> Select[tuple[Contact]]:
    """Return the contacts of the teams of who is signed in."""
    return select(Contact).where(Contact.team.in_(current_user.teams)).order_by(Contact.name)


def contact_or_404(id: int) -> Contact:
    """Return a contact; one of another team is as one that is not there."""
    return db.first_or_404(visible_contacts().where(Contact.id == id))


def viewer_of(user: Any) -> Viewer:
    """Return who is asking."""
    if not user.is_authenticated:
        return Viewer(internal=False)
    teams = [f"team:{name}" for name in user.teams]
    return Viewer([user.__activity_ref__(), *teams], permissions=[ALL_TEAMS] if user.is_admin else [])


def parents(refs: Collection[Ref]) -> Mapping[Ref, list[str]]:
    """Tell the log to whom contacts belong when something is recorded about them."""
    ids = [int(ref.id) for ref in refs if ref.kind == "contact"]
    if not ids:
        return {}
    found = db.session.execute(select(Contact.id, Contact.team, Contact.company_id).where(Contact.id.in_(ids)))
    return {
        Ref("contact", id): [f"team:{team}"] if company is None else [f"team:{team}", f"company:{company}"]
        for id, team, company in found
    }


def policy(viewer: Viewer) -> Where:
    """Tell the log what a viewer sees: what belongs to one of their teams."""
    if ALL_TEAMS in viewer.permissions:
        return ALWAYS
    return Has(Field.LINKS, [name for name in viewer.principals if name.startswith("team:")])


def refuse_contacts_of_others(sender: object, *, drafts: Sequence[Draft]) -> None:
    """Nobody records about a contact of another team; connected to `signals.recording`."""
    if not current_user or not current_user.is_authenticated:  # a command, or nobody: the app sees to that elsewhere
        return
    about = {int(ref.id) for draft in drafts for ref in draft.subjects if ref.kind == "contact"}
    others = select(Contact.id).where(Contact.id.in_(about), Contact.team.not_in(current_user.teams))
    if about and db.session.execute(others).first():
        raise Refused("this contact belongs to another team")
