"""What people write on a page: entries recorded, edited, deleted and restored, by forms alone and by the script."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from activitylog import ActivityLog, Actor, FileStore, Link, Ref, Status, TypeRegistry, Viewer
from activitylog.errors import Refused
from activitylog.signals import recording
from html_component.browser import FRAGMENT, Browser, shown
from html_component.page import Element

pytestmark = pytest.mark.parametrize("store_url", ["memory", "sqlite"], indirect=True)


def form_of(page: Element) -> Element:
    return page.one(data_al_write=None).one("form")


def edit_link(page: Element, title: str) -> str:
    [entry] = [entry for entry in page.all("article") if title in entry.text]
    return next(link["href"] for link in entry.all("a") if link.text == "Edit")


def test_an_entry_is_recorded_with_all_that_the_form_says(lea: Browser, log: ActivityLog, kim: Ref):
    lea.options = {"tz": "Europe/Berlin"}
    form = form_of(lea.page("/contacts/42?tab=x&al-type=call"))
    assert form.one("input", name="csrf")["value"] == "c"
    files = [("../Angebot.pdf", b"%PDF"), ("", b""), ("notes.txt", b"hello")]
    answer = lea.submit(form, files, type="call", at="2026-07-01T09:30", title=" A call ", note="One\r\nTwo ")
    assert (answer.status, answer.headers["Location"]) == (303, "/contacts/42?tab=x&al-type=call#al-timeline")
    [entry] = log.timeline(kim)
    assert (entry.type, entry.title, entry.note, entry.version) == ("call", "A call", "One\nTwo", 1)
    assert entry.occurred_at == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert [(file.name, file.size) for file in entry.attachments] == [("../Angebot.pdf", 4), ("notes.txt", 5)]
    assert (entry.actor, entry.subjects[0].label) == (Actor.user(3), "Kim Weber")


def test_a_form_without_a_date_means_now(lea: Browser, log: ActivityLog, kim: Ref):
    before = datetime.now(UTC).replace(microsecond=0)
    lea.submit(form_of(lea.page()), title="x")
    assert before <= log.timeline(kim).first().occurred_at <= datetime.now(UTC)


def test_the_script_gets_the_entry_beneath_its_day(lea: Browser, log: ActivityLog, kim: Ref):
    answer = lea.submit(form_of(lea.page()), headers=FRAGMENT, title="x", at="2026-03-01T09:30")
    day = shown(answer).one("section")
    assert (answer.status, day["data-day"], day.one("h3").text) == (200, "2026-03-01", "Sunday, March 1, 2026")
    assert day.one("li")["data-activity-id"] == str(log.timeline(kim).first().id)


def test_the_resolver_names_subjects_that_the_host_did_not(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("note", kim)
    log.resolver("contact")(lambda ids: {id: Link(f"Contact {id}") for id in ids})
    lea.things = ["contact:42"]
    lea.submit(form_of(lea.page()), title="x")
    assert log.timeline(kim).first().subjects[0].label == "Contact 42"
    lea.things = ["company:9"]
    lea.submit(form_of(lea.page()), title="x")
    assert log.timeline("company:9").first().subjects[0].label == ""


def test_only_what_people_may_write_and_would_see_is_offered(lea: Browser, log: ActivityLog, kim: Ref):
    log.types.create("visit", label="House visit")
    log.types.create("old")
    log.types.retire("old")

    def offered() -> set[str]:
        forms = lea.page().all(data_al_write=None)
        return {option["value"] for form in forms for option in form.one("select").all("option")}

    staff = offered()
    assert {"note", "call", "custom.visit", "letter.portal"} <= staff
    assert not {"custom.old", "survey", "mail.sent", "record.changed", "paid", "measured"} & staff
    lea.viewer = Viewer(["user:3"], permissions=["hr"])
    assert "survey" in offered()
    lea.viewer = Viewer(["contact:42"], internal=False)
    assert offered() == {"letter.portal"}


@pytest.mark.parametrize("type", ["survey", "mail.sent", "custom.old", "nothing", ""])
def test_other_types_are_refused(lea: Browser, log: ActivityLog, kim: Ref, type: str):
    log.types.create("old")
    log.types.retire("old")
    answer = lea.submit(form_of(lea.page()), type=type, title="kept")
    assert answer.status == 400
    page = shown(answer)
    assert page.one(_class="al-wrong").text == "Choose a type from the list."
    assert page.one("select")["aria-describedby"] == page.one(_class="al-wrong")["id"]
    assert page.one("input", name="al-title")["value"] == "kept"
    assert not log.everything().exists()


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"at": "yesterday"}, "occurred_at"),
        ({"at": "2126-01-01T00:00"}, "occurred_at"),
        ({"at": "0001-01-01T00:00"}, "occurred_at"),
        ({"at": "9999-12-31T23:59"}, "occurred_at"),
        ({"title": "x" * 501}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"note": "ü" * 50_001}, "note"),
    ],
)
def test_a_form_that_does_not_fit_is_shown_again_as_it_was(
    lea: Browser, log: ActivityLog, kim: Ref, values: dict[str, str], part: str
):
    given = {"type": "call", "title": "kept", "note": "kept too", **values}
    answer = lea.submit(form_of(lea.page()), **given)
    assert answer.status == 400
    page = shown(answer)
    assert page.one(_class="al-wrong")["id"] == f"al-wrong-{part}"
    form = page.one("form")
    kept = {name: value for name, value in given.items() if name not in values}
    assert {name: form.fields[f"al-{name}"][0] for name in kept} == kept
    assert not log.everything().exists()
    again = lea.submit(form, at="", title="fits", note="fits", headers=FRAGMENT)
    assert again.status == 200


def test_an_edit_changes_what_the_form_says_and_keeps_what_it_cannot(lea: Browser, log: ActivityLog, kim: Ref):
    at = datetime(2026, 3, 1, 9, 30, 17, 250_000, tzinfo=UTC)
    log.record("call", kim, title="old", note="old note", occurred_at=at)
    link = edit_link(lea.page("/contacts/42?tab=x"), "old")
    form = shown(lea.ask(link)).one("form")
    assert (form.fields["al-at"], form.fields["al-note"]) == (["2026-03-01T09:30"], ["old note"])
    answer = lea.submit(form, title="new")
    assert (answer.status, answer.headers["Location"]) == (303, "/contacts/42?tab=x#al-timeline")
    entry = log.timeline(kim).first()
    assert (entry.title, entry.note, entry.occurred_at, entry.version) == ("new", "old note", at, 2)
    form = shown(lea.ask(link)).one("form")
    moved = shown(lea.submit(form, at="2026-03-02T10:00", headers=FRAGMENT))
    assert moved.one("section")["data-day"] == "2026-03-02"


def test_who_was_slower_sees_what_is_there_now_and_loses_nothing(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("call", kim, title="first")
    form = shown(lea.ask(edit_link(lea.page(), "first"))).one("form")
    log.edit(log.timeline(kim).first(), title="second")
    answer = lea.submit(form, title="third")
    assert answer.status == 409
    page = shown(answer)
    assert "Phone call: second" in page.one(role="alert").text
    assert page.one("input", name="al-title")["value"] == "third"
    assert log.timeline(kim).first().title == "second"
    assert lea.submit(page.one("form")).status == 303
    assert log.timeline(kim).first().title == "third"


@pytest.mark.parametrize("version", ["", "0", "x", "9" * 30, "²"])
def test_an_edit_of_no_version_is_refused(lea: Browser, log: ActivityLog, kim: Ref, version: str):
    log.record("call", kim, title="first")
    form = shown(lea.ask(edit_link(lea.page(), "first"))).one("form")
    assert lea.submit(form, title="x", version=version).status == 400
    assert log.timeline(kim).first().version == 1


def test_what_is_deleted_can_be_restored_at_once(lea: Browser, log: ActivityLog, kim: Ref):
    entry = log.record("note", kim, title="n")
    form = lea.page("/contacts/42?al-q=n").one("form", action=lea.url(rest=f"entries/{entry.id}/delete"))
    answer = lea.submit(form)
    assert answer.status == 303
    assert not log.timeline(kim).exists()
    page = lea.page(answer.headers["Location"])
    notice = page.one("form", _class="al-notice")
    assert notice.one("span").text == "The entry was deleted."
    answer = lea.submit(notice)
    assert (answer.status, answer.headers["Location"]) == (303, "/contacts/42?al-q=n#al-timeline")
    assert log.timeline(kim).first().id == entry.id
    piece = shown(lea.submit(form, headers=FRAGMENT))
    assert piece.one("form", _class="al-notice")["action"] == notice["action"]


@pytest.mark.parametrize("deleted", ["x", '"><script>', "00000000-0000-0000-0000-000000000000"])
def test_a_link_that_says_that_something_was_deleted_does_nothing(
    lea: Browser, log: ActivityLog, kim: Ref, deleted: str
):
    page = lea.page(f"/contacts/42?al-deleted={deleted}")
    for form in page.all("form", _class="al-notice"):
        assert lea.submit(form).status == 404


def test_what_others_wrote_is_for_its_editors(lea: Browser, log: ActivityLog, kim: Ref):
    entry = log.record("note", kim, title="theirs", editors="user:9")
    system = log.record("paid", kim, data={"number": "1"})
    salary = log.record("salary", kim)
    page = lea.page()
    assert not [link for link in page.all("a") if link.text == "Edit"]
    assert not [form for form in page.all("form") if "/delete" in form["action"]]
    for activity in (entry, system, salary):
        base = lea.url(rest=f"entries/{activity.id}/")
        assert lea.ask(f"{base}edit").status == 403
        assert lea.send("POST", f"{base}edit", {"al-version": ["1"], "al-title": ["x"]}).status == 403
        assert lea.send("POST", f"{base}delete").status == 403
        assert lea.send("POST", f"{base}status", {"al-status": ["done"]}).status == 403
        assert log.get(activity).version == 1
    lea.viewer = Viewer(["user:9"])
    assert edit_link(lea.page(), "theirs")


def test_what_is_not_to_be_seen_is_not_there(lea: Browser, log: ActivityLog, kim: Ref):
    entry = log.record("note", kim, readers="user:9")
    gone = log.delete(log.record("note", kim))
    base = lea.url(rest=f"entries/{entry.id}/")
    for method, rest in (
        ("GET", "edit"),
        ("POST", "edit"),
        ("POST", "delete"),
        ("POST", "status"),
        ("POST", "restore"),
        ("GET", "history"),
    ):
        assert lea.send(method, f"{base}{rest}").status == 404
    assert lea.ask(lea.url(rest=f"entries/{gone.id}/edit")).status == 403
    assert lea.send("POST", lea.url(rest=f"entries/{gone.id}/edit"), {"al-version": ["2"]}).status == 403


def next_statuses(page: Element) -> dict[str, str]:
    """What an entry's menu leads to, with what its buttons say."""
    forms = [form for form in page.all("form") if form["action"].endswith("/status")]
    return {form.fields["al-status"][0]: form.one("button").text for form in forms}


