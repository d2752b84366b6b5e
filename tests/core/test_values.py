"""Refs, actors, contexts: what they take, and what they say of what they do not."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog import Actor, Context, Ref
from activitylog.errors import InvalidInput
from activitylog.limits import shortened
from activitylog.words import search_words, stored_words


class Customer:
    def __activity_ref__(self) -> Ref:
        return Ref("customer", 9, "Nine")


def test_a_ref_is_equal_by_kind_and_id_and_keeps_its_label():
    assert Ref("contact", 42, "Kim") == Ref("contact", "42")
    assert len({Ref("contact", 42, "Kim"), Ref("contact", 42)}) == 1
    assert Ref("contact", UUID(int=1)).id == str(UUID(int=1))
    assert str(Ref("file", "a:b:c")) == "file:a:b:c"


def test_ref_of_takes_texts_refs_and_objects_that_know_theirs():
    assert Ref.of("file:a:b") == Ref("file", "a:b")
    assert Ref.of(Customer()).label == "Nine"
    assert Ref.of(Actor.user(3)) == Ref("user", 3)


@pytest.mark.parametrize("kind", ["", "Contact", "1st", "con tact", "ä", "contact:", "x" * 65, None, 3])
def test_a_malformed_kind_is_named(kind: object):
    with pytest.raises(InvalidInput, match="^kind: "):
        Ref(kind, 1)


@pytest.mark.parametrize("id", ["", "x" * 256, "é" * 128, "a\0b", "\ud800", None, 1.5, True, b"x"])
def test_a_malformed_id_is_named(id: object):
    with pytest.raises(InvalidInput, match="^id: "):
        Ref("contact", id)


@pytest.mark.parametrize("thing", ["contact", "", 42, None, object(), Customer, ("contact", 42)])
def test_what_names_nothing_is_said_to(thing: object):
    with pytest.raises(InvalidInput, match="^ref: |^id: |^kind: "):
        Ref.of(thing)


def test_an_actor_has_a_kind_a_ref_and_perhaps_somebody_it_acts_for():
    kim = Ref("contact", 42, "Kim")
    lea = Actor.user(3, "Lea")
    assert (lea.kind, lea.ref, lea.behalf, lea.label) == ("user", Ref("user", 3), None, "Lea")
    assert lea.on_behalf_of(kim).behalf == kim
    assert lea.on_behalf_of(kim) != lea
    assert lea.on_behalf_of(Actor.customer(kim)).behalf_kind == "customer"
    assert Actor.user(Ref("employee", 3, "Lea")).ref.kind == "employee"
    assert Actor.system("billing run").label == "billing run"
    assert [make(1).kind for make in (Actor.customer, Actor.service, Actor.api_key)] == [
        "customer",
        "service",
        "api_key",
    ]
    assert Actor.anonymous().kind == "anonymous"


def test_a_context_keeps_what_is_given_and_checks_it():
    assert Context(ip="::1").to_dict() == {"ip": "::1"}
    assert Context.from_json(Context(origin="web", user_agent="x").to_json()) == Context(origin="web", user_agent="x")
    with pytest.raises(InvalidInput, match=r"^context\.ip: "):
        Context(ip="x" * 256)


def test_search_words_are_folded():
    assert search_words(["Straße, ŒUVRE e-mail ①x İstanbul"]) == ["strasse", "œuvre", "e", "mail", "1x", "istanbul"]
    assert search_words(["a" * 50]) == ["a" * 40]
    assert len(search_words([" ".join(map(str, range(600)))])) == 500
    assert stored_words(["Kim asked", "kim"]) == " kim asked"
    assert stored_words(["…!"]) == ""


@given(st.text())
def test_folding_does_not_depend_on_case_or_composition(text: str):
    import unicodedata

    assert search_words([text]) == search_words([unicodedata.normalize("NFD", text)])
    assert all(word.isalnum() for word in search_words([text]))


@given(st.text(st.characters(codec="utf-8")), st.integers(3, 40))
def test_a_shortened_text_fits(text: str, limit: int):
    assert len(shortened(text, limit).encode()) <= limit
    assert shortened(text, limit) == text or shortened(text, limit).endswith("…")
