"""Nothing that anybody wrote becomes markup: every text is fed with what breaks out of texts and attributes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activitylog import ActivityLog, Actor, Attachment, Link, Ref, Status, TypeRegistry
from activitylog_html import TimelineComponent
from activitylog_html.links import local_url, safe_url
from html_component.browser import FRAGMENT, PREFIX, Browser, shown
from html_component.page import Element

BREAKERS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "</textarea></select></title><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}{x}",
    "<!-- --><a href=javascript:alert(1)>",
    "&lt;b&gt;&amp;",
]
TAGS = {
    "", "a", "article", "button", "caption", "dd", "details", "div", "dl", "dt", "form", "h2", "h3", "header", "input",
    "label", "li", "link", "nav", "ol", "option", "p", "path", "script", "section", "select", "small", "span",
    "summary", "svg", "table", "tbody", "td", "textarea", "th", "thead", "time", "tr", "ul", "html", "head", "body",
    "meta", "title", "main", "h1",
}  # fmt: skip
"""All that the templates have."""


def check_harmless(page: Element) -> None:
    """Nothing but what the templates have; no script but the component's file, no style, no URL that runs."""
    for element in page:
        assert element.tag in TAGS, element.tag
        for name, value in element.attributes.items():
            assert not name.startswith("on"), name
            assert name != "style"
            assert all(letter.isalpha() or letter == "-" for letter in name), name
            if name in ("href", "src", "action"):
                scheme = re.match("([a-zA-Z][a-zA-Z0-9+.-]*):", re.sub("[\\x00-\\x20]", "", value))
                assert scheme is None or scheme[1].lower() in ("http", "https", "mailto"), value
        if element.tag == "script":
            assert (element["src"], element.raw) == ("/static/timeline.js", "")


def fed(log: ActivityLog, text: str) -> None:
    """Entries that have this text wherever a text can be."""
    kim, other = Ref("contact", 42, text), Ref("company", text, text)
    actor = Actor.user(text, text).on_behalf_of(Ref("contact", text, text))
    now = datetime.now(UTC)
    entry = log.record(
        "fed", kim, other, title=text, note=text, actor=actor, source=Ref("quote", text, text), tags=[text],
        channel=text[:60], conversation=text, assignee=Ref("user", text, text), due_at=now, data={"field": text},
        attachments=[Attachment(b"x", name=text)], occurred_at=now,
    )  # fmt: skip
    log.edit(entry, note=text * 30, title=text + "!", comment=text)
    log.pin(entry, comment=text)
    log.record("fed", kim, actor=actor, note=text * 100, occurred_at=now - timedelta(minutes=1))
    log.record_change(kim, before={text: text, "a": [text], "b": 1}, after={text: "x", "a": {text: text}, "b": text})


def fed_log(text: str) -> ActivityLog:
    registry = TypeRegistry()
    texts = {"en": text.replace("{", "(").replace("}", ")") + " {field}", "de": "x"}
    registry.define(
        "fed", category=text[:60], icon=text[:60], manual=True, label=text, summary=texts,
        statuses={"open": Status(text)}, field_labels={"a": text, text: text},
    )  # fmt: skip
    log = ActivityLog("memory://", types=registry, actor=Actor.user(3))
    for kind in ("contact", "company", "user", "quote"):
        log.resolver(kind)(lambda ids: {id: Link(text, text) for id in ids})
    fed(log, text)
    return log


def component() -> TimelineComponent:
    return TimelineComponent(prefix=PREFIX, secret="s", static=lambda name: f"/static/{name}")


@pytest.mark.parametrize("text", BREAKERS)
def test_texts_are_shown_as_they_are_and_are_nothing_else(text: str):
    log = fed_log(text)
    lea = Browser(component(), log, [Ref("contact", 42, text)])
    page = lea.page()
    check_harmless(page)
    for part in ("al-actor", "al-title", "al-text", "al-summary", "al-badge"):
        assert any(" ".join(text.split()) in element.text for element in page.all(_class=part)), part
    entry = log.timeline("contact:42").first()
    for rest in ("", "record", f"entries/{entry.id}/edit", f"entries/{entry.id}/history"):
        check_harmless(shown(lea.ask(lea.url(rest=rest))))


@settings(max_examples=25, deadline=None)
@given(text=st.text(st.sampled_from("<>\"'&{}%/\\ =:;ajx\n\t\u2028é`"), min_size=1, max_size=40).filter(str.strip))
def test_no_text_at_all_becomes_markup(text: str):
    lea = Browser(component(), fed_log(text), [Ref("contact", 42, text)])
    check_harmless(lea.page())
    check_harmless(shown(lea.ask(lea.url())))


@pytest.mark.parametrize("text", BREAKERS)
@pytest.mark.parametrize(
    "name", ["q", "category", "type", "since", "after", "before", "open", "fold", "back", "deleted"]
)
def test_what_the_url_says_becomes_no_markup(lea: Browser, log: ActivityLog, kim: Ref, name: str, text: str):
    log.record("note", kim)
    check_harmless(lea.page(f"/contacts/42?{quote(text)}=1&tab={quote(text)}&al-{name}={quote(text)}"))
    check_harmless(shown(lea.ask(lea.url(rest=f"?al-{name}={quote(text)}"))))


@pytest.mark.parametrize("text", BREAKERS)
def test_what_a_form_says_becomes_no_markup(lea: Browser, kim: Ref, text: str):
    form = lea.page().one(data_al_write=None).one("form")
    for name in ("type", "at", "title", "note", "back", "subjects", "version"):
        values = {"at": "never", name: text}
        check_harmless(shown(lea.submit(form, **values)))


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/contacts/42", True),
        ("contacts/42?a=b:c", True),
        ("?q=1", True),
        ("https://ok.example/", True),
        ("//ok.example/", True),
        ("mailto:ok@example.org", True),
        ("HTTP://ok.example/", True),
        ("", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\tscript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("\x01javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("vbscript:x", False),
        ("blob:x", False),
        (None, False),
        (5, False),
    ],
)
def test_a_link_leads_somewhere_or_nowhere_and_runs_nothing(url: Any, kept: bool):
    assert safe_url(url) == (url if kept else "")


@given(st.text(st.sampled_from("/\\:ht.px?#@ \t\n%"), max_size=12))
def test_a_local_url_is_a_path_of_this_site(url: str):
    found = local_url(url)
    assert found in (url, "")
    if found:
        assert found[0] == "/"
        assert found[1:2] not in ("/", "\\")
        assert not set("\t\n \\") & set(found)


def test_labels_of_resolvers_without_a_safe_url_are_plain(lea: Browser, log: ActivityLog, kim: Ref, acme: Ref):
    log.record("note", kim, acme, source=Ref("quote", 1))
    links: dict[str, Callable[[Any], Any]] = {
        "company": lambda ids: {id: Link("<b>ACME</b>", "javascript:alert(1)") for id in ids},
        "quote": lambda ids: {id: Link("Quote", "https://ok.example/") for id in ids},
    }
    for kind, resolver in links.items():
        log.resolver(kind)(resolver)
    facts = lea.page().one("dl")
    assert facts.text == "About <b>ACME</b> Source Quote"
    assert [link["href"] for link in facts.all("a")] == ["https://ok.example/"]


@pytest.mark.parametrize("text", BREAKERS)
def test_pieces_for_the_script_become_no_markup(lea: Browser, text: str):
    form = lea.page().one(data_al_write=None).one("form")
    check_harmless(shown(lea.submit(form, headers=FRAGMENT, title=text, note=text)))
    check_harmless(shown(lea.submit(form, headers=FRAGMENT, title=text * 100, note=text)))
