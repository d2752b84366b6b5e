"""What a page shows of entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, event

from activitylog import ActivityLog, Actor, Attachment, Link, Ref, TypeRegistry, Viewer, scope
from activitylog_html import TimelineComponent
from activitylog_html.texts import CATEGORIES, TEXTS
from html_component.browser import Browser, shown
from html_component.page import Element

LONG_AGO = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)


def entries(page: Element) -> list[Element]:
    return page.all("article")


def summaries(element: Element) -> list[str]:
    return [entry.one(_class="al-summary").text for entry in entries(element)]


def headings(page: Element) -> list[str]:
    return [heading.text for heading in page.all("h3")]


def test_an_entry_says_what_happened_to_whom_by_whom_and_when(lea: Browser, log: ActivityLog, kim: Ref, acme: Ref):
    tom = Actor.user(4, "Tom Ernst")
    log.record(
        "order",
        kim,
        acme,
        title="35 seats",
        note="Yearly.\nFrom May.",
        actor=tom.on_behalf_of(kim),
        occurred_at=LONG_AGO,
        source=Ref("quote", 9, "Quote 9"),
        assignee=Ref("user", 5, "Ida"),
        due_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    [entry] = entries(lea.page())
    assert entry.one(_class="al-summary").text == "Order: 35 seats Open"
    meta = entry.one(_class="al-meta").text
    assert meta.startswith("Tom Ernst on behalf of Kim Weber ")
    assert "ago" in meta
    facts = entry.one("dl").text
    assert facts.startswith("About ACME Source Quote 9 Assigned to Ida Due ")
    assert "Kim" not in facts, "whose page it is needs no saying"
    assert entry.one(_class="al-text").raw == "Yearly.\nFrom May."
    exact = entry.all("time")[0]
    assert exact["datetime"] == "2026-03-01T22:30:00+00:00"
    assert (exact.text, " ".join(exact["title"].split())) == ("10:30 PM", "March 1, 2026, 10:30:00 PM UTC")


def test_days_begin_where_the_viewer_is(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("note", kim, occurred_at=LONG_AGO)
    log.record("call", kim, occurred_at=LONG_AGO + timedelta(hours=1))
    lea.options = {"tz": "Europe/Berlin"}
    page = lea.page()
    assert headings(page) == ["Monday, March 2, 2026", "Sunday, March 1, 2026"]
    assert [entry.all("time")[0].text for entry in entries(page)] == ["12:30 AM", "11:30 PM"]
    lea.options = {"tz": "America/New_York", "language": "de-AT"}
    page = lea.page()
    assert headings(page) == ["Sonntag, 1. März 2026"]
    assert [entry.all("time")[0].text for entry in entries(page)] == ["18:30", "17:30"]
    assert page.one("section", _id="al-timeline")["lang"] == "de-AT"


def test_near_days_have_names(lea: Browser, log: ActivityLog, kim: Ref):
    now = datetime.now(UTC)
    for days in (-1, 0, 1):
        log.record("visit", kim, occurred_at=now + timedelta(days=days))
    assert [heading.partition(",")[0] for heading in headings(lea.page())] == ["Tomorrow", "Today", "Yesterday"]
    lea.options = {"language": "de"}
    assert [heading.partition(",")[0] for heading in headings(lea.page())] == ["Morgen", "Heute", "Gestern"]
    assert "gerade eben" in lea.page().text


def test_other_languages_are_read_in_english_with_the_hosts_own_texts(lea: Browser, log: ActivityLog, kim: Ref):
    log.types.create("visite", label={"fr": "Visite", "en": "Visit"})
    log.record("custom.visite", kim, occurred_at=LONG_AGO)
    lea.options = {"language": "fr"}
    page = lea.page()
    assert (headings(page), page.one("section", _id="al-timeline")["lang"]) == (["Sunday, March 1, 2026"], "en")
    assert entries(page)[0].one(_class="al-summary").text == "Visite"


def test_both_languages_say_everything():
    english, german = TEXTS["en"], TEXTS["de"]
    assert english.keys() == german.keys()
    placeholders = [sorted(part.partition("}")[0] for part in text.split("{")[1:]) for text in english.values()]
    assert placeholders == [sorted(part.partition("}")[0] for part in text.split("{")[1:]) for text in german.values()]
    assert all(names.keys() == {"en", "de"} for names in CATEGORIES.values())


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            ["Ulm Bonn", "– empty yes", "Mar 1, 2024 Mar 1, 2025, 9:30 AM", "12.5 1,300.25", "a, b – empty", "1 2"],
        ),
        ("de", ["Ulm Bonn", "– leer ja", "01.03.2024 01.03.2025, 09:30", "12,5 1.300,25", "a, b – leer", "1 2"]),
    ],
)  # fmt: skip
def test_changes_stand_side_by_side_as_people_write_them(
    lea: Browser, log: ActivityLog, kim: Ref, language: str, expected: list[str]
):
    log.record_change(
        kim,
        before={"city": "Ulm", "news": None, "since": "2024-03-01", "rate": 12.5, "tags": ["a", "b"], "zip": 1},
        after={
            "city": "Bonn",
            "news": True,
            "since": "2025-03-01T08:30:00Z",
            "rate": 1300.25,
            "tags": [],
            "zip": 2,
        },
    )
    lea.options = {"language": language, "tz": "Europe/Berlin"}
    table = lea.page().one("table")
    rows = [" ".join(cell.text for cell in row.all("td")) for row in table.one("tbody").all("tr")]
    assert rows == expected
    assert [cell["scope"] for cell in table.all("th")] == ["col"] * 3 + ["row"] * 6


def test_what_looks_like_a_time_and_is_none_is_shown_as_it_is(lea: Browser, log: ActivityLog, kim: Ref):
    log.record_change(kim, before={"a": "2024-99-99", "b": "2024-99-99T10:00:00Z"}, after={"a": "[redacted]", "b": "x"})
    assert [cell.text for cell in lea.page().all("td")] == ["2024-99-99", "hidden", "2024-99-99T10:00:00Z", "x"]


def test_redacted_entries_are_shown_as_such(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("salary", kim, title="5,000", note="secret", occurred_at=LONG_AGO)
    [entry] = entries(lea.page())
    assert entry.one(_class="al-summary").text == "Salary changed"
    assert entry.one(_class="al-hint").text == "You may not see the details."
    assert "5,000" not in entry.text
    assert not entry.all("details")
    lea.viewer = Viewer(["user:3"], permissions=["hr"])
    assert entries(lea.page())[0].one(_class="al-summary").text == "Salary changed: 5,000"


def test_deleted_and_archived_entries_are_not_shown(lea: Browser, log: ActivityLog, kim: Ref):
    log.delete(log.record("note", kim, title="gone"))
    log.archive(log.record("note", kim, title="old"))
    page = lea.page()
    assert not entries(page)
    assert page.one(_class="al-nothing").text == "Nothing has happened yet."


def test_pinned_entries_stand_on_top_of_the_first_page_and_once_there(
    lea: Browser, log: ActivityLog, kim: Ref, make_component: Any
):
    lea.component = make_component(page_size=3)
    for number in range(6):
        log.record(
            "note" if number % 2 else "call", kim, title=f"n{number}", occurred_at=LONG_AGO + timedelta(days=number)
        )
    log.pin(log.timeline(kim).page()[5])
    log.pin(log.timeline(kim).page()[0])
    first = lea.page()
    assert summaries(first.one(_class="al-pinned")) == ["Note: n5", "Phone call: n0"]
    assert "Mar 6, 2026" in first.one(_class="al-pinned").text
    assert summaries(first.one(_class="al-days")) == [
        "Phone call: n4",
        "Note: n3",
    ]
    second = lea.page(first.one("a", rel="next")["href"])
    assert not second.all(_class="al-pinned")
    assert summaries(second) == [
        "Phone call: n2",
        "Note: n1",
        "Phone call: n0 Pinned",
    ]


def test_similar_neighbours_are_one_that_unfolds(lea: Browser, log: ActivityLog, kim: Ref):
    for minute in range(3):
        log.record("note", kim, title=f"n{minute}", occurred_at=LONG_AGO + timedelta(minutes=minute))
    log.record("call", kim, occurred_at=LONG_AGO + timedelta(minutes=5))
    page = lea.page()
    [group] = page.all(_class="al-group")
    assert group.all("summary")[0].text.startswith("Note 3 similar entries")
    assert summaries(group) == [
        "Note: n2",
        "Note: n1",
        "Note: n0",
    ]
    assert len(page.all("li", data_activity_id=None)) == 4
    unfolded = lea.page(page.one("a", data_al_go="fold")["href"])
    assert not unfolded.all(_class="al-group")
    assert len(entries(unfolded)) == 4
    assert lea.page(unfolded.one("a", data_al_go="fold")["href"]).all(_class="al-group")


def test_a_long_note_is_unfolded_on_demand(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("note", kim, note="word " * 300)
    details = lea.page().one("details", _class="al-note")
    assert details.one(_class="al-lead").text.endswith("word …")
    assert details.one(_class="al-text").text == ("word " * 300).strip()


def test_files_are_offered_with_names_and_sizes(lea: Browser, log: ActivityLog, kim: Ref):
    files = [Attachment(b"x" * 1_500_000, name="Angebot für Kim.pdf"), Attachment(b"x" * 999, name="a.txt")]
    log.record("note", kim, attachments=files)
    lea.options = {"language": "de"}
    listed = lea.page().one(_class="al-files").all("li")
    assert [item.text for item in listed] == ["Angebot für Kim.pdf 1,5 MB", "a.txt 999 B"]


def test_a_history_says_who_when_why_and_what(lea: Browser, log: ActivityLog, kim: Ref):
    task = log.record("task", kim, title="Send it", occurred_at=LONG_AGO)
    with scope(actor=Actor.user(4, "Tom Ernst")):
        log.transition(task, "done", comment="by post")
    [entry] = entries(lea.page())
    assert "Done" in entry.one(_class="al-summary").text
    [link] = [link for link in entry.all("a") if link.text == "History"]
    page = shown(lea.ask(link["href"]))
    newest, first = page.one("ol", _class="al-versions").all("li")
    assert newest.one(_class="al-summary").text == "Status changed Version 2"
    assert newest.one(_class="al-actor").text == "Tom Ernst"
    assert newest.one(_class="al-text").text == "by post"
    assert [cell.text for cell in newest.all("td")] == ["open", "done"]
    assert first.one(_class="al-summary").text == "Recorded Version 1"
    assert page.one("a", data_al_close=None)["href"] == "/contacts/42#al-timeline"


def test_versions_that_the_viewer_could_not_see_tell_nothing(lea: Browser, log: ActivityLog, kim: Ref):
    note = log.record("note", kim, title="hidden before", readers="user:9")
    log.edit(note, title="open")
    log.share(note, readers="*")
    history = shown(lea.ask(lea.url(rest=f"entries/{note.id}/history")))
    assert "hidden before" not in history.text
    assert history.text.count("You may not see this version.") == 3


def test_resolvers_are_asked_once_per_kind_and_page(lea: Browser, log: ActivityLog, kim: Ref, acme: Ref):
    asked: list[tuple[str, tuple[str, ...]]] = []

    def known(kind: str) -> None:
        @log.resolver(kind)
        def links(ids: tuple[str, ...]) -> dict[str, Link]:
            asked.append((kind, tuple(sorted(ids))))
            return {id: Link(f"{kind} {id}", f"/{kind}/{id}") for id in ids}

    for kind in ("user", "contact", "company", "quote"):
        known(kind)
    for number in range(12):
        actor = Actor.user(number, f"User {number}").on_behalf_of(Ref("contact", 100 + number))
        log.record(
            "note", kim, acme, source=Ref("quote", number), actor=actor, occurred_at=LONG_AGO - timedelta(days=number)
        )
    log.pin(log.timeline(kim).first())
    page = lea.page()
    assert sorted(kind for kind, _ in asked) == ["company", "contact", "quote", "user"]
    assert dict(asked)["quote"] == tuple(sorted(map(str, range(12))))
    [first, *_] = entries(page)
    links = {link.text: link["href"] for link in first.all("a") if not link["href"].startswith("/timeline/")}
    assert links == {
        "user 0": "/user/0", "contact 100": "/contact/100", "company 7": "/company/7", "quote 0": "/quote/0"
    }  # fmt: skip


def test_a_page_of_twenty_entries_asks_the_database_three_times_at_most(
    component: TimelineComponent,
    types: TypeRegistry,
    empty_database: Callable[[str], str],
    kim: Ref,
    acme: Ref,
):
    engine = create_engine(empty_database("sqlite"))
    asked: list[str] = []
    event.listen(engine, "connect", lambda connection, _: connection.set_trace_callback(asked.append))
    log = ActivityLog(engine, types=types, actor=Actor.user(3))
    lea = Browser(component, log, [kim])
    for kind in ("user", "contact", "company"):
        log.resolver(kind)(lambda ids: {id: Link(id) for id in ids})
    for number in range(30):
        actor = Actor.user(number, f"User {number}")
        log.record("note", kim, acme, actor=actor, occurred_at=LONG_AGO - timedelta(days=number))
    lea.page()  # what a tenant has is known from then on
    asked.clear()
    assert len(entries(lea.page())) == 20
    assert 1 <= len([one for one in asked if not one.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA"))]) <= 3, asked
    log.close()
    engine.dispose()


def test_a_timeline_of_the_whole_tenant_has_no_form(lea: Browser, log: ActivityLog, kim: Ref, acme: Ref):
    log.record("note", kim)
    log.record("note", acme)
    lea.things = []
    page = lea.page()
    assert [entry.one("dl").text for entry in entries(page)] == ["About ACME", "About Kim Weber"]
    assert not page.all(data_al_write=None)


@pytest.mark.parametrize(("title", "shown"), [("2026-17", False), ("Kim", False), ("7", True), ("Reminder", True)])
def test_a_title_is_said_once(lea: Browser, log: ActivityLog, kim: Ref, title: str, shown: bool):
    log.record("paid", kim, title=title, data={"number": "2026-17"})
    [entry] = entries(lea.page())
    assert entry.one(_class="al-summary").text == "2026-17 paid by Kim Weber"
    assert [element.text for element in entry.all(_class="al-title")] == ([title] if shown else [])
