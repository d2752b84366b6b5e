"""Two teams, which are groups: whose contacts somebody sees, and whose activities.

A contact belongs to its company and to its team. So the timeline of a company holds the entries of its contacts, and
whatever is recorded about a contact, by a form, a tracked change, an imported mail, carries the contact's team.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext_noop

from activitylog import Draft, Ref, Viewer
from activitylog.errors import Refused
from activitylog.storage import Field, Has, Where
from crm.middleware import user_of_now
from crm.models import Contact

TEAMS = (gettext_noop("north"), gettext_noop("south"))


def parents(refs: Collection[Ref]) -> Mapping[Ref, list[str]]:
    """Tell the log to whom contacts belong when something is recorded about them."""
    ids = [int(ref.id) for ref in refs if ref.kind == "crm.contact"]
    if not ids:
        return {}
    found = Contact.objects.filter(pk__in=ids).values_list("pk", "team__name", "company")
    return {
        Ref("crm.contact", id): [f"team:{team}"] if company is None else [f"team:{team}", f"crm.company:{company}"]
        for id, team, company in found
    }


def policy(viewer: Viewer) -> Where:
    """Tell the log what a viewer sees: what belongs to one of their teams. Superusers are not asked."""
    return Has(Field.LINKS, [name for name in viewer.principals if name.startswith("team:")])


def refuse_contacts_of_others(sender: object, *, drafts: Sequence[Draft]) -> None:
    """Nobody records about a contact of another team; connected to `signals.recording`."""
    user = user_of_now()
    if user is None or user.is_superuser:
        return
    about = {int(ref.id) for draft in drafts for ref in draft.subjects if ref.kind == "crm.contact"}
    if about and Contact.objects.filter(pk__in=about).exclude(team__in=user.groups.all()).exists():
        raise Refused("this contact belongs to another team")
