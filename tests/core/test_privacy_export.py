"""The archive of a person: what is in it, for whom, and that it takes no memory."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from activitylog import REDACTED, ActivityLog, Actor, Attachment, TypeRegistry, Viewer, scope
from activitylog.errors import StorageError
from told_of_a_person import BEN, DUPLICATE, LEA, NOW, PERSON, tell, types_of_a_person


@pytest.fixture
def types() -> TypeRegistry:
    types = types_of_a_person()
    types.define("secret", permission="secrets.read")
    types.define("ticket", visibility="customer", manual=True)
    types.define("short", purge_after=timedelta(days=1), planned=True)
    return types


@pytest.fixture
def log_options(tmp_path: Path) -> dict[str, Any]:
    return {"actor": LEA, "files": str(tmp_path / "contents")}


def opened(parts: Iterator[bytes]) -> ZipFile:
    archive = ZipFile(io.BytesIO(b"".join(parts)))
    assert archive.testzip() is None
    return archive


def told(archive: ZipFile) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read("activities.jsonl").splitlines()]


def test_everything_about_them_is_in_it(log: ActivityLog):
    tell(log)
    archive = opened(log.privacy.export(PERSON))
    found = {entry["id"]: entry for entry in told(archive)}
    first = found["01800000-0000-7000-8000-000000000001"]
    assert (first["title"], first["note"]) == ("Holunder", "Asked for Vogelbeere")
    assert first["data"] == {"born": "kornelkirsche", "deep": [{"x": "kornelkirsche"}]}
    assert [each["action"] for each in first["history"]] == ["recorded", "edited"]
    [change] = first["history"][1]["changes"]
    assert (change["old"], change["new"]) == ("Asked for Schlehe", "Asked for Vogelbeere")
    assert archive.read(first["files"][0]) == b"elsbeere"
    assert archive.read(found["01800000-0000-7000-8000-00000000000b"]["files"][0]) == b"a garden"
    wanted = {1, 2, 3, 4, 11, 13, 14, 15, 16, 17}
    assert {f"01800000-0000-7000-8000-0000000000{number:02x}" for number in wanted} <= found.keys()
    assert found["01800000-0000-7000-8000-000000000004"]["deleted"]
    assert "weather" not in archive.read("activities.jsonl").decode()
    subject = json.loads(archive.read("subject.json"))
    assert (subject["ref"], subject["merged"]) == (str(PERSON), [str(DUPLICATE)])


def test_each_entry_is_in_it_once_and_in_the_order_of_time(log: ActivityLog):
    for number in range(120):
        log.record("call", PERSON, actor=Actor.customer(PERSON), assignee=PERSON, note=str(number))
    log.record("call", BEN, actor=Actor.customer(PERSON), note="by them")
    assert [entry["note"] for entry in told(opened(log.privacy.export(PERSON)))] == [*map(str, range(120)), "by them"]


def test_of_nobody_it_is_empty(log: ActivityLog):
    archive = opened(log.privacy.export("contact:nobody"))
    assert archive.namelist() == ["subject.json", "activities.jsonl"]
    assert told(archive) == []


def test_nothing_of_other_tenants_is_in_it(log: ActivityLog):
    with scope(tenant="south"):
        log.record("call", PERSON)
        parts = log.privacy.export(PERSON)
    log.record("call", PERSON, note="in the north")
    assert [entry["tenant"] for entry in told(opened(parts))] == ["south"]


def test_large_files_pass_through_in_parts(log: ActivityLog):
    large = bytes(range(256)) * 20_000
    entry = log.record(
        "call", PERSON, attachments=[Attachment(large, name="../large\n.bin"), Attachment(b"x", name="x")]
    )
    parts = list(log.privacy.export(PERSON))
    assert max(map(len, parts)) < 2_000_000
    archive = opened(iter(parts))
    names = archive.namelist()[2:]
    assert [archive.read(name) for name in names] == [large, b"x"]
    assert names == [f"files/{entry.id}/1-large_.bin", f"files/{entry.id}/2-x"]


def test_a_file_that_is_gone_is_an_error(log: ActivityLog, tmp_path: Path):
    log.record("call", PERSON, attachments=[Attachment(b"gone", name="gone")])
    for file in (tmp_path / "contents").rglob("*"):
        if file.is_file():
            file.unlink()
    with pytest.raises(StorageError):
        list(log.privacy.export(PERSON))


class TestUnderAViewer:
    def test_only_what_they_see_whole(self, log: ActivityLog):
        seen = log.record("call", PERSON, note="seen", readers=LEA)
        log.record("call", PERSON, note="hidden", readers="user:9")
        log.record("secret", PERSON, note="redacted")
        log.record("call", BEN, note="by them", actor=Actor.customer(PERSON), readers="user:9")
        log.subjects.merge(DUPLICATE, into=PERSON)
        archive = opened(log.visible_to(Viewer(["user:3"])).privacy.export(PERSON))
        assert [entry["id"] for entry in told(archive)] == [str(seen.id)]
        assert json.loads(archive.read("subject.json"))["merged"] == [], "whom nothing names that they see"

    def test_a_customer_has_their_own(self, log: ActivityLog):
        ticket = log.record("ticket", PERSON, note="help", attachments=[Attachment(b"a picture", name="a.png")])
        log.record("call", PERSON, note="internal")
        log.record("ticket", BEN, note="of another", actor=Actor.customer(PERSON))
        customer = log.visible_to(Viewer([str(PERSON)], internal=False))
        archive = opened(customer.privacy.export(PERSON))
        assert [entry["id"] for entry in told(archive)] == [str(ticket.id)]
        assert archive.read(told(archive)[0]["files"][0]) == b"a picture"
        assert told(opened(customer.privacy.export(BEN))) == []

    def test_no_versions_that_they_could_not_see(self, log: ActivityLog):
        entry = log.record("ticket", PERSON, note="internal", readers="user:9")
        log.edit(entry, note="for all")
        log.share(entry, readers="*")
        [found] = told(opened(log.visible_to(Viewer(["user:3"])).privacy.export(PERSON)))
        assert [each["action"] for each in found["history"]] == [REDACTED] * 3
        assert "internal" not in json.dumps(found["history"])

    def test_what_is_past_its_age_is_not_there_but_can_be_erased(self, make_log: Callable[..., ActivityLog]):
        present = NOW
        log = make_log(clock=lambda: present)
        log.record("short", PERSON, note="Schlehe", occurred_at=NOW)
        assert len(told(opened(log.privacy.export(PERSON)))) == 1
        present += timedelta(days=2)
        assert told(opened(log.privacy.export(PERSON))) == []
        assert log.privacy.erase(PERSON).numbers["anonymised"] == 1
        present -= timedelta(days=2)
        assert [entry.note for entry in log.everything()] == [""]