def test_an_entry_is_led_to_what_its_type_has_next(lea: Browser, log: ActivityLog, types: TypeRegistry, kim: Ref):
    done = Status({"en": "Done & dusted", "de": "Erledigt"}, to="open")
    types.override("task", statuses={"open": Status(to=("started", "done")), "started": Status(), "done": done})
    task = log.record("task", kim, status="open")
    assert next_statuses(lea.page()) == {"started": "Set to “started”", "done": "Set to “Done & dusted”"}
    lea.options = {"language": "de"}
    assert next_statuses(lea.page())["done"] == "Auf „Erledigt“ setzen"
    lea.options = {}
    [form] = [form for form in lea.page().all("form") if form.fields.get("al-status") == ["done"]]
    assert lea.submit(form).status == 303
    assert lea.submit(form).status == 303, "who is slower wants what is there now"
    revision = log.history(task)[-1]
    assert (log.get(task).status, log.get(task).version) == ("done", 2)
    assert (revision.action, revision.actor.label) == ("transitioned", "Lea Müller")
    assert next_statuses(lea.page()) == {"open": "Set to “open”"}
    fragment = shown(lea.submit(form, status="open", headers=FRAGMENT))
    assert fragment.one("li")["data-activity-id"] == str(task.id)
    assert next_statuses(fragment) == {"started": "Set to “started”", "done": "Set to “Done & dusted”"}


