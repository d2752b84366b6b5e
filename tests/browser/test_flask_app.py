"""The CRM of ``examples/flask_app`` as people see and use it, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from activitylog import Actor
from browser.host import served
from effort import effort
from flask_app import create_app
from flask_app.extensions import activity, db
from sample_crm.people import PASSWORDS

PAGES = ("/", "/companies/", "/companies/1", "/contacts/1", "/contacts/1/edit", "/contacts/new", "/mail", "/invoices/1")
ENTRIES = ".al-days [data-activity-id]"
LEA, TOM = Actor.user(1, "Lea Müller"), Actor.user(2, "Tom Ernst")
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def app(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application with its sample data; each test that writes has a contact of its own."""
    app = create_app("", INSTANCE=tmp_path_factory.mktemp("crm"))
    assert app.test_cli_runner().invoke(args=["seed"]).exit_code == 0
    yield app
    with app.app_context():
        activity.log.base.close()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def site(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url
        if (feed := app.extensions["activitylog"]._live) is not None:
            feed.close()


@pytest.fixture
def enter(site: str, window: Callable[..., Page]) -> Callable[..., Page]:
    """Opens a window in which somebody has signed in, and goes to a page."""

    def sign_in(login: str, path: str = "/", **options: Any) -> Page:
        page = window(f"{site}/sign-in", **options)
        page.locator("[name=login]").fill(login)
        page.locator("[name=password]").fill(PASSWORDS[login])
        page.locator(".form .button").click()
        expect(page.locator(".people").first).to_be_visible()
        if path != "/":
            page.goto(site + path)
        return page

    return sign_in


def record(app: Flask, contact: int, title: str, actor: Actor = LEA, **fields: Any) -> None:
    with app.app_context():
        activity.log.record("note", f"contact:{contact}", title=title, actor=actor, **fields)
        db.session.commit()


def write(page: Page, title: str, **fields: str) -> None:
    page.locator(".al-write > summary").click()
    form = page.locator(".al-write form")
    form.locator("[name=al-title]").fill(title)
    for name, value in fields.items():
        form.locator(f"[name=al-{name}]").fill(value)
    form.locator("button[type=submit]").click()


def entry(page: Page, title: str) -> Locator:
    return page.locator(ENTRIES, has_text=title)


def fits(page: Page) -> bool:
    """Tell whether nothing has to be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_who_signs_in_sees_the_contacts_of_the_team(window: Any, site: str, accessible: Callable[[Page], None]):
    page = window(site)
    accessible(page)
    page.get_by_label("User name").fill("lea")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Name and password do not fit.")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORDS["lea"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Kim Weber")).to_be_visible()
    expect(page.get_by_role("link", name="Jo Klein")).to_have_count(0)
    page.get_by_role("link", name="Kim Weber").click()
    expect(page.locator(".al-pinned")).to_contain_text("Prefers the phone")
    expect(entry(page, "Contact changed")).to_contain_text("Bonn")


def test_the_timeline_is_unfolded_filtered_searched_and_paged(enter: Any, site: str):
    page = enter("lea", "/contacts/1")
    expect(page.get_by_text("Phone call: Line busy")).to_be_hidden()
    page.get_by_text("3 similar entries").click()
    expect(page.get_by_text("Phone call: Line busy")).to_be_visible()
    page.get_by_role("link", name="Billing").click()
    expect(page.locator(ENTRIES)).to_have_count(2)
    page.get_by_role("link", name="All", exact=True).click()
    page.get_by_role("searchbox").press_sequentially("workshop tab")
    expect(page).to_have_url(f"{site}/contacts/1?al-q=workshop+tab")  # what is billed are two entries as well
    expect(page.locator(ENTRIES)).to_have_count(2)
    page.get_by_role("searchbox").fill("")
    more = page.get_by_role("link", name="Show older entries")
    expect(more).to_be_visible()
    before = page.locator(ENTRIES).count()
    more.click()
    expect(page.locator(ENTRIES).nth(before)).to_be_attached()
    expect(entry(page, "Contact created")).to_have_count(1)
    times = page.locator(ENTRIES).evaluate_all("each => each.map((one) => one.dataset.at)")
    assert times == sorted(times, reverse=True)


def test_an_entry_is_recorded_with_a_file_and_edited(enter: Any, tmp_path: Path):
    page = enter("lea", "/contacts/3")
    file = tmp_path / "Angebot.pdf"
    file.write_bytes(b"%PDF")
    page.locator(".al-write input[type=file]").set_input_files(file)
    write(page, "Lunch", note="About the lamps")
    expect(entry(page, "Lunch")).to_be_focused()
    with page.expect_download() as download:
        entry(page, "Lunch").get_by_role("link", name="Angebot.pdf").click()
    assert Path(download.value.path()).read_bytes() == b"%PDF"
    entry(page, "Lunch").locator(".al-menu > summary").click()
    entry(page, "Lunch").get_by_role("link", name="Edit").click()
    page.locator(".al-inline").get_by_label("Title").fill("Long dinner")
    page.locator(".al-inline").get_by_role("button", name="Save").click()
    expect(entry(page, "Long dinner")).to_have_count(1)
    expect(entry(page, "Lunch")).to_have_count(0)


def test_a_contact_is_created_changed_and_gets_an_invoice(enter: Any):
    page = enter("ida")
    page.get_by_role("link", name="New contact").click()
    page.get_by_label("Name").fill("Nele Brand")
    page.get_by_label("Team").select_option("south")
    page.get_by_role("button", name="Save").click()
    expect(entry(page, "Contact created")).to_have_count(1)
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Company").select_option("Studio Sieben")
    page.get_by_role("button", name="Save").click()
    expect(entry(page, "Contact changed")).to_contain_text("Studio Sieben")
    page.get_by_role("link", name="Issue an invoice").click()
    page.get_by_label("For").fill("Lamps")
    page.get_by_label("Amount in euros").fill("12.50")
    page.get_by_role("button", name="Issue").click()
    expect(page.get_by_role("status").first).to_contain_text("issued.")
    page.locator(".invoices a").click()
    page.get_by_role("button", name="Mark as paid").click()
    expect(page.locator(".al-days .al-badge")).to_have_text("Paid")


def test_what_one_writes_comes_to_the_window_of_another_of_the_team(app: Flask, enter: Any):
    lea, ida, tom = enter("lea", "/contacts/4"), enter("ida", "/contacts/4"), enter("tom", "/companies/3")
    for page in (ida, tom):
        expect(page.locator("[data-al-ready]")).to_have_count(1)
    write(lea, "Just now")
    expect(entry(ida, "Just now")).to_contain_text("Lea Müller")
    record(app, 5, "of the north")
    record(app, 6, "of the south", TOM)
    expect(entry(tom, "of the south")).to_have_count(1)
    expect(tom.get_by_text("of the north")).to_have_count(0)


def test_what_is_pinned_stands_on_top_and_nowhere_else(app: Flask, enter: Any):
    record(app, 5, "Call first", pinned=True)  # so new that an open page is told of it
    page = enter("lea", "/contacts/5")
    record(app, 5, "Called")
    expect(entry(page, "Called")).to_have_count(1)
    expect(page.locator("[data-activity-id]", has_text="Call first")).to_have_count(1)


def test_it_is_dark_and_german_for_who_likes_that(enter: Any, accessible: Callable[[Page], None]):
    page = enter("nora", "/contacts/1", color_scheme="dark", locale="de-DE")
    expect(page.get_by_role("heading", name="Verlauf")).to_be_visible()
    expect(page.get_by_role("link", name="Rechnung stellen")).to_be_visible()
    expect(entry(page, "Telefonat: Delivery on Thursday")).to_have_count(1)
    colours = "element => getComputedStyle(element).backgroundColor"
    assert page.locator(".al").evaluate(colours) == page.locator(".card").first.evaluate(colours) == "rgb(21, 26, 27)"
    accessible(page)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    primary = page.locator(".al-primary").first.evaluate(colours)
    assert primary == "rgb(111, 211, 200)", "the timeline has the colours of the app"


def test_links_and_forms_do_without_a_script(enter: Any):
    page = enter("lea", "/contacts/1", java_script_enabled=False)
    page.get_by_role("link", name="Show older entries").click()
    expect(entry(page, "Contact created")).to_have_count(1)
    expect(entry(page, "Delivery on Thursday")).to_have_count(0)
    page.get_by_role("link", name="Newer").click()
    expect(entry(page, "Delivery on Thursday")).to_have_count(1)
    page.goto(re.sub(r"/contacts/1.*", "/contacts/11", page.url))
    write(page, "By hand")
    expect(entry(page, "By hand")).to_contain_text("Lea Müller")
    assert page.url.endswith("/contacts/11#al-timeline")
    page.get_by_role("searchbox").fill("hand")
    page.locator(".al-find button[type=submit]").click()
    expect(page.locator(ENTRIES)).to_have_count(1)


def test_a_telephone_shows_every_page_and_keeps_nobody_out(enter: Any, site: str, accessible: Callable[[Page], None]):
    page = enter("nora", "/admin/activities", **PHONE)
    paths = ("/admin/activities", *PAGES)
    looked_into = effort(len(paths), least=4)
    for number, path in enumerate(paths):
        page.goto(site + path)
        if number < looked_into:
            accessible(page)
        assert fits(page), path
    page.goto(f"{site}/contacts/1")
    page.locator(".al-write > summary").click()
    page.get_by_text("More filters").click()
    page.get_by_text("3 similar entries").click()
    assert fits(page)
