"""The CRM of ``examples/flask_app``, with its data on SQLite and PostgreSQL, and with its log on MongoDB."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import FlaskLoginClient
from sqlalchemy import delete, event, func, select
from werkzeug.test import TestResponse

from activitylog import Activity, signals
from flask_app import create_app
from flask_app.extensions import activity, db
from flask_app.models import Company, Contact, Invoice, User
from flask_app.seed import fill
from sample_crm.people import PASSWORDS
from servers.pool import Pool
from servers.shared import Missing

MESSAGE = """\
From: {sender}
To: hello@kontor.example
Subject: A question
Date: Mon, 2 Mar 2026 10:00:00 +0100
Message-ID: <{sender}@mail.example>

Are you there on Saturday?
"""


@contextmanager
def started(url: str, folder: Path) -> Iterator[Flask]:
    """The application with its sample data."""
    app = create_app(url, INSTANCE=folder, TESTING=True)
    ran = app.test_cli_runner().invoke(args=["seed"])
    assert (ran.exit_code, ran.output) == (0, "254 activities of 12 contacts recorded.\n")
    yield app
    with app.app_context():
        activity.log.base.close()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mongodb"])
def app(
    request: pytest.FixtureRequest,
    databases: Pool,
    not_had: Callable[[str, object], NoReturn],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    """One for all tests of a store: each makes contacts of its own."""
    folder = tmp_path_factory.mktemp(request.param)
    try:
        fresh = databases.fresh(request.param, folder)
        url = fresh.__enter__()
    except Missing as reason:
        not_had(request.param, reason)
    with started(url, folder) as app:
        yield app
    fresh.__exit__(None, None, None)


@pytest.fixture
def lea(app: Flask) -> FlaskClient:
    return signed_in(app, "lea")


@pytest.fixture
def kim(lea: FlaskClient) -> int:
    """A contact of the test's own in team north, of the first company."""
    answer = send(lea, "/contacts/new", name="Kim", email="", company_id="1", team="north")
    return int(answer.location.rpartition("/")[2])


def signed_in(app: Flask, login: str) -> FlaskClient:
    with app.app_context():
        user = db.session.scalar(select(User).filter_by(login=login))
    return FlaskLoginClient(app, user=user)


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def send(client: FlaskClient, path: str, to: str = "", **fields: Any) -> TestResponse:
    """Fill in the form of a page, as a browser does."""
    return client.post(to or path, data={"csrf_token": field(client.get(path).text, "csrf_token"), **fields})


def timeline_url(page: str) -> str:
    found = re.search(r'data-al-url="([^"]+)"', page)
    assert found is not None
    return found[1]


def recorded(app: Flask, contact: int, **filters: Any) -> list[Activity]:
    with app.app_context():
        return list(activity.log.timeline(f"contact:{contact}").filter(**filters))


def written(client: FlaskClient, path: str, note: str, **fields: str) -> TestResponse:
    """Fill in the timeline's own form on a page."""
    page = client.get(path).text
    given = {name: field(page, name) for name in ("csrf_token", "al-back", "al-subjects")}
    return client.post(f"{timeline_url(page)}record", data={**given, "al-type": "note", "al-note": note, **fields})


def rows(app: Flask) -> dict[str, int]:
    with app.app_context():
        models = (User, Company, Contact, Invoice)
        return {model.__name__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in models}


def test_who_is_not_signed_in_sees_nothing(app: Flask, lea: FlaskClient):
    nobody = app.test_client()
    entries = timeline_url(lea.get("/contacts/1").text) + "entries.json"
    for path in ("/", "/contacts/1", "/companies/1", "/admin/activities", entries):
        assert nobody.get(path).location == "/sign-in", path
    assert "do not fit" in send(nobody, "/sign-in", login="lea", password="wrong").text
    assert nobody.get("/").location == "/sign-in"
    assert send(nobody, "/sign-in", login="lea", password=PASSWORDS["lea"]).location == "/"
    assert "Kim Weber" in nobody.get("/").text
    nobody.post("/sign-out", data={"csrf_token": field(nobody.get("/").text, "csrf_token")})
    assert nobody.get("/").location == "/sign-in"


def test_creating_and_editing_a_contact_is_recorded_by_itself(app: Flask, lea: FlaskClient, kim: int):
    shown = lea.get(f"/contacts/{kim}/edit").text
    assert field(shown, "name") == "Kim"
    changed = send(lea, f"/contacts/{kim}/edit", name="Kim Meier", email="kim@example.net", company_id="2")
    assert changed.location == f"/contacts/{kim}"
    edit, create = recorded(app, kim)
    assert (create.type, edit.type) == ("contact.created", "contact.changed")
    assert (edit.actor.label, edit.context.origin) == ("Lea Müller", "web")
    assert {change.field: (change.old, change.new) for change in edit.changes} == {
        "name": ("Kim", "Kim Meier"),
        "email": ("", "kim@example.net"),
        "company": ("ACME Werkzeuge", "Hafenküche"),
    }
    page = lea.get(f"/contacts/{kim}").text
    assert "Contact changed" in page
    assert "Kim Meier" in page


