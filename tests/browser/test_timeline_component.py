"""The timeline as people see and use it, in a real browser under a strict content security policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from activitylog import ActivityLog, Actor, Attachment, Ref, TypeRegistry, standard
from activitylog_html.live import LiveFeed
from browser.host import KIM, Host, served

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
GROUP = ".al-group > details > summary"
LEA, TOM = Actor.user(3, "Lea Müller"), Actor.user(4, "Tom Ernst")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ActivityLog]:
    types = TypeRegistry(standard.types)
    types.define("salary", category="account", permission="hr", label="Salary changed")
    opened = ActivityLog("memory://", types=types, actor=LEA, files=str(tmp_path / "files"))
    yield opened
    opened.close()


@pytest.fixture
def site(log: ActivityLog) -> Iterator[str]:
    feed = LiveFeed(log, interval=timedelta(milliseconds=50))
    with served(Host(log, live=feed, tz="Europe/Berlin", page_size=5)) as url:
        yield f"{url}/contacts/42"
        feed.close()


@pytest.fixture
def window(site: str, window: Callable[..., Page]) -> Callable[..., Page]:
    """Windows that are closed before the site is."""
    return window


@pytest.fixture
def filled(log: ActivityLog) -> None:
    """A little of everything."""
    log.pin(log.record("note", KIM, title="Call in the morning", occurred_at=NOON - timedelta(days=9)))
    log.record("salary", KIM, occurred_at=NOON)
    call = log.record(
        "call", KIM, note="word " * 200, attachments=[Attachment(b"x" * 2000, name="Angebot.pdf")], occurred_at=NOON
    )
    log.edit(call, title="Quote")
    log.record_change(KIM, before={"city": "Ulm", "fax": None}, after={"city": "Bonn", "fax": 1}, occurred_at=NOON)
    task = {"assignee": TOM, "due_at": NOON, "source": Ref("quote", 9, "Quote 9"), "actor": TOM.on_behalf_of(KIM)}
    log.record("task", KIM, Ref("company", 7, "ACME"), title="Send it", occurred_at=NOON, **task)
    for number in range(3):
        at = NOON - timedelta(days=1, minutes=number)
        log.record("offer", KIM, title=f"Offer {number}", occurred_at=at)


def numbered(log: ActivityLog, count: int) -> list[str]:
    for number in range(count):
        log.record(
            "note" if number % 2 else "call", KIM, title=f"n{number:02}", occurred_at=NOON - timedelta(hours=7 * number)
        )
    return [f"n{number:02}" for number in range(count)]


def titles(page: Page) -> list[str]:
    return [re.sub(".*: ", "", text.strip()) for text in page.locator(".al-days .al-summary").all_inner_texts()]


def test_older_entries_are_added_beneath_their_days(window: Any, site: str, log: ActivityLog):
    expected = numbered(log, 13)
    page = window(site)
    for count in (10, 13):
        page.get_by_role("link", name="Show older entries").click()
        expect(page.locator("[data-activity-id]")).to_have_count(count)
    assert titles(page) == expected
    headings = page.locator(".al-days .al-heading").all_inner_texts()
    assert len(headings) == len(set(headings)), "no day stands twice"
    expect(page.get_by_role("link", name="Show older entries")).to_have_count(0)
    expect(page.locator("[data-al-status]")).to_have_text("3 more entries")
    assert page.evaluate("document.activeElement.dataset.activityId")


def test_searching_and_chips_change_the_page_and_its_url(window: Any, site: str, log: ActivityLog):
    numbered(log, 4)
    log.record("order", KIM, title="n01 too")
    page = window(f"{site}?tab=x")
    page.get_by_role("searchbox").press_sequentially("n01")
    expect(page.locator("[data-activity-id]")).to_have_count(2)
    page.get_by_role("link", name="Sales").click()
    expect(page.locator("[data-activity-id]")).to_have_count(1)
    expect(page.get_by_role("link", name="Sales")).to_be_focused()
    assert page.url.endswith("?tab=x&al-q=n01&al-category=sales")
    page.reload()
    expect(page.locator("[data-activity-id]")).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    page.get_by_role("link", name="Sales").click()
    expect(page.locator("[data-activity-id]")).to_have_count(5)
    page.get_by_text("More filters").click()
    page.locator(".al-find").get_by_label("Type").select_option("Note")
    expect(page.locator("[data-activity-id]")).to_have_count(2)


def test_an_entry_is_recorded_edited_deleted_and_brought_back(window: Any, site: str, log: ActivityLog, tmp_path: Path):
    numbered(log, 3)
    page = window(site)
    file = tmp_path / "Angebot.pdf"
    file.write_bytes(b"%PDF")
    page.locator(".al-write > summary").click()
    form = page.locator(".al-write form")
    form.get_by_label("Type").select_option("Meeting")
    form.get_by_label("Date and time").fill("2026-03-10T12:30")
    form.get_by_label("Title").fill("Workshop")
    form.get_by_role("textbox", name="Note").fill("We went\nthrough it all.")
    form.get_by_label("Attach files").set_input_files(file)
    form.get_by_role("button", name="Save").click()
    entry = page.locator("[data-activity-id]", has_text="Workshop")
    expect(entry).to_be_focused()
    assert titles(page) == ["n00", "Workshop", "n01", "n02"], "12:30 in Berlin is before noon in UTC"
    with page.expect_download() as download:
        entry.get_by_role("link", name="Angebot.pdf").click()
    assert Path(download.value.path()).read_bytes() == b"%PDF"

    menu = page.get_by_label("Actions: Meeting: Workshop")
    menu.click()
    entry.get_by_role("link", name="Edit").click()
    entry.get_by_label("Title").fill("Long workshop")
    entry.get_by_role("button", name="Save").click()
    entry = page.locator("[data-activity-id]", has_text="Long workshop")
    page.get_by_label("Actions: Meeting: Long workshop").click()
    entry.get_by_role("link", name="History").click()
    expect(entry.locator(".al-versions > li")).to_have_count(2)
    entry.get_by_role("link", name="Back to the timeline").click()
    expect(entry.locator(".al-versions")).to_have_count(0)

    page.get_by_label("Actions: Meeting: Long workshop").click()
    entry.locator("summary", has_text="Delete").click()
    entry.get_by_role("button", name="Yes, delete").click()
    expect(entry).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(entry).to_have_count(1)
    assert titles(page)[1] == "Long workshop"


def test_a_task_is_done_by_its_menu(window: Any, site: str, log: ActivityLog, accessible: Callable[[Page], None]):
    log.record("task", KIM, title="Send the quote", status="open", occurred_at=NOON)
    numbered(log, 2)
    page = window(site)
    task = page.locator("[data-activity-id]", has_text="Send the quote")
    task.get_by_label(re.compile("^Actions")).click()
    accessible(page)
    task.get_by_role("button", name="Set to “Done”").click()
    expect(task.locator(".al-badge")).to_have_text("Done")
    expect(task).to_be_focused()
    assert log.timeline(KIM).filter(types="task").first().status == "done"


def test_what_does_not_fit_is_told_in_the_form(
    window: Any, site: str, log: ActivityLog, accessible: Callable[[Page], None]
):
    page = window(site)
    page.locator(".al-write > summary").click()
    form = page.locator(".al-write form")
    form.get_by_label("Date and time").fill("2126-03-10T12:30")
    form.get_by_label("Title").fill("kept")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This date is not possible for such an entry.")).to_be_visible()
    expect(form.get_by_label("Date and time")).to_be_focused()
    assert form.get_by_label("Title").input_value() == "kept"
    accessible(page)
    assert not log.everything().exists()


def test_who_was_slower_sees_what_is_there_now(
    window: Any, site: str, log: ActivityLog, accessible: Callable[[Page], None]
):
    log.record("note", KIM, title="first")
    page = window(site)
    page.get_by_label("Actions: Note: first").click()
    page.get_by_role("link", name="Edit").click()
    expect(page.locator(".al-inline").get_by_label("Title")).to_have_value("first")
    log.edit(log.timeline(KIM).first(), title="second")
    page.locator(".al-inline").get_by_label("Title").fill("third")
    page.locator(".al-inline").get_by_role("button", name="Save").click()
    expect(page.locator(".al-stale")).to_contain_text("Note: second")
    accessible(page)
    page.locator(".al-inline").get_by_role("button", name="Save").click()
    expect(page.locator(".al-stale")).to_have_count(0)
    expect(page.locator(".al-days .al-summary")).to_have_text("Note: third")


def test_a_live_entry_comes_to_a_second_window(window: Any, site: str, log: ActivityLog):
    numbered(log, 2)
    first, second = window(site), window(site)
    expect(second.locator("[data-al-ready]")).to_have_count(1)
    first.locator(".al-write > summary").click()
    first.locator(".al-write form").get_by_label("Title").fill("live")
    first.locator(".al-write form").get_by_role("button", name="Save").click()
    for page in (first, second):
        expect(page.locator("[data-activity-id]")).to_have_count(3)
    assert titles(second) == titles(first) == ["live", "n00", "n01"]
    expect(second.locator("[data-al-status]")).to_have_text("New: Note: live")


def test_groups_unfold_one_by_one_and_all_at_once(window: Any, site: str, filled: None):
    page = window(site)
    group = page.locator(".al-group")
    expect(group.get_by_text("Offer: Offer 1")).to_be_hidden()
    group.get_by_text("3 similar entries").click()
    expect(group.get_by_text("Offer: Offer 1")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Unfold all").click()
    expect(group.get_by_text("Offer: Offer 1")).to_be_visible()
    page.get_by_role("button", name="Fold all").click()
    expect(group.get_by_text("Offer: Offer 1")).to_be_hidden()
    page.get_by_role("link", name="Group similar").click()
    expect(page.locator(".al-group")).to_have_count(0)


def test_all_of_it_works_without_a_script(window: Any, site: str, log: ActivityLog, filled: None):
    page = window(site, java_script_enabled=False)
    page.locator(GROUP).click()
    expect(page.get_by_text("Offer: Offer 1")).to_be_visible()
    page.get_by_role("link", name="Show older entries").click()
    expect(page.get_by_role("link", name="Newer")).to_be_visible()
    page.get_by_role("link", name="Newer").click()
    page.get_by_role("searchbox").fill("offer")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".al-group")).to_have_count(1)
    page.locator(".al-write > summary").click()
    form = page.locator(".al-write form")
    form.get_by_label("Title").fill("an offer by post")
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".al-summary", has_text="an offer by post")).to_be_visible()
    assert "al-q=offer" in page.url
    page.get_by_label("Actions: Note: an offer by post").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("another offer")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Actions: Note: another offer").click()
    page.locator("summary", has_text="Delete").first.click()
    page.get_by_role("button", name="Yes, delete").first.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".al-summary", has_text="another offer")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_nobody_is_kept_out(
    window: Any, site: str, filled: None, accessible: Callable[[Page], None], scheme: str, language: str
):
    page = window(f"{site}?language={language}", color_scheme=scheme)
    accessible(page)
    page.locator(".al-write > summary").click()
    page.locator(".al-filters > summary").click()
    page.locator(GROUP).click()
    page.locator(".al-menu > summary").nth(1).click()
    accessible(page)
    background = page.locator(".al").evaluate("element => getComputedStyle(element).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 23, 28)")


def test_the_host_may_choose_light_or_dark(window: Any, site: str):
    for theme, scheme, color in (("dark", "light", "rgb(20, 23, 28)"), ("light", "dark", "rgb(255, 255, 255)")):
        page = window(f"{site}?theme={theme}", color_scheme=scheme)
        assert page.locator(".al").evaluate("element => getComputedStyle(element).backgroundColor") == color


def test_pages_of_its_own_keep_nobody_out(window: Any, site: str, filled: None, accessible: Callable[[Page], None]):
    page = window(site, java_script_enabled=True)
    base = page.locator(".al").get_attribute("data-al-url")
    own = page.url.partition("/contacts")[0] + base
    history = page.locator(".al-menu-list > a", has_text="History").first.get_attribute("href")
    for url in (own, f"{own}record", own.partition("/timeline")[0] + history):
        accessible(window(url))


def test_a_telephone_shows_all_of_it(window: Any, site: str, filled: None, accessible: Callable[[Page], None]):
    page = window(site, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page.locator(".al-write > summary").click()
    page.locator(GROUP).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    accessible(page)


def test_keys_are_enough(window: Any, site: str, filled: None):
    page = window(site)
    menu = page.locator(".al-menu > summary").first
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".al-menu").first).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator(".al-menu[open]")).to_have_count(0)
    expect(menu).to_be_focused()
