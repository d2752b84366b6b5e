"""Where a person is named in ways that are easily overlooked, and what an erasure lists to be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from activitylog import ActivityLog, Actor, Attachment, Ref, TypeRegistry
from activitylog.storage import Query

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEA = Actor.user(3, "Lea Müller")
ZOE = Ref("contact", "zqx7", "Zoe Quint")


@pytest.fixture
def types():
    types = TypeRegistry()
    types.define("note", manual=True)
    return types


@pytest.fixture
def log(make_log, tmp_path):
    return make_log(actor=LEA, clock=lambda: NOW, files=str(tmp_path / "files"))


def left(log):
    store, found = log.storage, []
    for record in store.fetch(Query(tenant="default", limit=100)):
        found += [record.to_json(), *(one.to_json() for one in store.versions("default", record.id, limit=100))]
    return [text for text in found if "zqx7" in text or "quint" in text.lower()]


def test_a_change_that_is_named_by_the_person(log, kim):
    log.record_change(kim, before={"may see": {str(ZOE): "no"}}, after={"may see": {str(ZOE): "yes"}})
    log.record_change(kim, before={str(ZOE): 1}, after={str(ZOE): 2})
    log.privacy.erase(ZOE)
    assert left(log) == []


def test_a_key_that_names_the_person_beside_the_pseudonym(log, kim):
    log.record("note", kim, actor=Actor.customer(ZOE), idempotency_key=f"login:{ZOE}:17")
    log.privacy.erase(ZOE)
    assert left(log) == []
    assert not log.record("note", kim, idempotency_key=f"login:{ZOE}:17").created


def test_a_conversation_that_is_named_by_the_person(log, kim):
    log.record("note", ZOE, kim, conversation=str(ZOE))
    log.privacy.erase(ZOE)
    assert left(log) == []


def test_entries_that_keep_comments_are_listed(log, kim):
    entry = log.record("note", ZOE, kim)
    log.pin(entry, comment="Zoe Quint is ill")
    report = log.privacy.erase(ZOE)
    assert [row.activity for row in report] == [entry.id]


@pytest.mark.parametrize(
    "fields", [{"tags": ["zoe quint"]}, {"attachments": [Attachment(b"cv", name="CV of Zoe Quint.pdf")]}]
)
def test_entries_that_keep_tags_or_files_are_listed(log, kim, fields):
    entry = log.record("note", ZOE, kim, **fields)
    assert [row.activity for row in log.privacy.erase(ZOE)] == [entry.id]


def test_words_that_were_edited_away_are_listed(log, kim):
    entry = log.record("note", ZOE, kim, note="Zoe Quint is ill")
    log.edit(entry, note="")
    assert [row.activity for row in log.privacy.erase(ZOE)] == [entry.id]


def test_personal_values_that_an_older_version_of_the_type_called_otherwise(log, types, kim):
    types.define("order")
    entry = log.record("order", ZOE, kim, data={"mail": "zoe.quint@example.com"})
    newer = TypeRegistry()
    newer.define("order", version=2, personal=["email"], upcasters={1: lambda old: {"email": old["mail"]}})
    log = ActivityLog(log.storage, types=newer, actor=LEA)
    assert log.get(entry.id).data == {"email": "zoe.quint@example.com"}
    log.privacy.erase(ZOE)
    assert "quint" not in str(log.get(entry.id).data)
    assert left(log) == []
