"""What is recorded while a page is open, as the page is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from activitylog import ActivityLog, Actor, Link, Ref
from activitylog_html import Answer, LiveFeed
from html_component.browser import PREFIX, Browser
from html_component.page import Element, read


@pytest.fixture
def lea(lea: Browser, log: ActivityLog, make_component: Any) -> Iterator[Browser]:
    feed = LiveFeed(log)
    lea.component = make_component(live=feed)
    yield lea
    feed.close()


def url_of(page: Element) -> str:
    return page.one(data_al_live=None)["data-al-live"]


def first(answer: Answer) -> str:
    """What a stream says at once."""
    assert (answer.status, answer.media_type) == (200, "text/event-stream")
    parts = iter(answer.body)
    said = next(parts).decode()
    answer.body.close()
    return said


def entries(said: str) -> list[Element]:
    lines = [line.removeprefix("data: ") for line in said.splitlines() if line.startswith("data: ")]
    return read("\n".join(lines)).all("section")


def test_a_new_entry_comes_as_the_page_would_show_it(lea: Browser, log: ActivityLog, kim: Ref):
    log.resolver("contact")(lambda ids: {id: Link(f"Contact {id}", f"/contacts/{id}") for id in ids})
    lea.options = {"language": "de", "tz": "Asia/Tokyo"}
    url = url_of(lea.page("/contacts/42?tab=x"))
    entry = log.record("call", kim, title="<b>new</b>", actor=Actor.user(4).on_behalf_of("contact:7"))
    said = first(lea.ask(url))
    [day] = entries(said)
    assert day.one("li")["data-activity-id"] == str(entry.id)
    assert day.one(_class="al-summary").text == "Telefonat: <b>new</b>"
    assert "im Namen von Contact 7" in day.text
    assert day.all("time")[0]["datetime"].endswith("+09:00")
    assert day.one("form").fields["al-back"] == ["/contacts/42?tab=x#al-timeline"]
    assert "\nid: " in said


def test_who_comes_back_goes_on_where_they_were(lea: Browser, log: ActivityLog, kim: Ref):
    url = url_of(lea.page())
    log.record("note", kim, title="one")
    said = first(lea.ask(url))
    last = [line for line in said.splitlines() if line.startswith("id: ")][-1].removeprefix("id: ")
    assert lea.ask(url, {"last-event-id": last}).status == 200
    assert lea.ask(url, {"last-event-id": f"{last}x"}).status == 400
    assert lea.ask(lea.url(rest="live?al-mark=x")).status == 400


def test_only_what_the_page_would_show_comes(lea: Browser, log: ActivityLog, kim: Ref, acme: Ref):
    log.record("call", kim)  # from then on the viewer is known to see what is for all
    url = url_of(lea.page("/contacts/42?al-type=note"))
    log.record("note", kim, title="seen")
    log.record("call", kim, title="of another type")
    log.record("note", kim, title="hidden", readers="user:9")
    log.record("note", acme, title="of ACME")
    found = [day.one(_class="al-summary").text for day in entries(first(lea.ask(url)))]
    assert found == ["Note: seen"]


def test_later_pages_are_not_told(lea: Browser, log: ActivityLog, kim: Ref, make_component: Any):
    for number in range(25):
        log.record("note" if number % 2 else "call", kim)
    page = lea.page()
    assert url_of(page).startswith(PREFIX)
    assert not lea.page(page.one("a", rel="next")["href"]).all(data_al_live=None)
