"""Files of entries, on every store: added, opened, removed; their content there as long as anything has it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from activitylog import Activity, ActivityLog, Attachment, Draft, scope, signals
from activitylog.attachments import Owner
from activitylog.errors import (
    ActivityNotFound,
    IdempotencyConflict,
    Immutable,
    InvalidInput,
    Refused,
    StorageError,
    WriteConflict,
)
from activitylog.storage import Document
from activitylog.writing import record_all

Contents = Callable[[], list[Path]]
LATER = timedelta(hours=2)


def read(log: ActivityLog, entry: Activity, attachment: Any) -> bytes:
    with log.files.open(entry, attachment) as file:
        return file.read()


def test_a_file_is_recorded_listed_opened_and_removed(log: ActivityLog, contents: Contents):
    call = log.record("call", "contact:1", attachments=[Attachment(b"a quote", name="Angebot für Kim.pdf")])
    [kept] = call.attachments
    assert (kept.name, kept.media_type, kept.size) == ("Angebot für Kim.pdf", "application/pdf", 7)
    assert kept.sha256 == sha256(b"a quote").hexdigest()
    assert log.get(call).attachments == log.timeline("contact:1").first().attachments == (kept,)
    assert read(log, call, kept) == read(log, call.id, kept.id) == read(log, str(call.id), str(kept.id)) == b"a quote"
    assert [path.name for path in contents()] == [kept.sha256]
    log.files.remove(call, kept, comment="wrong one")
    assert log.get(call).attachments == ()
    assert contents() == []
    with pytest.raises(InvalidInput, match="has no file of this id"):
        log.files.open(call, kept)


def test_each_addition_and_removal_is_a_version_that_is_told_of(log: ActivityLog):
    told: list[tuple[Activity, ...]] = []

    def receive(sender: object, activities: tuple[Activity, ...]) -> None:
        told.append(activities)

    entry = log.record("mail", "contact:1")
    with signals.handled.connected_to(receive, sender=log):
        added = log.files.add(entry, b"x", name="x.txt", media_type="text/x-note", comment="asked for")
        log.files.remove(entry.id, added.id, comment="sent")
    assert [[each.version for each in activities] for activities in told] == [[2], [3]]
    _, attached, detached = log.history(entry)
    assert (attached.action, attached.comment, attached.actor.label) == ("attached", "asked for", "Lea Müller")
    assert [(c.field, c.label, c.old, c.new) for c in attached.changes] == [("files", "Files", [], ["x.txt"])]
    assert (detached.action, detached.comment) == ("detached", "sent")
    with scope(language="de"):
        assert log.history(entry)[2].changes[0].label == "Dateien"


def test_a_content_is_kept_once_until_its_last_owner_goes(log: ActivityLog, contents: Contents):
    entries = [log.record("call", "contact:1", attachments=[Attachment(b"same", name=name)]) for name in "abc"]
    other = log.files.add(entries[0], io.BytesIO(b"same"), name="again")
    assert len(contents()) == 1
    for entry in entries:
        log.files.remove(entry, entry.attachments[0])
        assert read(log, entries[0], other) == b"same"
    log.files.remove(entries[0], other)
    assert contents() == []
    assert list(log.storage.documents("default", "file", limit=10)) == []


def test_a_tenant_has_its_own_contents(log: ActivityLog, contents: Contents):
    with scope(tenant="south"):
        south = log.record("call", "contact:1", attachments=[Attachment(b"same")])
    north = log.record("call", "contact:1", attachments=[Attachment(b"same")])
    assert len(contents()) == 2
    with pytest.raises(ActivityNotFound):
        log.files.open(south, south.attachments[0])
    log.files.remove(north, north.attachments[0])
    with scope(tenant="south"):
        assert read(log, south, south.attachments[0]) == b"same"
        with pytest.raises(InvalidInput, match="has no file"):
            log.files.open(log.record("call", "contact:1"), south.attachments[0])
    with pytest.raises(InvalidInput, match="not there any more"):
        log.record("call", "contact:1", attachments=south.attachments)


def test_a_kept_attachment_is_given_to_another_entry_without_its_content(log: ActivityLog, contents: Contents):
    first = log.record("call", "contact:1", attachments=[Attachment(b"terms", name="terms.pdf")])
    second = log.record("call", "contact:2", attachments=first.attachments)
    log.files.remove(first, first.attachments[0])
    assert read(log, second, second.attachments[0]) == b"terms"
    assert second.attachments[0].name == "terms.pdf"
    log.files.remove(second, second.attachments[0])
    assert contents() == []
    with pytest.raises(InvalidInput, match="give the file itself"):
        log.files.add(first, second.attachments[0])


def test_the_same_draft_recorded_again_needs_no_second_stream(log: ActivityLog, contents: Contents):
    draft = Draft("call", "contact:1", attachments=[Attachment(io.BytesIO(b"once"), name="x")])
    first, again = log.record(draft), log.record(draft)
    assert (first.created, again.created) == (True, False)
    assert read(log, again, again.attachments[0]) == b"once"
    assert len(contents()) == 1


def test_a_repeat_leaves_nothing_of_its_own_file(log: ActivityLog, contents: Contents):
    first = log.record("call", "contact:1", idempotency_key="k", attachments=[Attachment(b"first")])
    again = log.record("call", "contact:1", idempotency_key="k", attachments=[Attachment(b"second")])
    assert (again.id, again.attachments) == (first.id, first.attachments)
    with pytest.raises(IdempotencyConflict):
        log.record("call", "contact:1", note="x", idempotency_key="k", attachments=[Attachment(b"third")])
    assert [path.name for path in contents()] == [first.attachments[0].sha256]
    assert len(log.storage.documents("default", "file", limit=10)) == 1


def test_a_batch_shares_what_its_drafts_share(log: ActivityLog, contents: Contents):
    logo, own = Attachment(io.BytesIO(b"logo"), name="logo.png"), Attachment(b"own")
    drafts = [Draft("call", f"contact:{n}", attachments=[logo, own] if n == 1 else [logo, logo]) for n in range(3)]
    entries = log.record_many(drafts)
    assert [len(entry.attachments) for entry in entries] == [1, 2, 1]
    assert len(contents()) == 2
    for entry in entries:
        for attachment in entry.attachments:
            log.files.remove(entry, attachment)
    assert contents() == []


def test_the_entries_of_a_plan_own_their_contents_together(log: ActivityLog, contents: Contents):
    batch, logo = str(uuid4()), Attachment(io.BytesIO(b"logo"))
    call = log._call()
    entries = []
    for chunk in range(2):
        drafts = [Draft("call", f"contact:{chunk}-{n}", attachments=[logo]) for n in range(3)]
        entries += record_all(call, drafts, batch=batch)
    assert [document.name for document in log.storage.documents("default", "file", limit=10)] == [
        f"{entries[0].attachments[0].sha256}:batch:{batch}"
    ]
    for entry in entries:
        assert read(log, entry, logo.id) == b"logo"
        log.files.remove(entry, logo.id)
    assert contents() == []


def test_a_template_that_names_a_content_owns_it(log: ActivityLog, contents: Contents):
    call = log._call()
    terms = Attachment(b"terms", name="terms.pdf")
    shelf = call.contents.of(call.tenant)
    with shelf.kept(call.store, [terms]) as kept:
        [file] = kept.files([terms])
        kept.own(call.store, [(Owner.template("letter"), [file])])
        call.store.put_document(
            Document("default", "template", "letter", f'{{"files": ["{file.sha256}"]}}'), expected_version=0
        )
    entry = log.record("call", "contact:1", attachments=[Attachment.of_file(file)])
    log.files.remove(entry, file.id)
    assert log.files.sweep() == 0
    assert len(contents()) == 1
    call.store.put_document(Document("default", "template", "letter", None), expected_version=1)
    shelf.release(call.store, [file.sha256])
    assert contents() == []


def test_deleted_entries_keep_their_files(log: ActivityLog):
    call = log.record("call", "contact:1", attachments=[Attachment(b"x")])
    log.delete(call)
    assert log.files.sweep() == 0
    assert read(log, call, call.attachments[0]) == b"x"
    for attempt in (lambda: log.files.add(call, b"y"), lambda: log.files.remove(call, call.attachments[0])):
        with pytest.raises(Immutable):
            attempt()
    log.restore(call)
    assert read(log, call, call.attachments[0]) == b"x"


def test_what_a_paused_or_refused_recording_brings_is_not_kept(log: ActivityLog, contents: Contents):
    with log.paused():
        log.record("call", "contact:1", attachments=[Attachment(b"x")])

    def veto(sender: object, drafts: object) -> None:
        raise Refused("no")

    with signals.recording.connected_to(veto, sender=log), pytest.raises(Refused):
        log.record("call", "contact:1", attachments=[Attachment(b"x")])
    with pytest.raises(InvalidInput):
        log.record("call", attachments=[Attachment(b"x")])
    assert contents() == []


class Broken(io.RawIOBase):
    """A stream that breaks half way."""

    def __init__(self, parts: int) -> None:
        self._parts = parts

    def read(self, size: int = -1) -> bytes:
        if not self._parts:
            raise ConnectionResetError("the browser went away with a secret")
        self._parts -= 1
        return b"x" * size


@pytest.mark.parametrize("parts", [0, 3])
def test_of_a_stream_that_breaks_nothing_is_kept(log: ActivityLog, contents: Contents, parts: int):
    draft = Draft("call", "contact:1", attachments=[Attachment(b"whole"), Attachment(Broken(parts), name="x")])
    with pytest.raises(InvalidInput, match=r"^file: .*\(ConnectionResetError\); nothing") as caught:
        log.record(draft)
    assert "secret" not in str(caught.value)
    with pytest.raises(InvalidInput, match="give a new one"):
        log.record(draft)
    assert contents() == []
    assert not log.everything().exists()


def test_an_addition_that_is_refused_leaves_nothing(log: ActivityLog, contents: Contents):
    full = log.record("call", "contact:1", attachments=[Attachment(b"", name=str(n)) for n in range(100)])
    before = contents()
    with pytest.raises(InvalidInput, match="100 files"):
        log.files.add(full, b"one more")
    with pytest.raises(ActivityNotFound):
        log.files.add(uuid4(), b"one more")
    with pytest.raises(InvalidInput, match="comment"):
        log.files.add(log.record("call", "contact:1"), b"one more", comment="x" * 2001)
    assert contents() == before


def test_an_attachment_that_is_there_is_not_added_twice(log: ActivityLog):
    call, attachment = log.record("call", "contact:1"), Attachment(b"x", name="x")
    assert log.files.add(call, attachment) == log.files.add(call, attachment)
    assert (len(log.get(call).attachments), log.get(call).version) == (1, 2)
    with pytest.raises(InvalidInput, match="name: the Attachment says it"):
        log.files.add(call, attachment, name="y")


@pytest.mark.parametrize("unknown", ["x", None, 7, uuid4(), Attachment(b"")], ids=lambda each: type(each).__name__)
def test_an_unknown_attachment_is_named(log: ActivityLog, unknown: Any):
    call = log.record("call", "contact:1")
    for attempt in (lambda: log.files.open(call, unknown), lambda: log.files.remove(call, unknown)):
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert caught.value.field == "attachment"


def test_in_a_transaction_contents_go_after_the_commit_only(transactional_log: ActivityLog, contents: Contents):
    log = transactional_log
    entry = log.record("call", "contact:1", attachments=[Attachment(b"x")])
    with pytest.raises(KeyError), log.transaction():
        log.files.remove(entry, entry.attachments[0])
        raise KeyError
    assert read(log, entry, entry.attachments[0]) == b"x"
    with log.transaction():
        log.files.remove(entry, entry.attachments[0])
        assert len(contents()) == 1
    assert contents() == []


def test_what_a_rolled_back_transaction_added_is_swept_after_an_hour(
    transactional_log: ActivityLog, contents: Contents, clock: Any
):
    log = transactional_log
    with pytest.raises(KeyError), log.transaction():
        log.record("call", "contact:1", attachments=[Attachment(b"x")])
        raise KeyError
    assert log.files.sweep() == 0
    clock.ahead = LATER
    assert log.files.sweep() == 1
    assert contents() == []


def test_a_repeat_within_a_transaction(transactional_log: ActivityLog, contents: Contents):
    log = transactional_log
    with log.transaction():
        log.record("call", "contact:1", idempotency_key="k", attachments=[Attachment(b"first")])
        log.record("call", "contact:1", idempotency_key="k", attachments=[Attachment(b"second")])
        with pytest.raises(IdempotencyConflict):
            log.record("call", "contact:1", note="x", idempotency_key="k", attachments=[Attachment(b"third")])
    assert [path.name for path in contents()] == [sha256(b"first").hexdigest()]


def test_sweep_finds_every_stray_file_and_no_other(log: ActivityLog, contents: Contents, folder: Path, clock: Any):
    kept = log.record("call", "contact:1", attachments=[Attachment(b"kept")]).attachments[0]
    [content] = contents()
    tenant = content.parent.parent.parent
    digest = sha256(b"stray").hexdigest()
    stray = tenant / "content" / digest[:2] / digest
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    assert log.files.sweep() == 1
    stray.write_bytes(b"stray")
    milliseconds = int(clock().timestamp() * 1000)
    for place in (f"incoming/{digest}.{milliseconds}-x.part", f"marks/{digest[:2]}/{digest}.{milliseconds}-x.claim"):
        (tenant / place).parent.mkdir(exist_ok=True, parents=True)
        (tenant / place).write_bytes(b"")
    assert log.files.sweep() == 0, "somebody is writing it"
    assert len(contents()) == 4
    clock.ahead = LATER
    assert log.files.sweep() == 2
    assert [path.name for path in contents()] == [kept.sha256]


def test_an_entry_whose_content_was_taken_away_says_so(log: ActivityLog, contents: Contents):
    entry = log.record("call", "contact:1", attachments=[Attachment(b"x")])
    contents()[0].unlink()
    with pytest.raises(StorageError, match="not there"):
        log.files.open(entry, entry.attachments[0])
    log.files.remove(entry, entry.attachments[0])


def test_what_was_purged_owns_nothing(log: ActivityLog, contents: Contents):
    from activitylog.storage import Field, In, Query

    entry = log.record("call", "contact:1", attachments=[Attachment(b"x")])
    log.storage.delete(Query(tenant="default", where=In(Field.ID, [entry.id]), limit=1), limit=1)
    call = log._call()
    call.contents.of(call.tenant).release(call.store, [entry.attachments[0].sha256])
    assert contents() == []


def test_threads_that_add_and_remove_one_content(log: ActivityLog, contents: Contents, at_once: Callable[..., Any]):
    for _ in range(10):
        first, second = (log.record("call", "contact:1", attachments=[Attachment(b"same")]) for _ in range(2))
        third = log.record("call", "contact:1")
        _, _, added = at_once(
            lambda: log.files.remove(first, first.attachments[0]),  # noqa: B023
            lambda: log.files.remove(second, second.attachments[0]),  # noqa: B023
            lambda: log.files.add(third, b"same"),  # noqa: B023
        )
        assert read(log, third, added) == b"same"
        log.files.remove(third, added)
        assert contents() == []


def test_a_removal_that_died_holds_nobody_up_for_long(
    open_log: Callable[..., ActivityLog],
    folder: Path,
    contents: Contents,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("activitylog.attachments.claims.PAUSE", 0.001)
    log = open_log("memory://", folder)
    entry = log.record("call", "contact:1", attachments=[Attachment(b"x")])
    [content] = contents()
    marks = content.parent.parent.parent / "marks" / content.name[:2]
    mark = marks / f"{content.name}.{int(clock().timestamp() * 1000)}-x.removal"
    mark.write_bytes(b"")
    with pytest.raises(WriteConflict, match="try again") as caught:
        log.record("call", "contact:1", attachments=[Attachment(b"x")])
    assert caught.value.retry
    clock.ahead = timedelta(minutes=6)
    assert log.record("call", "contact:1", attachments=[Attachment(b"x")]).created
    clock.ahead = LATER
    log.files.sweep()
    assert contents() == [content]
    assert read(log, entry, entry.attachments[0]) == b"x"