def test_a_status_that_cannot_follow_changes_nothing(lea: Browser, log: ActivityLog, kim: Ref):
    task = log.record("task", kim, status="done")
    url = lea.url(rest=f"entries/{task.id}/status")
    for status in ("open", "nothing", "", "a\0b", "\ud800", "x" * 1000):
        answer = lea.send("POST", url, {"al-status": [status]})
        assert (answer.status, shown(answer).one("h1").text) == (409, "This entry cannot be changed.")
    assert (log.get(task).status, log.get(task).version, next_statuses(lea.page())) == ("done", 1, {})


def test_what_the_program_recorded_has_no_status_that_people_set(
    lea: Browser, log: ActivityLog, types: TypeRegistry, kim: Ref
):
    types.define("errand", statuses=("open", "done"))
    errand = log.record("errand", kim, status="open")
    log.record("note", kim)
    assert next_statuses(lea.page()) == {}
    assert lea.send("POST", lea.url(rest=f"entries/{errand.id}/status"), {"al-status": ["done"]}).status == 403


def test_a_page_without_a_form_lets_nobody_write(lea: Browser, log: ActivityLog, kim: Ref):
    entry = log.record("note", kim, title="n")
    form = form_of(lea.page())
    lea.options = {"form": False}
    page = lea.page()
    assert not page.all("form", method="post")
    base = page.one("section", _id="al-timeline")["data-al-url"]
    assert lea.ask(f"{base}record").status == 403
    for rest in (
        "record",
        f"entries/{entry.id}/edit",
        f"entries/{entry.id}/delete",
        f"entries/{entry.id}/status",
        f"entries/{entry.id}/restore",
    ):
        assert lea.send("POST", f"{base}{rest}", {**form.fields, "al-version": ["1"]}).status == 403
    assert [entry.version for entry in log.timeline(kim)] == [1]


