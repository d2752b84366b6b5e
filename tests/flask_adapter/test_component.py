"""The timeline on pages and its URLs: what people may do there, and what is refused, with nothing written."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect

from activitylog import ActivityLog, Actor, Viewer
from activitylog.errors import InvalidInput
from activitylog_flask import ActivityLogExtension
from activitylog_flask.blueprint import _response
from activitylog_html import Answer
from flask_adapter.crm_site import make_app

Site = Callable[..., Flask]


def base(app: Flask) -> ActivityLog:
    with app.app_context():
        return app.extensions["activitylog"].placed.base


def signed_in(app: Flask, number: int = 3) -> FlaskClient:
    client = app.test_client()
    client.get(f"/sign-in/{number}")
    return client


def address(page: str) -> str:
    """Return the URL of the timeline that a page shows."""
    found = re.search(r"/activitylog/[A-Za-z0-9_-]{40,}/", page)
    assert found is not None
    return found[0]


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def form(page: str, **fields: Any) -> dict[str, Any]:
    """Return what a browser sends that fills in the form of a new entry."""
    start = page.index("<form", page.index("record") - 300)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page[start:])
    return {**dict(hidden), "al-type": "note", **{f"al-{name}": value for name, value in fields.items()}}


@pytest.fixture
def app(tmp_path: Path, site: Site) -> Flask:
    return site(f"sqlite:///{tmp_path / 'crm.db'}", ACTIVITYLOG_FILES=str(tmp_path / "files"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return signed_in(app)


def test_a_page_shows_the_timeline_of_its_object(app: Flask, client: FlaskClient):
    log = base(app)
    log.record("note", "contact:1", note="about one", actor=Actor.user(3))
    log.record("note", "contact:2", note="about two", actor=Actor.user(3))
    page = client.get("/contact/1").text
    assert "about one" in page
    assert "about two" not in page
    assert "about two" in client.get("/everything").text
    assert "about one" not in app.test_client().get("/contact/1").text, "nobody is signed in"


def test_the_static_files_are_served(app: Flask, client: FlaskClient):
    page = client.get("/contact/1").text
    for name in ("timeline.css", "timeline.js"):
        assert f"/activitylog/static/{name}" in page
        with client.get(f"/activitylog/static/{name}") as answer:
            assert answer.status_code == 200
    assert client.get("/activitylog/static/../templates/page.html").status_code == 404


def test_an_entry_is_recorded_with_a_file_and_kept(app: Flask, client: FlaskClient):
    page = client.get("/contact/1").text
    files = {"al-files": (BytesIO(b"quote"), "quote.txt", "text/plain")}
    answer = client.post(f"{address(page)}record", data={**form(page, note="Called"), **files})
    assert answer.status_code == 303
    [entry] = base(app).timeline("contact:1")
    assert (entry.note, entry.actor, entry.subjects[0].label) == ("Called", Actor.user(3), "Contact 1")
    assert [file.filename for file in entry.attachments] == ["quote.txt"]
    assert "Called" in client.get("/contact/1").text
    kept = client.get(f"{address(page)}files/{entry.id}/{entry.attachments[0].id}")
    assert (kept.data, kept.mimetype) == (b"quote", "text/plain")


def test_json_is_to_be_had(app: Flask, client: FlaskClient):
    base(app).record("note", "contact:1", note="Called", actor=Actor.user(3))
    answer = client.get(f"{address(client.get('/contact/1').text)}entries.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert "Called" in answer.text


@pytest.mark.parametrize("token", [{}, {"activitylog_csrf": ""}, {"activitylog_csrf": "forged"}, {"csrf_token": "x"}])
def test_a_forged_form_writes_nothing(app: Flask, client: FlaskClient, token: dict[str, str]):
    page = client.get("/contact/1").text
    sent = form(page, note="forged")
    del sent["activitylog_csrf"]
    assert client.post(f"{address(page)}record", data={**sent, **token}).status_code == 400
    other = signed_in(app, 4)
    assert other.post(f"{address(page)}record", data=form(page, note="of another session")).status_code == 400
    unseen = signed_in(app)  # to which no page was shown yet
    assert unseen.post(f"{address(page)}record", data={**sent, **token}).status_code == 400
    assert not base(app).everything().exists()


def test_the_protection_of_flask_wtf_is_the_one_that_counts(tmp_path: Path, site: Site):
    app = site(f"sqlite:///{tmp_path / 'crm.db'}", WTF_CSRF_CHECK_DEFAULT=False)
    CSRFProtect(app)
    client = signed_in(app)
    page = client.get("/contact/1").text
    assert "activitylog_csrf" not in page
    sent = form(page, note="Called")
    forged = {**sent, "csrf_token": "forged"}
    assert client.post(f"{address(page)}record", data=forged).status_code == 400
    assert not base(app).everything().exists()
    assert client.post(f"{address(page)}record", data=sent).status_code == 303
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post(f"{address(page)}record", data=forged).status_code == 303
    assert base(app).everything().count() == 2


def test_a_token_that_was_changed_is_not_found(app: Flask, client: FlaskClient, tmp_path: Path, site: Site):
    base(app).record("note", "contact:1", note="Called", actor=Actor.user(3))
    page = client.get("/contact/1").text
    at = address(page)
    token = at.split("/")[-2]
    other_secret = site(f"sqlite:///{tmp_path / 'other.db'}")
    other_secret.secret_key = "another"
    foreign = address(signed_in(other_secret).get("/contact/1").text)
    for wrong in (at[:-9] + "/", at.replace(token[:8], "A" * 8), foreign, "/activitylog/x/", "/activitylog/-/record"):
        assert client.get(f"{wrong}entries.json").status_code == 404
        assert client.post(f"{wrong}record", data=form(page, note="x")).status_code == 404
    assert base(app).everything().count() == 1


def test_a_token_of_another_tenant_is_not_found(tmp_path: Path, activity: ActivityLogExtension, site: Site):
    app = site(f"sqlite:///{tmp_path / 'crm.db'}")
    tenants = ["south"]
    activity.tenant_loader(lambda: tenants[-1])
    client = signed_in(app)
    page = client.get("/contact/1").text
    tenants.append("north")
    assert client.get(address(page)).status_code == 404
    assert client.post(f"{address(page)}record", data=form(page, note="x")).status_code == 404
    tenants.append("south")
    assert client.get(address(page)).status_code == 200


def test_who_may_not_edit_does_not_and_who_may_not_see_is_told_of_nothing(app: Flask, client: FlaskClient):
    log = base(app)
    lea = Actor.user(3)
    mine = log.record("note", "contact:1", note="mine", editors="user:4", actor=lea)
    hidden = log.record("note", "contact:1", note="hidden", readers="user:4", actor=lea)
    page = client.get("/contact/1").text
    sent = form(page, note="changed", version="1")
    assert client.post(f"{address(page)}entries/{mine.id}/edit", data=sent).status_code == 403
    assert client.post(f"{address(page)}entries/{mine.id}/delete", data=sent).status_code == 403
    assert client.post(f"{address(page)}entries/{hidden.id}/edit", data=sent).status_code == 404
    assert [log.get(entry).version for entry in (mine, hidden)] == [1, 1]


class Made(RawIOBase):
    """The body of a form with a file of 100 MB, which is made while it is read."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self.head[: len(buffer)] or (b"x\n" * len(buffer))[: min(len(buffer), 100_000_000 - self.given)]
        self.head = self.head[len(part) :]
        buffer[: len(part)] = part
        self.given += len(part)
        return len(part)


