"""The CRM of ``examples/django_site`` as people see and use it, in a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

PASSWORDS = {"lea": "lea-north", "tom": "tom-south", "ida": "ida-both", "nora": "nora-admin"}
PAGES = ("/", "/contacts/1", "/contacts/1/edit", "/companies/1", "/mail")
ENTRIES = ".al-days [data-activity-id]"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def site(chromium: Browser, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site with its sample data, as its commands start it; each test that writes has a contact of its own."""
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "STORE": "", "DATA": str(folder), "PYTHONPATH": "", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-W", "error", repository / "examples" / "django_site" / "manage.py"]
    subprocess.run([*command, "seed"], env=environment, check=True, stdout=subprocess.DEVNULL)
    with (
        (folder / "requests.log").open("w") as log,
        subprocess.Popen(
            [*command, "runserver", "--noreload", "0"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as server,
    ):
        assert server.stdout is not None
        started = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in server.stdout)
        url = next((found[0] for found in started if found), "")
        try:
            assert url, (folder / "requests.log").read_text()
            yield url
        finally:
            server.kill()  # open streams would keep it


@pytest.fixture(scope="module")
def cookies() -> dict[str, Any]:
    """What browsers keep of who signed in."""
    return {}


@pytest.fixture
def enter(site: str, window: Callable[..., Page], cookies: dict[str, Any]) -> Callable[..., Page]:
    """Opens a window at a page for somebody, who signs in once in a run: that takes its time."""

    def open(login: str, path: str = "/", **options: Any) -> Page:
        if login not in cookies:
            page = window(f"{site}/sign-in")
            page.get_by_label("Username").fill(login)
            page.get_by_label("Password").fill(PASSWORDS[login])
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            cookies[login] = page.context.storage_state()
        return window(site + path, storage_state=cookies[login], **options)

    return open


def write(page: Page, title: str, file: Path | None = None) -> None:
    page.locator(".al-write > summary").click()
    form = page.locator(".al-write form")
    form.locator("[name=al-title]").fill(title)
    if file:
        form.locator("input[type=file]").set_input_files(file)
    form.locator("button[type=submit]").click()


def entry(page: Page, title: str) -> Locator:
    return page.locator(ENTRIES, has_text=title)


def fits(page: Page) -> bool:
    """Tell whether nothing has to be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_who_signs_in_sees_the_contacts_of_the_team(window: Any, site: str, accessible: Callable[[Page], None]):
    page = window(site)
    accessible(page)
    page.get_by_label("Username").fill("lea")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("correct username")
    page.get_by_label("Password").fill(PASSWORDS["lea"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Jo Klein")).to_have_count(0)
    page.get_by_role("link", name="Kim Weber").click()
    expect(page.locator(".al-pinned")).to_contain_text("Prefers the phone")
    expect(entry(page, "Contact changed")).to_contain_text("Bonn")
    accessible(page)


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
    expect(entry(page, "Contact created")).to_have_count(1)
    expect(page.locator(ENTRIES).nth(before)).to_be_attached()


def test_an_entry_is_recorded_with_a_file_and_edited(enter: Any, tmp_path: Path):
    page = enter("lea", "/contacts/3")
    file = tmp_path / "Angebot.pdf"
    file.write_bytes(b"%PDF")
    write(page, "Lunch", file)
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


def test_what_one_writes_comes_to_the_windows_of_the_team_alone(enter: Any):
    lea, ida, tom = enter("lea", "/contacts/5"), enter("ida", "/contacts/5"), enter("tom", "/companies/3")
    for page in (ida, tom):
        expect(page.locator("[data-al-ready]")).to_have_count(1)
    write(lea, "of the north")
    expect(entry(ida, "of the north")).to_contain_text("Lea Müller")
    ida.goto(ida.url.replace("/contacts/5", "/contacts/6"))
    write(ida, "of the south")
    expect(entry(tom, "of the south")).to_contain_text("Ida Brandt")
    expect(tom.get_by_text("of the north")).to_have_count(0)


def test_it_is_dark_and_german_for_who_likes_that(enter: Any, accessible: Callable[[Page], None]):
    page = enter("ida", "/contacts/1", color_scheme="dark", locale="de-DE")
    for text in ("Rechnung stellen", "Telefonat: Delivery on Thursday", "Nord"):
        expect(page.get_by_text(text, exact=True)).to_be_visible()
    colours = "element => getComputedStyle(element).backgroundColor"
    assert page.locator(".al").evaluate(colours) == page.locator(".card").first.evaluate(colours) == "rgb(21, 26, 27)"
    accessible(page)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()


def test_links_and_forms_do_without_a_script(enter: Any):
    page = enter("lea", "/contacts/1", java_script_enabled=False)
    page.get_by_role("link", name="Show older entries").click()
    expect(page.get_by_role("link", name="Newer")).to_be_visible()
    page.goto(re.sub(r"/contacts/1.*", "/contacts/11", page.url))
    write(page, "By hand")
    expect(entry(page, "By hand")).to_contain_text("Lea Müller")
    assert page.url.endswith("/contacts/11#al-timeline")
    page.get_by_role("searchbox").fill("hand")
    page.locator(".al-find button[type=submit]").click()
    expect(page.locator(ENTRIES)).to_have_count(1)


def test_a_telephone_shows_every_page_and_keeps_nobody_out(enter: Any, site: str, accessible: Callable[[Page], None]):
    page = enter("nora", **PHONE)
    for path in PAGES:
        page.goto(site + path)
        assert fits(page), path
        if path in ("/contacts/1/edit", "/mail"):  # the others have nothing that these have not
            accessible(page)


def test_the_admin_shows_timelines_and_everything(enter: Any):
    page = enter("nora", "/admin/crm/contact/12/change/")
    write(page, "From the admin")
    expect(entry(page, "From the admin")).to_contain_text("Nora Vogt")
    page.get_by_role("link", name="Activities").click()
    page.get_by_role("searchbox", name="Search the timeline").fill("from admin")
    expect(page.locator(ENTRIES)).to_have_count(1)
    expect(page.locator(ENTRIES)).to_contain_text("Leo Schubert")


def test_the_timelines_of_the_admin_keep_nobody_out(enter: Any, site: str):
    page = enter("nora", "/admin/crm/contact/1/change/", bypass_csp=True)  # axe styles some of Django's elements
    for path, scheme in (("/admin/crm/contact/1/change/", "dark"), ("/admin/activitylog/entry/", "light")):
        page.emulate_media(color_scheme=scheme)
        page.goto(site + path)
        found = Axe().run(page, context=".al")
        assert found.violations_count == 0, found.generate_report()
