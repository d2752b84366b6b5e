"""What a client does wrong, and what cannot be done now: the right status, a clear text, nothing written."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

import orjson
import pytest

from activitylog import ActivityLog, Actor, Link, Ref, Viewer, scope
from activitylog.errors import InvalidInput, MissingExtra, StorageUnavailable
from activitylog_html import Asked
from html_component.browser import FRAGMENT, PREFIX, Browser, shown

NOBODY = UUID(int=7 << 76)  # named in ids of tests, which have to stay the same


def test_a_token_that_is_cut_or_forged_names_nothing(lea: Browser, log: ActivityLog, kim: Ref, make_component: Any):
    token = lea.url().removeprefix(PREFIX).rstrip("/")
    assert lea.ask(f"{PREFIX}{token}/").status == 200
    forged = [
        token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :] for place, letter in enumerate(token)
    ]
    foreign = make_component(secret="of another host").token(log, kim)
    label = make_component()._settings.tokens.labels([kim])
    for wrong in (
        *forged,
        *(token[:end] for end in range(len(token))),
        f"{token}=",
        f"{token}A",
        foreign,
        label,
        "ü",
        " ",
    ):
        answer = lea.ask(f"{PREFIX}{wrong}/")
        assert answer.status == 404, wrong
    assert shown(answer).one("h1").text == "This is not here, or not for you to see."


def test_a_token_is_good_in_its_own_tenant_only(lea: Browser, log: ActivityLog, kim: Ref):
    url = lea.url()
    with scope(tenant="other"):
        log.record("note", kim, title="theirs")
    lea.tenant = "other"
    assert "theirs" in lea.page().text
    for rest in ("", "entries.json", "record", "live"):
        assert lea.ask(f"{url}{rest}").status == 404
    assert lea.send("POST", f"{url}record", {"al-title": ["x"]}).status == 404
    with scope(tenant="other"):
        assert log.everything().count() == 1


def test_a_page_shows_its_subjects_and_no_others(lea: Browser, log: ActivityLog, kim: Ref, acme: Ref):
    log.record("note", acme, title="of ACME")
    assert "of ACME" not in str(lea.ask(lea.url()).body)
    assert "of ACME" in str(lea.ask(lea.url(acme)).body)


@pytest.mark.parametrize(
    ("method", "rest", "status"),
    [
        ("GET", "nothing", 404),
        ("GET", "entries/x/edit", 404),
        ("GET", f"entries/{NOBODY}/history", 404),
        ("GET", f"entries/{NOBODY}/edit", 404),
        ("POST", f"entries/{NOBODY}/delete", 404),
        ("GET", "live", 404),
        ("POST", "", 405),
        ("DELETE", "record", 405),
        ("GET", f"entries/{NOBODY}/delete", 405),
        ("PUT", f"entries/{NOBODY}/edit", 405),
    ],
)
def test_urls_that_are_not_there_and_methods_that_are_not_taken(lea: Browser, method: str, rest: str, status: int):
    answer = lea.send(method, lea.url(rest=rest))
    assert answer.status == status
    assert ("Allow" in answer.headers) is (status == 405)
    piece = lea.send(method, lea.url(rest=rest), headers=FRAGMENT)
    assert (piece.status, shown(piece).one(role="alert").tag) == (status, "p")
    told = lea.send(method, lea.url(rest=rest), headers={"accept": "application/json"})
    assert (told.status, orjson.loads(told.body)["status"]) == (status, status)


def test_a_head_is_answered_like_a_get(lea: Browser):
    assert lea.send("HEAD", lea.url()).status == 200


def test_problems_are_told_in_the_readers_language_with_a_way_back(lea: Browser):
    with scope(language="de"):
        answer = lea.ask(lea.url(rest="nothing?al-back=/contacts/42"))
        assert shown(lea.ask(f"{PREFIX}forged/")).one("html")["lang"] == "de"
    page = shown(answer)
    assert (page.one("html")["lang"], page.one("h1").text) == (
        "de",
        "Das gibt es hier nicht, oder Sie dürfen es nicht sehen.",
    )
    assert page.one("a")["href"] == "/contacts/42"
    assert not shown(lea.ask(lea.url(rest="nothing?al-back=//evil.example"))).all("a")


def test_a_store_that_is_away_is_told_and_logged(
    lea: Browser, log: ActivityLog, kim: Ref, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    log.record("note", kim)
    url = lea.url()

    def away(*_: Any) -> Any:
        raise StorageUnavailable("the database is locked")

    monkeypatch.setattr(type(log.storage), "fetch", away)
    with caplog.at_level(logging.ERROR, "activitylog"):
        answer = lea.ask(url)
    assert (answer.status, "locked" in str(answer.body)) == (503, False)
    assert "could not be shown" in caplog.text
    with pytest.raises(StorageUnavailable):
        lea.page()


@pytest.mark.parametrize("error", [RuntimeError("broken"), MissingExtra("files", "this")])
def test_an_error_of_the_program_is_the_hosts(
    lea: Browser, log: ActivityLog, kim: Ref, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    log.record("note", kim)
    url = lea.url()

    def broken(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(type(log.storage), "fetch", broken)
    with pytest.raises(type(error)):
        lea.ask(url)


def links_that_fail(ids: tuple[str, ...]) -> Any:
    raise RuntimeError(f"no such person: {ids}")


@pytest.mark.parametrize(
    "resolver",
    [links_that_fail, lambda ids: None, lambda ids: dict.fromkeys(ids, "/contacts/42")],
    ids=["raises", "gives nothing", "gives no links"],
)
@pytest.mark.parametrize("way", ["page", "own", "fragment", "form"])
def test_a_resolver_that_fails_costs_the_links_and_not_the_page(
    lea: Browser, log: ActivityLog, caplog: pytest.LogCaptureFixture, resolver: Any, way: str
):
    log.resolver("contact")(resolver)
    log.resolver("user")(lambda ids: {id: Link("Lea", f"/users/{id}") for id in ids})
    kim, kai = Ref("contact", 42, "Kim Weber"), Ref("contact", 43, "Kai Wolf")
    log.record("note", kim, kai, actor=Actor.user(3), note="Hello")
    lea.things = [Ref("contact", 42)]
    url = lea.url()
    caplog.clear()
    shown = {
        "page": lambda: lea.page().text,
        "own": lambda: str(lea.ask(url).body),
        "fragment": lambda: str(lea.ask(url, headers=FRAGMENT).body),
        "form": lambda: str(lea.ask(f"{url}record").body),
    }[way]()
    assert way == "form" or ("Hello" in shown and "Kai Wolf" in shown)
    assert "/users/3" not in shown
    [told] = caplog.records
    assert told.levelname == "ERROR"
    assert "a resolver failed" in told.getMessage()
    assert not any(secret in caplog.text for secret in ("person", "42", "Kim"))


def test_trusted_code_that_asks_a_resolver_gets_its_error(log: ActivityLog, kim: Ref):
    log.resolver("contact")(links_that_fail)
    with pytest.raises(RuntimeError, match="no such person"):
        log.resolve([kim])


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("prefix", "/timeline"),
        ("prefix", None),
        ("secret", ""),
        ("secret", None),
        ("static", "/static/"),
        ("tz", "Nowhere/Town"),
        ("tz", 5),
        ("page_size", 0),
        ("page_size", 201),
        ("page_size", True),
        ("fold", -timedelta(seconds=1)),
        ("fold", 3600),
        ("upload_max", -1),
    ],
)
def test_wrong_settings_are_named(make_component: Any, option: str, value: Any):
    with pytest.raises(InvalidInput) as caught:
        make_component(**{option: value})
    assert caught.value.field == option


def test_a_host_that_asks_wrongly_is_told(lea: Browser):
    for options in ({"tz": "Nowhere"}, {"language": "???"}):
        lea.options = options
        with pytest.raises(InvalidInput):
            lea.page()
    lea.options = {}
    lea.things = ["nobody"]
    with pytest.raises(InvalidInput):
        lea.page()


def test_a_zone_without_a_name_holds_for_the_page(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("note", kim)
    lea.options = {"tz": timezone(timedelta(hours=5))}
    url = lea.page().one("section", _id="al-timeline")["data-al-url"]
    assert lea.ask(url).status == 200
    own = lea.component.answer(log, url.removeprefix(PREFIX), Asked(url=url), tz="Asia/Kolkata")
    assert "+05:30" in str(own.body)


@pytest.mark.parametrize("part", ["babel", "jinja2"])
def test_a_missing_part_names_the_extra(part: str):
    program = f"import sys; sys.modules[{part!r}] = None; import activitylog_html"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert 'pip install "activitylog[html]"' in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("principals", [[], ["contact:99"], ["team:42"]])
def test_who_is_no_colleague_writes_about_nobody_else(lea: Browser, log: ActivityLog, kim: Ref, principals: list[str]):
    lea.viewer = Viewer(["contact:42"], internal=False)
    form = lea.page().one("form", data_al_send=None)
    lea.viewer = Viewer(principals, internal=False)
    assert not lea.page().all("form", data_al_send=None)
    assert lea.submit(form, type="letter.portal", title="not mine").status == 403
    assert log.everything().count() == 0


def test_a_length_that_is_no_length_is_too_large(lea: Browser, log: ActivityLog):
    form = lea.page().one("form", data_al_send=None)
    assert lea.submit(form, [], {"content-length": "9" * 5_000}, title="x").status == 413
    assert log.everything().count() == 0


@pytest.mark.parametrize("name", ["al-q", "al-category", "al-type", "al-since", "al-after", "al-back", "tab"])
def test_half_a_character_in_a_url_is_told_and_no_error(lea: Browser, log: ActivityLog, kim: Ref, name: str):
    log.record("note", kim)
    half = {name: ["a\ud800"]}
    with scope(actor=lea.actor):
        limited = log.visible_to(lea.viewer)
        page = lea.component.render(limited, kim, asked=Asked(url=f"/contacts/42?{name}=a\ud800", query=half))
        token = lea.component.token(log, kim)
        answers = {
            path: lea.component.answer(limited, f"{token}/{path}", Asked(url=PREFIX, query=half))
            for path in ("", "entries.json", "live")
        }
    assert ("This link is not valid" in page) == name.startswith("al-")
    page.encode()
    assert answers[""].status == 200
    assert answers["entries.json"].status == (400 if name.startswith("al-") else 200)
    assert answers["live"].status in (400, 404)
