"""Plans whose drafts have files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from activitylog import ActivityLog, Attachment, Draft, Ref
from activitylog.errors import InvalidInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def log(make_log: Callable[..., ActivityLog], folder: Path) -> ActivityLog:
    return make_log(files=folder)


def contents(folder: Path) -> list[bytes]:
    return sorted(file.read_bytes() for file in folder.rglob("content/*/*") if file.is_file())


def test_all_activities_have_the_file_that_is_kept_once(log: ActivityLog, folder: Path, contacts: list[Ref]):
    plan = log.plans.make(Draft("call", attachments=[Attachment(b"the map", name="map.pdf")]), contacts)
    log.files.sweep()
    assert contents(folder) == [b"the map"], "the plan owns it"
    batch = log.plans.resume(plan.id).execute()
    log.files.sweep()
    for entry in batch.timeline():
        [attachment] = entry.attachments
        with log.files.open(entry, attachment) as file:
            assert (attachment.name, file.read()) == ("map.pdf", b"the map")
    assert contents(folder) == [b"the map"]


def test_each_contact_can_have_a_file_of_its_own(log: ActivityLog, folder: Path, contacts: list[Ref]):
    batch = log.plans.make(
        lambda contact: Draft("call", attachments=[Attachment(contact.label.encode(), name="offer.txt")]), contacts
    ).execute()
    assert contents(folder) == [b"Ada", b"Ben", b"Cem", b"Dora", b"Eva"]
    for entry in batch.timeline():
        with log.files.open(entry, entry.attachments[0]) as file:
            assert file.read().decode() == entry.subjects[0].label


def test_a_shared_activity_has_it_too(log: ActivityLog, contacts: list[Ref]):
    draft = Draft("call", attachments=[Attachment(b"the map", name="map.pdf")])
    [entry] = log.plans.make(draft, contacts, mode="shared").execute().timeline()
    assert [attachment.name for attachment in entry.attachments] == ["map.pdf"]


def test_a_plan_that_is_undone_before_gives_its_files_away(log: ActivityLog, folder: Path, contacts: list[Ref]):
    plan = log.plans.make(Draft("call", attachments=[Attachment(b"the map")]), contacts)
    log.batch(plan.id).undo()
    assert contents(folder) == []


def test_what_was_undone_after_it_keeps_them(log: ActivityLog, folder: Path, contacts: list[Ref]):
    batch = log.plans.make(Draft("call", attachments=[Attachment(b"the map")]), contacts).execute()
    batch.undo()
    log.files.sweep()
    restored = log.restore(batch.timeline().filter(deleted=True).first())
    with log.files.open(restored, restored.attachments[0]) as file:
        assert file.read() == b"the map"


def test_a_making_that_breaks_leaves_no_file(log: ActivityLog, folder: Path, contacts: list[Ref]):
    draft = Draft("call", attachments=[Attachment(b"the map")])
    with pytest.raises(InvalidInput):
        log.plans.make(draft, [*contacts, "Kim"])
    assert contents(folder) == []
    assert log.storage.documents("default", "plan.part", limit=1) == []