def test_a_contact_that_does_not_fit_is_not_saved(app: Flask, lea: FlaskClient, kim: int):
    before = rows(app)
    for wrong in ({"name": ""}, {"name": "x", "email": "no address"}, {"name": "x", "team": "south"}):
        given = {"company_id": "", "team": "north", **wrong}
        assert "aria-invalid" in send(lea, "/contacts/new", **given).text, wrong
    assert "aria-invalid" in send(lea, f"/contacts/{kim}/edit", name="x", company_id="999").text
    assert (rows(app), len(recorded(app, kim))) == (before, 1)


def test_an_invoice_and_its_activity_are_one(app: Flask, lea: FlaskClient, kim: int):
    send(lea, f"/contacts/{kim}/invoices/new", purpose="Lamps", total="12.50")
    [issued] = recorded(app, kim, types="invoice.issued")
    assert (issued.data.total.as_tuple().digits, issued.title, issued.status) == ((1, 2, 5, 0), "Lamps", "open")
    page = lea.get(f"/contacts/{kim}").text
    assert f"Invoice {issued.data.number} issued" in page
    invoice = f"/invoices/{issued.source.id}"
    assert f'href="{invoice}"' in page
    send(lea, invoice, f"{invoice}/pay")
    send(lea, invoice, f"{invoice}/pay")
    [paid] = recorded(app, kim, types="invoice.issued")
    assert (paid.status, paid.version) == ("paid", 2)
    assert "paid" in lea.get(invoice).text


def test_an_error_after_the_recording_leaves_neither_row_nor_activity(app: Flask, lea: FlaskClient, kim: int):
    before, told = rows(app), len(recorded(app, kim))
    path = f"/contacts/{kim}/invoices/new"
    for wrong in ("0", "-1", "NaN", "1e9", "x", ""):
        assert "aria-invalid" in send(lea, path, purpose="Lamps", total=wrong).text, wrong

    told_of: list[Any] = []

    def note(_: object, *, drafts: Any) -> None:
        told_of.extend(drafts)

    def fail(*_: Any) -> None:
        if told_of:
            raise RuntimeError("the printer is on fire")

    event.listen(db.session, "before_commit", fail)
    try:
        with signals.recording.connected_to(note), pytest.raises(RuntimeError, match="printer"):
            send(lea, path, purpose="Lamps", total="12.50")
    finally:
        event.remove(db.session, "before_commit", fail)
    assert (rows(app), len(recorded(app, kim))) == (before, told)


def test_a_mail_finds_its_contact_and_is_there_once(app: Flask, lea: FlaskClient, kim: int):
    address = f"kim{kim}@example.net"
    send(lea, f"/contacts/{kim}/edit", name="Kim", email=address, company_id="1")
    message = MESSAGE.format(sender=f"Kim <{address.upper()}>")
    assert send(lea, "/mail", message=message).location == f"/contacts/{kim}"
    upload = (BytesIO(message.replace("\n", "\r\n").encode()), "question.eml", "message/rfc822")
    assert send(lea, "/mail", file=upload).location == f"/contacts/{kim}"
    [mail] = recorded(app, kim, types="mail.received")
    assert (mail.title, mail.note) == ("A question", "Are you there on Saturday?")
    assert (mail.actor.kind, mail.actor.ref.id) == ("customer", str(kim))
    assert "The message is in the timeline." in lea.get(f"/contacts/{kim}").text


def test_a_mail_of_nobody_known_is_not_kept(app: Flask, lea: FlaskClient):
    with app.app_context():
        before = activity.log.everything().count()
    for sender in ("stranger@example.net", "jo@mail.example"):  # the second is a contact of team south
        assert "None of your contacts" in send(lea, "/mail", message=MESSAGE.format(sender=sender)).text
    assert "Paste a message" in send(lea, "/mail", message=" ").text
    with app.app_context():
        assert activity.log.everything().count() == before


def test_each_team_sees_its_own_and_a_company_shows_what_its_contacts_do(app: Flask, lea: FlaskClient, kim: int):
    assert written(lea, f"/contacts/{kim}", f"of the north {kim}").status_code == 303
    tom, ida, nora = (signed_in(app, login) for login in ("tom", "ida", "nora"))
    written(tom, "/contacts/2", f"of the south {kim}")
    seen = {}
    for name, client in (("lea", lea), ("tom", tom), ("ida", ida), ("nora", nora)):
        page = client.get("/companies/1").text
        seen[name] = [team for team in ("north", "south") if f"of the {team} {kim}" in page]
    assert seen == {"lea": ["north"], "tom": ["south"], "ida": ["north", "south"], "nora": ["north", "south"]}
    assert "Jo Klein" not in lea.get("/").text
    assert "Jo Klein" in ida.get("/?q=jo").text
    assert [client.get("/admin/activities").status_code for client in (lea, tom, ida)] == [403, 403, 403]
    assert f"of the south {kim}" in nora.get(f"/admin/activities?al-q=south+{kim}").text