def test_a_forged_form_writes_nothing(lea: Browser, log: ActivityLog, kim: Ref, acme: Ref):
    form = form_of(lea.page())
    others = Browser(lea.component, log, [acme])
    forged = form_of(others.page()).fields["al-subjects"][0]
    for subjects in ("", "x", form.fields["al-subjects"][0][:-4], forged):
        answer = lea.submit(form, subjects=subjects, title="x")
        assert (answer.status, shown(answer).one("h1").text) == (400, "That could not be understood.")
    assert not log.everything().exists()


def test_the_way_back_is_what_a_header_can_hold(lea: Browser, log: ActivityLog, kim: Ref):
    for back, told in (
        ("/Kontakte/Müller?a=1&b=%20", "/Kontakte/M%C3%BCller?a=1&b=%20"),
        ("/a\u2028b", "/a%E2%80%A8b"),
        ("/a\ud800b", "/a%EF%BF%BDb"),
        ('/a"b', "/a%22b"),
    ):
        answer = lea.submit(form_of(lea.page()), back=back, title="x")
        assert (answer.status, answer.headers["Location"]) == (303, told)


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/x\r\nSet-Cookie: a=b",
        "evil",
        "",
    ],
)
def test_nobody_is_sent_to_another_site(lea: Browser, log: ActivityLog, kim: Ref, back: str):
    form = form_of(lea.page())
    answer = lea.submit(form, back=back, title="x")
    assert answer.status == 303
    assert answer.headers["Location"] == lea.url()
    page = lea.page(back if back.startswith("/") and "\t" not in back and "\r" not in back else "/")
    assert form_of(page).fields["al-back"][0].startswith(("/#", lea.url()))


def test_files_that_are_too_large_are_refused_before_anything_is_written(
    lea: Browser, log: ActivityLog, kim: Ref, make_component: Any
):
    lea.component = make_component(upload_max=1000)
    form = form_of(lea.page())
    assert "Up to 1 kB in all." in form.text
    two = [("a", b"x" * 600), ("b", b"x" * 600)]
    answer = lea.submit(form, two, title="kept")
    assert answer.status == 413
    assert shown(answer).one(_class="al-wrong").text == "The files are too large: up to 1 kB are possible in all."
    assert shown(answer).one("input", name="al-title")["value"] == "kept"
    announced = lea.submit(form, [], {"content-length": "100000000"}, title="x")
    assert announced.status == 413
    assert not log.everything().exists()
    assert lea.submit(form, two[:1], {"content-length": "900"}, title="x").status == 303


def test_files_that_the_hosts_place_refuses_are_told(lea: Browser, make_log: Any, kim: Ref, tmp_path: Any):
    lea.log = log = make_log(files=FileStore(str(tmp_path / "small"), max_size=10, media_types=["text/plain"]))
    form = form_of(lea.page())
    for files in ([("a.txt", b"x" * 11)], [("a.exe", b"x")], [("x" * 501, b"x")]):
        answer = lea.submit(form, files, title="x")
        assert (answer.status, shown(answer).one(_class="al-wrong")["id"]) == (400, "al-wrong-files")
    assert not log.everything().exists()


def test_a_host_that_refuses_an_entry_is_obeyed(lea: Browser, log: ActivityLog, kim: Ref):
    def refuse(sender: Any, drafts: Any, **_: Any) -> None:
        raise Refused("not today")

    with recording.connected_to(refuse, sender=log):
        answer = lea.submit(form_of(lea.page()), title="x")
    assert (answer.status, shown(answer).one("h1").text) == (403, "You are not allowed to do this.")
    assert not log.everything().exists()


def test_the_form_has_a_page_of_its_own(lea: Browser, log: ActivityLog, kim: Ref):
    page = shown(lea.ask(lea.url(rest="record?al-back=/contacts/42")))
    assert page.one("h1").text == "Add entry"
    answer = lea.submit(page.one("form"), title="x")
    assert (answer.status, answer.headers["Location"]) == (303, "/contacts/42")
