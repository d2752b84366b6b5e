"""A host with one page that shows a timeline, and a person who looks at it without running scripts."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import define, field

from activitylog import ActivityLog, Actor, RefLike, Viewer, scope
from activitylog_html import Answer, Asked, TimelineComponent, Upload
from html_component.page import Element, read

PREFIX = "/timeline/"
FRAGMENT = {"x-activitylog": "fragment"}


@define
class Browser:
    """Lea, who is asked who she is by nobody."""

    component: TimelineComponent
    log: ActivityLog
    things: Sequence[RefLike]
    viewer: Viewer = field(factory=lambda: Viewer(["user:3"]))
    actor: Actor = field(factory=lambda: Actor.user(3, "Lea Müller"))
    tenant: str = "default"
    options: dict[str, Any] = field(factory=dict)
    home: str = "/contacts/42"

    def page(self, url: str = "") -> Element:
        """The host's page, or what it shows at a link."""
        asked = _asked("GET", (url or self.home).partition("#")[0])
        with scope(actor=self.actor, tenant=self.tenant):
            limited = self.log.visible_to(self.viewer)
            return read(self.component.render(limited, *self.things, asked=asked, **self.options))

    def ask(self, url: str, headers: Mapping[str, str] = {}) -> Answer:
        """What the component answers at a URL beneath its prefix."""
        return self.send("GET", url, headers=headers)

    def send(
        self,
        method: str,
        url: str,
        form: Mapping[str, Sequence[str]] = {},
        files: Sequence[tuple[str, bytes]] = (),
        headers: Mapping[str, str] = {},
        types: Sequence[str] = (),
    ) -> Answer:
        assert url.startswith(PREFIX), url
        kinds = [*types, *["application/octet-stream"] * len(files)]
        uploads = [
            Upload(name=name, media_type=kind, stream=io.BytesIO(content))
            for (name, content), kind in zip(files, kinds, strict=False)
        ]
        asked = _asked(method, url, form=form, files={"al-files": uploads} if files else {}, headers=headers)
        with scope(actor=self.actor, tenant=self.tenant):
            limited = self.log.visible_to(self.viewer)
            return self.component.answer(limited, urlsplit(url).path.removeprefix(PREFIX), asked)

    def submit(
        self, form: Element, /, files: Sequence[tuple[str, bytes]] = (), headers: Mapping[str, str] = {}, **values: str
    ) -> Answer:
        """Fills in a form and sends it."""
        fields = {**form.fields, **{f"al-{name}": [value] for name, value in values.items()}}
        return self.send("POST", form["action"], fields, files, headers)

    def url(self, *things: RefLike, rest: str = "") -> str:
        with scope(tenant=self.tenant):
            return f"{PREFIX}{self.component.token(self.log, *(things or self.things))}/{rest}"


def shown(answer: Answer) -> Element:
    return read(str(answer.body))


def _asked(method: str, url: str, **more: Any) -> Asked:
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    return Asked(method=method, url=url, query=query, csrf='<input type="hidden" name="csrf" value="c">', **more)
