"""The timeline component: what a host's page shows, and what its URLs answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from activitylog import ActivityLog, RefLike, scope
from markupsafe import Markup, escape

from activitylog_html.exchange import Answer, Asked
from activitylog_html.tokens import BadToken, Named, Tokens

if TYPE_CHECKING:
    from activitylog_html.live import LiveFeed

__all__ = ["TimelineComponent"]


class TimelineComponent:
    """Shows timelines on a host's pages, and answers what their links, forms and scripts ask."""

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
        self._prefix = prefix
        self._tokens = Tokens(secret)
        self._static = static
        self._tz = tz
        self._page_size = page_size
        self._fold = fold
        self._upload_max = upload_max
        self._live = live

    def render(
        self,
        log: ActivityLog,
        *things: RefLike,
        asked: Asked,
        language: str | None = None,
        tz: Any = None,
        form: bool = True,
    ) -> Markup:
        """Return the timeline of things, or of everything of the tenant, for a page of the host's."""
        with scope(language=language):
            timeline = log.timeline(*things) if things else log.everything()
        entries = Markup("").join(Markup("<li>{}</li>").format(entry.summary) for entry in timeline.page())
        address = f"{self._prefix}{self.token(log, *things)}/"
        return Markup('<section class="al" data-al-url="{}"><ol>{}</ol></section>').format(address, entries)

    def answer(self, log: ActivityLog, path: str, asked: Asked, *, tz: Any = None) -> Answer:
        """Return the answer to what the browser asks under the prefix."""
        token, _, rest = path.partition("/")
        try:
            named = self._tokens.named(token)
            timeline = log.timeline(*named.subjects) if named.subjects else log.everything()
            if named.tenant != timeline.tenants[0]:
                raise BadToken  # noqa: TRY301
        except BadToken:
            return Answer(status=404, body=str(escape("Not found")))
        if rest == "entries.json":
            import orjson

            return Answer(body=orjson.dumps(timeline.page().to_dict()), media_type="application/json")
        return Answer(body=str(self.render(log, *named.subjects, asked=asked, tz=tz)))

    def token(self, log: ActivityLog, *things: RefLike) -> str:
        """Return the signed name of the timeline of things, or of everything of the tenant."""
        from activitylog import Ref

        return self._tokens.token(
            Named(tenant=log.everything().tenants[0], subjects=tuple(str(Ref.of(thing)) for thing in things))
        )