@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")  # where Werkzeug stops reading, it leaves it so
@pytest.mark.parametrize("declared", [True, False])
def test_100_megabytes_are_refused_before_they_are_read(app: Flask, client: FlaskClient, declared: bool):
    page = client.get("/contact/1").text
    sent = form(page, note="x")
    head = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in sent.items())
    body = Made(f'{head}--b\r\nContent-Disposition: form-data; name="al-files"; filename="big"\r\n\r\n'.encode())
    answer = client.post(
        f"{address(page)}record",
        environ_overrides={
            "CONTENT_TYPE": "multipart/form-data; boundary=b",
            "wsgi.input": body,
            **({"CONTENT_LENGTH": "100000000"} if declared else {"HTTP_TRANSFER_ENCODING": "chunked"}),
            "wsgi.input_terminated": True,
        },
    )
    assert answer.status_code == 413
    gc.collect()
    assert body.given == 0 if declared else 25_000_000 < body.given < 27_000_000
    assert not base(app).everything().exists()


def test_the_limit_of_the_app_holds_where_it_is_smaller(tmp_path: Path, site: Site):
    app = site(f"sqlite:///{tmp_path / 'crm.db'}", MAX_CONTENT_LENGTH=10_000, ACTIVITYLOG_FILES=str(tmp_path / "f"))
    client = signed_in(app)
    page = client.get("/contact/1").text
    sent = {**form(page, note="x"), "al-files": (BytesIO(b"x" * 20_000), "big.txt")}
    assert client.post(f"{address(page)}record", data=sent).status_code == 413
    assert not base(app).everything().exists()


def test_a_component_wants_a_secret_and_urls(tmp_path: Path, activity: ActivityLogExtension, site: Site):
    app = site(f"sqlite:///{tmp_path / 'crm.db'}")
    app.secret_key = None
    with app.test_request_context("/"), pytest.raises(InvalidInput, match="SECRET_KEY: is not set"):
        render_template_string("{{ activity_timeline() }}")
    without = make_app(ActivityLogExtension(), None, ACTIVITYLOG_STORE="memory://", ACTIVITYLOG_URL_PREFIX=None)
    with without.test_request_context("/"), pytest.raises(InvalidInput, match="ACTIVITYLOG_URL_PREFIX: is None"):
        render_template_string("{{ activity_timeline() }}")