def test_a_contact_of_another_team_is_not_there(app: Flask, lea: FlaskClient, kim: int):
    written(lea, f"/contacts/{kim}", "a secret")
    [entry] = recorded(app, kim, types="note")
    tom = signed_in(app, "tom")
    for path in ("", "/edit", "/invoices/new"):
        assert tom.get(f"/contacts/{kim}{path}").status_code == 404
    send(lea, f"/contacts/{kim}/invoices/new", purpose="Lamps", total="1")
    [invoice] = recorded(app, kim, types="invoice.issued")
    assert tom.get(f"/invoices/{invoice.source.id}").status_code == 404
    page = lea.get(f"/contacts/{kim}").text
    url, token = timeline_url(page), field(tom.get("/").text, "csrf_token")
    assert tom.get(f"{url}entries.json").json["items"] == []
    given = {"csrf_token": token, "al-note": "x", "al-version": "1"}
    assert tom.post(f"{url}entries/{entry.id}/edit", data=given).status_code == 404
    new = {**given, "al-type": "note", "al-subjects": field(page, "al-subjects")}
    assert tom.post(f"{url}record", data=new).status_code == 403
    assert [each.note for each in recorded(app, kim, types="note")] == ["a secret"]


def test_a_forged_form_writes_nothing(app: Flask, lea: FlaskClient, kim: int):
    before, told = rows(app), len(recorded(app, kim))
    url = timeline_url(lea.get(f"/contacts/{kim}").text)
    forms = {
        "/contacts/new": {"name": "x", "team": "north"},
        f"/contacts/{kim}/invoices/new": {"purpose": "x", "total": "1"},
        "/mail": {"message": MESSAGE.format(sender="kim@mail.example")},
        f"{url}record": {"al-type": "note", "al-note": "x"},
    }
    for path, given in forms.items():
        for token in ({}, {"csrf_token": "forged"}):
            answer = lea.post(path, data={**given, **token})
            assert answer.status_code == 400, path
            assert "This form is too old" in answer.text
    assert (rows(app), len(recorded(app, kim))) == (before, told)


def test_100_megabytes_are_refused_before_they_are_read(app: Flask, lea: FlaskClient, kim: int):
    told = len(recorded(app, kim))
    for path in ("/mail", f"{timeline_url(lea.get(f'/contacts/{kim}').text)}record"):
        large = {"CONTENT_LENGTH": "100000000", "wsgi.input": None}  # whoever reads it fails
        form = "multipart/form-data; boundary=b"
        assert lea.post(path, content_type=form, environ_overrides=large).status_code == 413
    assert len(recorded(app, kim)) == told


def test_it_speaks_german_where_that_is_chosen_or_liked(app: Flask, lea: FlaskClient):
    liked = lea.get("/contacts/1", headers={"Accept-Language": "de-CH, en;q=0.5"}).text
    assert '<html lang="de">' in liked
    assert "Telefonat: Delivery on Thursday" in liked
    answer = send(lea, "/contacts/1", "/language", language="de", back="/contacts/1?al-q=x")
    assert answer.location == "/contacts/1?al-q=x"
    assert "Firma" in lea.get("/contacts/1").text
    for back in ("//example.net", "/\\example.net", "https://example.net", ""):
        assert send(lea, "/", "/language", language="en", back=back).location == "/"


def test_filling_it_again_changes_nothing(app: Flask):
    with app.app_context():
        before = activity.log.everything().count()
    assert app.test_cli_runner().invoke(args=["seed"]).output == ""
    with app.app_context():
        assert activity.log.everything().count() == before


def test_a_log_that_was_kept_is_taken_where_only_the_rows_are_new(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with started("memory://", tmp_path) as app, app.app_context():
        before = activity.log.everything().count()
        for model in (Invoice, Contact, Company, User):
            db.session.execute(delete(model))
        db.session.commit()
        fill(datetime.now(UTC).date() - timedelta(days=1))
        assert activity.log.everything().count() == before
    assert not caplog.records, "nothing was lost after the commit"


def test_it_starts_by_one_command_with_a_file_of_its_own(repository: Path, tmp_path: Path):
    command = [sys.executable, "-W", "error", "-m", "flask", "--app", repository / "examples" / "flask_app", "seed"]
    environment = {name: value for name, value in os.environ.items() if name != "STORE"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "254 activities of 12 contacts recorded.\n"
    assert (tmp_path / "build" / "flask_app" / "sqlite.db").exists()


def test_its_files_are_short(repository: Path):
    for file in (repository / "examples" / "flask_app").rglob("*.py"):
        assert len(file.read_text().splitlines()) < 150, file
