"""A real browser: one for the tests of a file, so that its event loop is in nobody's way, and windows for each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def chromium(not_had: Callable[[str, object], NoReturn]) -> Iterator[Browser]:
    path = shutil.which("chromium") or not_had("chromium", "there is none on the path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens windows; whatever their consoles say of errors fails the test."""
    contexts, errors = [], []

    def open(url: str, **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 900, "height": 1200}, **options})
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield open
    for context in contexts:
        context.close()
    expected = ("409", "400", "413")  # browsers call these errors
    assert not [error for error in errors if not any(f"status of {status}" in error for status in expected)]


_STILL = "() => Promise.allSettled(document.getAnimations().map(each => each.finished)).then(() => true)"


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Fails where axe-core finds something that keeps people out."""

    def check(page: Page) -> None:
        page.evaluate(_STILL)  # while a colour changes to another, neither is seen well
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()

    return check
