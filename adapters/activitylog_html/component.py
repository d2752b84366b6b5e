"""The timeline component: what a host's page shows, and what its URLs answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from activitylog import ActivityLog, Ref, RefLike, scope
from activitylog_html import pages
from activitylog_html.exchange import Answer, Asked
from activitylog_html.links import local_url
from activitylog_html.routes import answered
from activitylog_html.settings import Settings
from activitylog_html.speech import zone
from activitylog_html.tokens import Named, Tokens
from activitylog_html.view import view_of

if TYPE_CHECKING:
    from activitylog_html.live import LiveFeed

__all__ = ["TimelineComponent"]


class TimelineComponent:
    """Shows timelines on a host's pages, and answers what their links, forms and scripts ask. One per application.

    The logs that it is given are limited to the viewer: ``log.visible_to(viewer)``. Safe from several threads.

    Args:
        prefix: the URL under which ``answer`` is mounted, with a slash at its end.
        secret: the host's, by which the names of timelines in URLs are signed.
        static: from the name of a file, ``timeline.css`` or ``timeline.js``, to its URL on this site.
        tz: the zone in which times are shown where no other is given; a name or a tzinfo.
        page_size: entries, or groups of similar ones, on a page: 1 to 200.
        fold: how far similar neighbours may be apart to be shown as one.
        upload_max: bytes that the files of one form may have in all.
        live: gives what is recorded while a page is open; by default nothing does.

    Raises:
        InvalidInput: an argument does not fit.
    """

    def __init__(
        self,
        *,
        prefix: str,
        secret: str | bytes,
        static: Callable[[str], str],
        tz: Any = "UTC",
        page_size: int = 20,
        fold: timedelta = timedelta(hours=1),
        upload_max: int = 25_000_000,
        live: LiveFeed | None = None,
    ) -> None:
        self._settings = Settings(
            prefix=prefix,
            tokens=Tokens(secret),
            static=static,
            tz=tz,
            page_size=page_size,
            fold=fold,
            upload_max=upload_max,
            live=live,
        )

    def render(
        self,
        log: ActivityLog,
        *things: RefLike,
        asked: Asked,
        language: str | None = None,
        tz: Any = None,
        form: bool = True,
    ) -> Markup:
        """Return the timeline of things, or of everything of the tenant, as HTML for a page of the host's.

        What the page's URL asks for in parameters that begin with ``al-`` is shown; what it asks wrongly is told.

        Args:
            log: limited to the viewer.
            things: whose timeline it is; with their labels, which entries that are written here keep.
            asked: the request to the page.
            language: of all texts, by default that of the scope or the log.
            tz: the viewer's zone, by default the component's.
            form: whether people may write, edit and delete entries here.

        Raises:
            InvalidInput: a thing names nothing, or there is no such language or zone.
            StorageError: the store could not be read.
        """
        subjects = tuple(map(Ref.of, things))
        found = self._settings.tz if tz is None else zone(tz)
        named = _named(
            log,
            subjects,
            language=language or "",
            tz="" if tz is None else "UTC" if found is UTC else getattr(found, "key", ""),
            writes=form,
        )
        back = local_url(asked.url)
        with scope(language=language):
            view = view_of(self._settings, log, named, asked=asked, tz=found, subjects=subjects, back=back)
            return pages.component(view)

    def answer(self, log: ActivityLog, path: str, asked: Asked, *, tz: Any = None) -> Answer:
        """Return the answer to a request beneath the prefix; what a client does wrong has its status, and no error.

        The host has checked who asks, and for ``POST`` its protection against forged requests.

        Args:
            log: limited to the viewer.
            path: what follows the prefix.
            asked: the request.
            tz: the viewer's zone, where the page was rendered without one; by default the component's.
        """
        return answered(self._settings, log, path, asked, tz)

    def token(self, log: ActivityLog, *things: RefLike) -> str:
        """Return the signed name of the timeline of things, or of everything of the tenant: ``<prefix><token>/``.

        Raises:
            InvalidInput: a thing names nothing, or there is no tenant.
        """
        return self._settings.tokens.token(_named(log, tuple(map(Ref.of, things))))


def _named(log: ActivityLog, subjects: Sequence[Ref], **further: Any) -> Named:
    return Named(tenant=log.everything().tenants[0], subjects=tuple(map(str, subjects)), **further)
