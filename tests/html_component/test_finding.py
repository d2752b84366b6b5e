"""Pages, filters and search, by links and forms alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest

from activitylog import ActivityLog, Actor, Ref
from html_component.browser import FRAGMENT, Browser, shown
from html_component.page import Element

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("store_url", ["memory", "sqlite"], indirect=True)


@pytest.fixture
def lea(lea: Browser, make_component: Any) -> Browser:
    lea.component = make_component(page_size=4)
    return lea


def titles(page: Element) -> list[str]:
    return [entry.one(_class="al-summary").text for entry in page.all("article")]


def fill(log: ActivityLog, kim: Ref, count: int) -> list[str]:
    """Entries, some of them alike and near; the newest first."""
    for number in range(count):
        type = "note" if number % 3 else "call"
        log.record(type, kim, title=f"n{number}", occurred_at=NOON + timedelta(minutes=25 * number))
    return [entry.summary for entry in log.timeline(kim)]


@pytest.mark.parametrize("folded", [True, False])
def test_links_lead_through_all_pages_and_back_without_holes(lea: Browser, log: ActivityLog, kim: Ref, folded: bool):
    expected = fill(log, kim, 19)
    page = lea.page("/contacts/42?tab=all" if folded else "/contacts/42?tab=all&al-fold=0")
    seen, pages = [], 0
    while pages < 9:
        seen += titles(page)
        pages += 1
        assert len(page.all("ol", _class="al-list")) >= 1
        if not (older := page.all("a", rel="next")):
            break
        assert parse_qs(urlsplit(older[0]["href"]).query)["tab"] == ["all"], "the host's own parameters are kept"
        page = lea.page(older[0]["href"])
    assert seen == expected
    assert pages == (4 if folded else 5)
    back = titles(page)
    for _ in range(pages):
        if newer := page.all("a", rel="prev"):
            page = lea.page(newer[0]["href"])
            back = titles(page) + back
    assert back == expected


def test_entries_that_come_meanwhile_move_no_page(lea: Browser, log: ActivityLog, kim: Ref):
    expected = fill(log, kim, 12)
    first = lea.page()
    log.record("note", kim, title="newest")
    second = lea.page(first.one("a", rel="next")["href"])
    assert titles(first) + titles(second) == expected[: len(titles(first)) + len(titles(second))]


def test_chips_narrow_and_widen(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("task", kim, title="t")
    log.record("note", kim, title="n")
    log.record("order", kim, title="o")
    page = lea.page("/contacts/42?tab=x")
    assert page.one("a", aria_current="true", data_al_go="all")
    page = lea.page(page.one("a", data_al_go="communication")["href"])
    assert titles(page) == ["Note: n"]
    page = lea.page(page.one("a", data_al_go="sales")["href"])
    assert titles(page) == ["Order: o Open", "Note: n"]
    chosen = [chip.text for chip in page.all("a", _class="al-chip", aria_current="true")]
    assert chosen == ["Communication", "Sales"]
    page = lea.page(page.one("a", data_al_go="communication")["href"])
    assert titles(page) == ["Order: o Open"]
    assert titles(lea.page(lea.page().one("a", data_al_go="open")["href"])) == ["Order: o Open", "Task: t Open"]
    assert titles(lea.page(page.one("a", data_al_go="all")["href"])) == ["Order: o Open", "Note: n", "Task: t Open"]


def test_a_search_keeps_what_is_chosen_and_the_hosts_parameters(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("note", kim, title="Quote for Kim")
    log.record("call", kim, title="Other")
    log.record("order", kim, title="Quote as ordered")
    chosen = lea.page("/contacts/42?tab=x&tab=y").one("a", data_al_go="communication")["href"]
    form = lea.page(chosen).one("form", role="search")
    assert (form["action"], form["method"]) == ("/contacts/42", "get")
    sent = {**form.fields, "al-q": ["quo"]}
    assert sent["tab"] == ["x", "y"]
    page = lea.page(f"/contacts/42?{urlencode(sent, doseq=True)}")
    assert titles(page) == ["Note: Quote for Kim"]
    assert page.one("input", name="al-q")["value"] == "quo"
    nothing = lea.page("/contacts/42?al-q=nowhere")
    assert nothing.one(_class="al-nothing").all("p")[0].text == "Nothing matches these filters."
    assert len(titles(lea.page(nothing.one(_class="al-nothing").one("a")["href"]))) == 3


def test_days_are_those_of_the_viewer_and_both_are_included(lea: Browser, log: ActivityLog, kim: Ref):
    for hours in (0, 11, 13, 35):  # 12:00, 23:00, 01:00 and 23:00 UTC: in Berlin an hour more
        log.record("note", kim, title=f"h{hours}", occurred_at=NOON + timedelta(hours=hours))
    lea.options = {"tz": "Europe/Berlin"}
    page = lea.page("/contacts/42?al-since=2026-03-11&al-until=2026-03-11&al-fold=0")
    assert titles(page) == ["Note: h13", "Note: h11"]
    assert "open" in page.one("details", _class="al-filters").attributes


def test_types_are_offered_by_their_names_in_order(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("note", kim)
    log.record("call", kim)
    lea.options = {"language": "de"}
    options = lea.page().one("form", role="search").one("select", name="al-type").all("option")
    labels = [option.text for option in options[1:]]
    assert options[0].text == "Alle Arten"
    assert labels == sorted(labels, key=str.casefold)
    assert "timeline.viewed" not in [option["value"] for option in options]
    assert titles(lea.page("/contacts/42?al-type=call")) == ["Telefonat"]


@pytest.mark.parametrize(
    "query",
    [
        "al-after=x",
        "al-before=x",
        "al-since=yesterday",
        "al-until=9999-12-31",
        "al-since=0001-01-01",
        "al-type=" + "x" * 300,
        "al-q=%00",
        urlencode([("al-category", f"c{number}") for number in range(51)]),
    ],
)
def test_what_is_asked_wrongly_is_told_on_the_page(lea: Browser, log: ActivityLog, kim: Ref, query: str):
    log.record("note", kim, title="n")
    page = lea.page(f"/contacts/42?tab=x&{query}")
    told = page.one(_class="al-nothing", role="alert")
    assert told.one("p").text == "This link is not valid (any more)."
    assert titles(lea.page(told.one("a")["href"])) == ["Note: n"]
    answer = lea.ask(lea.url(rest=f"entries.json?{query}"))
    assert (answer.status, answer.media_type) == (400, "application/json")
    assert orjson.loads(answer.body)["status"] == 400


def test_a_token_of_another_timeline_is_not_valid_here(lea: Browser, log: ActivityLog, kim: Ref, acme: Ref):
    fill(log, kim, 12)
    fill(log, acme, 12)
    link = lea.page().one("a", rel="next")["href"]
    lea.things = [acme]
    assert lea.page(link).all(role="alert")


def test_the_script_is_given_the_same_page_in_pieces(lea: Browser, log: ActivityLog, kim: Ref):
    expected = fill(log, kim, 12)
    home = lea.page("/contacts/42?tab=x")
    query = urlencode({"al-back": "/contacts/42?tab=x"})
    piece = shown(lea.ask(lea.url(rest=f"?{query}"), FRAGMENT))
    assert titles(piece) == titles(home)
    assert piece.one("a", rel="next")["href"] == home.one("a", rel="next")["href"]
    after = parse_qs(urlsplit(home.one("a", rel="next")["href"]).query)["al-after"][0]
    piece = shown(lea.ask(lea.url(rest=f"?{query}&{urlencode({'al-after': after})}"), FRAGMENT))
    assert titles(home) + titles(piece) == expected[: len(titles(home) + titles(piece))]


def test_a_timeline_has_a_page_of_its_own(lea: Browser, log: ActivityLog, kim: Ref):
    expected = fill(log, kim, 12)
    url = lea.url()
    page = shown(lea.ask(url))
    assert page.one("html")["lang"] == "en"
    assert titles(page) == expected[: len(titles(page))]
    assert page.one("a", rel="next")["href"].startswith(f"{url}?al-after=")
    following = shown(lea.ask(page.one("a", rel="next")["href"].partition("#")[0]))
    assert titles(page) + titles(following) == expected[: len(titles(page) + titles(following))]


def test_programs_read_the_same_entries_as_json(lea: Browser, log: ActivityLog, kim: Ref):
    expected = fill(log, kim, 11)
    seen, query = [], {}
    for _ in range(9):
        answer = lea.ask(lea.url(rest=f"entries.json?{urlencode(query)}"))
        assert (answer.status, answer.media_type) == (200, "application/json")
        page = orjson.loads(answer.body)
        seen += [item["summary"] for item in page["items"]]
        if page["next"] is None:
            break
        query = {"al-after": page["next"]}
    assert seen == expected
    answer = lea.ask(lea.url(rest="entries.json?al-type=call"))
    assert {item["type"] for item in orjson.loads(answer.body)["items"]} == {"call"}


def test_the_language_and_zone_of_the_page_hold_for_its_pieces(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("call", kim, occurred_at=NOON)
    lea.options = {"language": "de", "tz": "Europe/Berlin"}
    url = lea.page().one("section", _id="al-timeline")["data-al-url"]
    piece = shown(lea.ask(url, FRAGMENT))
    assert titles(piece) == ["Telefonat"]
    assert piece.all("time")[0].text == "13:00"


def test_actors_without_names_are_still_told(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("call", kim, actor=Actor.anonymous())
    log.record("note", kim, actor=Actor.user(9))
    assert [actor.text for actor in lea.page().all(_class="al-actor")] == ["user:9", "somebody unknown"]
