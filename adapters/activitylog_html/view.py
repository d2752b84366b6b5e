"""One request to the component: whose timeline it is about, who reads it, and where it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from uuid import UUID

from attrs import evolve, field, frozen
from markupsafe import Markup

from activitylog import Activity, ActivityLog, ActivityType, Ref, Timeline
from activitylog.language import translated
from activitylog.statuses import following
from activitylog_html.arguments import Arguments
from activitylog_html.exchange import Asked
from activitylog_html.links import Address, local_url
from activitylog_html.settings import Settings
from activitylog_html.speech import Speech
from activitylog_html.tokens import BadToken, Named

__all__ = ["FRAGMENT", "View", "back_of", "view_of"]

FRAGMENT = "x-activitylog"
"""The header by which the script asks for a piece of a page."""


@frozen(kw_only=True)
class View:
    """What all that is shown in answer to one request has in common.

    Attributes:
        log: limited to the viewer.
        subjects: whose timeline it is, with labels where they are known; none for everything.
        address: the page on which the timeline is shown, and ``arguments`` what of it.
        back: the URL of both, to come back to.
    """

    settings: Settings
    log: ActivityLog
    named: Named
    subjects: tuple[Ref, ...]
    timeline: Timeline[Activity]
    speech: Speech
    asked: Asked = field(repr=False)
    address: Address
    arguments: Arguments = Arguments()
    back: str

    @property
    def base(self) -> str:
        """The URL of this timeline in the component, with a slash at its end."""
        return f"{self.settings.prefix}{self.settings.tokens.token(self.named)}/"

    @property
    def csrf(self) -> Markup:
        """The host's hidden field, which is safe HTML."""
        return Markup(self.asked.csrf)  # noqa: S704 -- the host's own

    @property
    def wants_fragment(self) -> bool:
        """Whether the script asks, for a piece of a page."""
        return FRAGMENT in self.asked.headers

    @property
    def deleted(self) -> str:
        """The id of the entry that was just deleted here, to offer that it comes back; or an empty text."""
        try:
            return str(UUID((self.asked.query.get("al-deleted") or ("",))[-1]))
        except ValueError:
            return ""

    def placed(self) -> View:
        """Return the view with the arguments that are asked for.

        Raises:
            InvalidInput: one is not possible.
        """
        arguments = Arguments.of(self.asked.query)
        return evolve(self, arguments=arguments, back=self.address.to(arguments))

    @property
    def unnamed(self) -> tuple[Ref, ...]:
        """The subjects whose labels are asked for, where entries about them can be written here."""
        return tuple(ref for ref in self.subjects if not ref.label) if self.recordable else ()

    @property
    def recordable(self) -> tuple[ActivityType, ...]:
        """The types of which the viewer may write entries here, and would see them."""
        viewer = self.timeline.viewer
        own = not viewer.own.isdisjoint(map(str, self.subjects))

        def offered(declared: ActivityType) -> bool:
            seen = not declared.permission or declared.permission in viewer.permissions
            meant = viewer.internal or (own and declared.visibility == "customer")
            possible = declared.manual and not declared.retired and declared.data is None
            return possible and ((seen and meant) or not viewer.is_limited)

        return tuple(filter(offered, self.log.types)) if self.named.writes and self.subjects else ()

    def may_change(self, activity: Activity) -> bool:
        """Tell whether the viewer may edit and delete an entry here."""
        whole = activity.manual and not activity.redacted and not activity.deleted
        return self.named.writes and whole and self.timeline.viewer.may_edit(activity.editors)

    def statuses_after(self, activity: Activity) -> dict[str, str]:
        """Return the statuses to which the viewer may lead an entry here, with their names for people."""
        declared = self.log.types.get(activity.type) if self.may_change(activity) else None
        if declared is None or declared.of_subject:
            return {}
        known, language = declared.statuses, self.timeline.language
        return {name: translated(known[name].label, language) or name for name in following(known, activity.status)}


def view_of(
    settings: Settings,
    log: ActivityLog,
    named: Named,
    *,
    asked: Asked,
    tz: tzinfo,
    subjects: Sequence[Ref] = (),
    back: str = "",
) -> View:
    """Return the view of what a token names; ``subjects`` are its subjects with labels, where they are known.

    Raises:
        BadToken: it is of another tenant.
    """
    timeline = log.timeline(*named.subjects) if named.subjects else log.everything()
    if timeline.tenants != (named.tenant,):
        raise BadToken
    back = back or f"{settings.prefix}{settings.tokens.token(named)}/"
    return View(
        settings=settings,
        log=log,
        named=named,
        subjects=tuple(subjects or map(Ref.of, named.subjects)),
        timeline=timeline,
        speech=Speech.of(timeline.language, tz),
        asked=asked,
        address=Address.of(back),
        back=back,
    )


def back_of(asked: Asked) -> str:
    """Return the URL that the browser says it shows the timeline at, if that is one of this site; or nothing."""
    given = asked.form.get("al-back") or asked.query.get("al-back") or ("",)
    return local_url(given[-1])