def test_an_app_below_another_path_keeps_its_urls(app: Flask):
    client = app.test_client()
    client.get("/sign-in/3", base_url="http://localhost/crm/")
    page = client.get("/contact/1", base_url="http://localhost/crm/").text
    assert "/crm/activitylog/static/timeline.css" in page
    assert client.get("/contact/1").text.count("/crm/") == 0


def test_a_log_elsewhere_keeps_what_is_written_on_a_page(tmp_path: Path, site: Site):
    app = site(f"sqlite:///{tmp_path / 'crm.db'}", ACTIVITYLOG_STORE="memory://")
    client = signed_in(app)
    page = client.get("/contact/1").text
    sent = {**form(page, note="Called"), "al-files": (BytesIO(b"x"), "x.txt")}
    assert client.post(f"{address(page)}record", data=sent).status_code == 303
    [entry] = base(app).timeline("contact:1")
    edited = form(page, note="Called twice", version="1")
    assert client.post(f"{address(page)}entries/{entry.id}/edit", data=edited).status_code == 303
    assert [each.note for each in base(app).timeline("contact:1")] == ["Called twice"]


def test_what_the_log_costs_beside_the_application(app: Flask, activity: ActivityLogExtension):
    from sqlalchemy import event

    from activitylog_flask import current_log
    from flask_adapter.crm_site import db

    log = base(app)
    for number in range(20):
        log.record("note", "contact:1", note=str(number), actor=Actor.user(3))
    activity.viewer_loader(lambda: Viewer(["user:3"]))
    activity.actor_loader(lambda: Actor.user(3))
    app.add_url_rule("/page", view_func=lambda: render_template_string("{{ activity_timeline('contact:1') }}"))

    @app.post("/note")
    def note() -> str:
        current_log.record("note", "contact:1")
        db.session.commit()
        return ""

    statements: list[str] = []

    def watch(connection: Any, *_: Any) -> None:
        connection.set_trace_callback(statements.append)

    with app.app_context():
        event.listen(db.engine, "checkout", watch)
    client = app.test_client()
    for ask, most in ((lambda: client.get("/page"), 3), (lambda: client.post("/note"), 2)):
        ask()
        statements.clear()
        assert ask().status_code == 200
        found = [
            one for one in statements if not one.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"))
        ]
        assert len(found) <= most


def test_what_is_recorded_meanwhile_comes_to_an_open_page(tmp_path: Path, site: Site):
    app = site(f"sqlite:///{tmp_path / 'crm.db'}", ACTIVITYLOG_LIVE=True)
    client = signed_in(app)
    page = client.get("/contact/1").text
    stream = client.get(f"{address(page)}live")
    assert (stream.status_code, stream.mimetype) == (200, "text/event-stream")
    events = stream.iter_encoded()
    next(events)
    other = signed_in(app, 4)
    base(app).record("note", "contact:1", note="not for three", readers="user:4", actor=Actor.user(4))
    other.post("/contact/1/rename", data={"name": "Kim"})
    seen = b""
    while b"Kim" not in seen:
        seen += next(events)
    assert b"not for three" not in seen
    stream.close()


def test_what_nobody_has_begun_to_read_is_closed(app: Flask):
    class Body(list[bytes]):
        closed = False

        def close(self) -> None:
            self.closed = True

    body = Body([b"x"])
    with app.test_request_context("/"):
        _response(Answer(body=body)).close()
    assert body.closed


def test_without_live_entries_there_is_no_stream(client: FlaskClient):
    assert client.get(f"{address(client.get('/contact/1').text)}live").status_code == 404


def test_links_lead_back_to_the_page_wherever_the_app_is_mounted(app: Flask):
    @app.get("/any/<path:name>")
    def any_page(name: str) -> str:
        return render_template_string("{{ activity_timeline('contact:1') }}")

    client, mounted = app.test_client(), {"base_url": "http://localhost/c r m"}
    client.get("/sign-in/3", **mounted)
    path = "/c%20r%20m/any/Kim%20%3F%23%25%C3%BC"
    page = client.get(f"{path.removeprefix('/c%20r%20m')}?tab=a%20b", **mounted).text
    assert f'action="{path}"' in page
    assert field(page, "al-back") == f"{path}?tab=a+b#al-timeline"
    sent = client.post(f"{address(page)}record", data=form(page, title="x"), **mounted)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{path}?tab=a+b#al-timeline")


def test_a_resolver_that_fails_costs_the_links_and_not_the_page(
    app: Flask, activity: ActivityLogExtension, caplog: pytest.LogCaptureFixture
):
    @activity.resolver("contact")
    def contacts(ids: tuple[str, ...]) -> Any:
        raise LookupError(f"no such person: {ids}")

    client = signed_in(app)
    base(app).record("call", "contact:4", note="Asked for a quote", actor=Actor.user(3))
    page = client.get("/contact/4").text
    for url in ("/contact/4", "/everything", address(page)):
        caplog.clear()
        response = client.get(url)
        assert (response.status_code, "Asked for a quote" in response.text) == (200, True)
        [told] = caplog.records
        assert "a resolver failed (LookupError" in told.getMessage()
        assert "person" not in told.getMessage()
