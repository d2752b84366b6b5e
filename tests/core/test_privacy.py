"""Erasing a person: what goes, what stays, and that nobody brings them back."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from activitylog import (
    REDACTED,
    ActivityLog,
    Actor,
    Attachment,
    Context,
    Draft,
    Ref,
    TypeRegistry,
    Viewer,
    scope,
    standard,
)
from activitylog.errors import InvalidInput, NotAllowed, OnHold, StaleVersion
from activitylog.importing import export_jsonl, import_jsonl, import_mail
from activitylog.storage import Record
from told_of_a_person import (
    BEN,
    DUPLICATE,
    LEA,
    PERSON,
    WORDS,
    all_bytes,
    documents,
    entries,
    tell,
    types_of_a_person,
)

MAIL = b"""From: Kim <kim@example.com>
To: me@example.com
Message-ID: <1@kim.example.com>
Subject: Schlehe
Date: Sun, 1 Mar 2026 09:30:00 +0000

Hello
"""


@pytest.fixture
def types() -> TypeRegistry:
    return types_of_a_person()


@pytest.fixture
def log_options(tmp_path: Path) -> dict[str, Any]:
    return {"actor": LEA, "files": str(tmp_path / "contents")}


def contents(folder: Path) -> set[bytes]:
    return {file.read_bytes() for file in (folder / "contents").rglob("*") if file.is_file() and file.stat().st_size}


def left(log: ActivityLog, store_url: str) -> list[str]:
    found = all_bytes(log, store_url)
    return [word for word in WORDS if word in found]


class TestWhatGoes:
    @pytest.mark.parametrize("mode", ["anonymise", "delete"])
    @pytest.mark.parametrize("search_index", [False, True])
    def test_none_of_the_words_are_anywhere(
        self, log: ActivityLog, store_url: str, tmp_path: Path, mode: str, search_index: bool
    ):
        log.migrate(search_index=search_index)
        tell(log)
        assert left(log, store_url) == list(WORDS), "the story has all of them"
        report = log.privacy.erase(PERSON, mode=mode)
        assert left(log, store_url) == []
        assert contents(tmp_path) == {b"a garden"}
        assert report.numbers["deleted" if mode == "delete" else "anonymised"] >= 6
        assert not any(found.kind == "erasure" for found in documents(log.storage))

    def test_of_own_entries_type_times_and_pseudonym_stay(self, log: ActivityLog):
        before = log.record("call", PERSON, title="Holunder", note="Schlehe", data={"x": 1}, tags=["a"], pinned=True)
        report = log.privacy.erase(PERSON)
        after = log.get(before)
        assert (after.type, after.occurred_at, after.recorded_at) == ("call", before.occurred_at, before.recorded_at)
        assert (after.subjects, after.pinned, after.actor) == ((report.pseudonym,), True, LEA)
        assert (after.title, after.note, after.data, after.tags) == ("", "", None, ())
        assert [each.action for each in log.history(after)] == ["recorded", "erased"]
        assert log.history(after)[-1].actor == LEA
        assert log.timeline(report.pseudonym).count() == 1
        assert log.timeline(PERSON).count() == 0

    def test_entries_with_others_keep_their_texts_and_are_listed(self, log: ActivityLog):
        both = log.record(
            "call", PERSON, BEN, note="about the garden", tags=["x"], data={"born": "May", "n": 1, "children": 3}
        )
        silent = log.record("call", PERSON, BEN)
        by = log.record("call", BEN, actor=Actor.customer(PERSON), note="by the person")
        report = log.privacy.erase(PERSON)
        after = log.get(both)
        assert (after.note, after.tags, after.data) == (
            "about the garden",
            ("x",),
            {"born": REDACTED, "n": 1, "children": None},
        )
        assert after.subjects == (report.pseudonym, BEN)
        assert [subject.label for subject in after.subjects] == ["", "Ben Baum"]
        assert [(row.activity, row.subject, row.outcome) for row in report] == [(both.id, report.pseudonym, "to read")]
        assert "others are named too" in report.to_text()
        assert report.counts() == {"anonymised": 3, "deleted": 0, "documents": 0, "files": 0, "to read": 1}
        assert log.get(by).actor == Actor.customer(report.pseudonym)
        assert log.get(silent).subjects == (report.pseudonym, BEN)

    def test_of_types_that_are_not_declared_nobody_knows_what_is_personal(self, log: ActivityLog):
        own = log.record("call", PERSON, data={"born": "May"})
        both = log.record("call", PERSON, BEN, data={"born": "May"})
        changed = log.record_change(PERSON, BEN, before={"born": "May"}, after={"born": "June"}, type="call")
        noted = log.record("call", PERSON, BEN, note="about the garden")
        undeclaring = ActivityLog(log.storage, types=TypeRegistry(), actor=LEA, language="de")
        report = undeclaring.privacy.erase(PERSON)
        assert (log.get(own).data, log.get(both).data) == (None, {"born": "May"})
        undeclared, others = "its type is not declared", "others are named too"
        wanted = {both.id: undeclared, changed.id: undeclared, noted.id: others}
        assert {row.activity: row.reason for row in report} == wanted
        assert "der Typ ist nicht deklariert" in report.to_text()

    def test_the_number_of_files_is_of_those_that_were_removed(
        self, log: ActivityLog, types: TypeRegistry, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ):
        log.record("call", PERSON, attachments=[Attachment(b"own", name="a"), Attachment(b"shared", name="b")])
        log.record("call", BEN, attachments=[Attachment(b"shared", name="c")])
        assert log.privacy.erase(PERSON).numbers["files"] == 1
        assert contents(tmp_path) == {b"shared"}
        assert caplog.messages == []
        log.record("call", PERSON, attachments=[Attachment(b"own", name="a")])
        elsewhere = ActivityLog(log.storage, types=types, actor=LEA, files=str(tmp_path / "elsewhere"))
        assert elsewhere.privacy.erase(PERSON).numbers["files"] == 0
        assert caplog.messages == ["1 contents to be removed are not in the place of files: is it another one?"]

    def test_from_where_somebody_acted_goes_with_them(self, log: ActivityLog):
        by = log.record("call", BEN, actor=Actor.customer(PERSON), context=Context(ip="192.0.2.7"))
        other = log.record("call", PERSON, BEN, context=Context(ip="192.0.2.8"))
        log.privacy.erase(PERSON)
        assert log.get(by).context == Context()
        assert log.get(other).context == Context(ip="192.0.2.8")

    def test_search_finds_nobody(self, log: ActivityLog):
        log.record("call", PERSON, BEN, note="about the garden")
        log.privacy.erase(PERSON)
        assert [log.everything().filter(search=word).count() for word in ("zwetschge", "garden", "baum")] == [0, 1, 1]

    def test_readers_keep_their_sight(self, log: ActivityLog):
        entry = log.record("call", BEN, readers=[PERSON, LEA])
        report = log.privacy.erase(PERSON)
        assert log.get(entry).readers == tuple(sorted((str(report.pseudonym), "user:3")))
        assert log.visible_to(Viewer(["user:3"], permissions=["types.undeclared"])).timeline(BEN).count() == 1
        again = log.record("call", BEN, readers=[PERSON, LEA])
        assert log.visible_to(Viewer(["user:3"])).timeline(BEN).first() == log.get(again)

    def test_merged_ones_become_one(self, log: ActivityLog):
        log.subjects.merge(DUPLICATE, into=PERSON)
        entry = log.record("call", PERSON, DUPLICATE, note="Schlehe")
        report = log.privacy.erase(DUPLICATE)
        assert log.get(entry).subjects == (report.pseudonym,)
        assert log.get(entry).note == ""
        assert log.subjects.group(PERSON) == (PERSON,)

    def test_the_status_is_that_of_the_pseudonym(self, log: ActivityLog):
        log.subjects.set_status(PERSON, "account.status", "blocked")
        report = log.privacy.erase(PERSON)
        assert log.subjects.status(report.pseudonym, "account.status") == "blocked"
        assert log.subjects.status(PERSON, "account.status") == "active"
        assert log.subjects.set_status(PERSON, "account.status", "blocked").created

    def test_a_conversation_stays_one(self, log: ActivityLog):
        found = [log.record("call", PERSON, conversation="<holunder@x>") for _ in range(2)]
        log.privacy.erase(PERSON)
        names = {log.get(entry).conversation for entry in found}
        assert len(names) == 1
        assert "holunder" not in names.pop()

    def test_in_delete_mode_entries_with_others_stay(self, log: ActivityLog):
        log.record("call", PERSON)
        both = log.record("call", PERSON, BEN)
        report = log.privacy.erase(PERSON, mode="delete")
        assert [entry.id for entry in log.everything()] == [both.id]
        assert (report.numbers["deleted"], report.numbers["anonymised"]) == (1, 1)

    def test_other_tenants_keep_theirs(self, log: ActivityLog):
        with scope(tenant="south"):
            log.record("call", PERSON, note="Schlehe")
        log.privacy.erase(PERSON)
        with scope(tenant="south"):
            assert [entry.note for entry in log.timeline(PERSON)] == ["Schlehe"]

    def test_what_only_an_older_version_held(self, log: ActivityLog, store_url: str):
        task = log.record("task", BEN, assignee=PERSON)
        log.assign(task, BEN)
        report = log.privacy.erase(PERSON)
        assert left(log, store_url) == []
        assert log.history(task)[1].changes[0].old == str(report.pseudonym)

    def test_digests_by_which_contents_could_be_guessed(self, log: ActivityLog):
        log.record("call", PERSON, BEN)
        [(before, _)] = entries(log.storage)
        log.privacy.erase(PERSON)
        [(after, [first])] = entries(log.storage)
        assert before.digest != after.digest == first.digest

    def test_what_they_looked_at(self, make_log: Callable[..., ActivityLog]):
        log = make_log(log_reads=timedelta(hours=1))
        with scope(actor=Actor.customer(PERSON)):
            log.timeline(BEN).first()
        report = log.privacy.erase(PERSON)
        [viewed] = log.everything().filter(types="timeline.viewed")
        assert viewed.actor == Actor.customer(report.pseudonym)
        assert viewed.idempotency_key is None, "it holds a digest of who looked"

    def test_who_looked_at_them_is_kept_without_them(self, make_log: Callable[..., ActivityLog]):
        log = make_log(log_reads=timedelta(hours=1))
        log.record("call", PERSON)
        log.timeline(PERSON).first()
        [viewed] = log.everything().filter(types="timeline.viewed")
        report = log.privacy.erase(PERSON)
        assert log.get(viewed).subjects == (report.pseudonym,)
        assert log.get(viewed).idempotency_key is None


class TestWhatStays:
    def test_everything_that_does_not_name_them(self, log: ActivityLog):
        tell(log)
        others = {pair[0].id: pair for pair in entries(log.storage) if not _names(pair)}
        log.privacy.erase(PERSON)
        after = {pair[0].id: pair for pair in entries(log.storage)}
        assert len(others) >= 3
        assert {id: after[id] for id in others} == others

    def test_documents_of_others(self, log: ActivityLog):
        tell(log)
        log.privacy.erase(PERSON)
        assert log.subjects.group("contact:44") == (Ref("company", "7"), Ref("contact", "44"))
        assert log.templates["invitation"].fields["note"] == "for {subject}"
        assert str(log.templates["invitation"].fields["assignee"]).startswith("contact:erased-")


def _names(pair: tuple[Record, list[Record]]) -> bool:
    told = "".join(record.to_json() for record in (pair[0], *pair[1])).lower()
    return any(word in told for word in WORDS)


class TestPlans:
    def test_who_is_erased_is_left_out(self, log: ActivityLog):
        contacts = [Ref("contact", number) for number in range(4)]
        plan = log.plans.make(Draft("task"), [*contacts[:2], PERSON, *contacts[2:]])
        plan.assign(["user:1", "user:2"], strategy="in_turn")
        before = {row.subject: row.assignee for row in plan.report()}
        log.privacy.erase(PERSON)
        batch = plan.execute()
        assert {entry.subjects[0]: entry.assignee for entry in batch.timeline()} == {c: before[c] for c in contacts}
        assert batch.report().counts() == {"created": 4, "left out": 1, "erased": 1}

    def test_a_shared_activity_is_without_them(self, log: ActivityLog):
        plan = log.plans.make(Draft("task"), [PERSON, BEN], mode="shared")
        alone = log.plans.make(Draft("task"), [PERSON], mode="shared")
        log.privacy.erase(PERSON)
        assert [entry.subjects for entry in plan.execute().timeline()] == [(BEN,)]
        assert alone.execute().timeline().count() == 0

    def test_what_was_written_can_still_be_undone(self, log: ActivityLog):
        plan = log.plans.make(Draft("task", note="Schlehe"), [PERSON, BEN])
        batch = plan.execute()
        report = log.privacy.erase(PERSON)
        assert {row.subject for row in batch.report()} == {report.pseudonym, BEN}
        batch.undo()
        assert log.everything().count() == 0


class TestNobodyBringsThemBack:
    def test_not_by_the_same_key(self, log: ActivityLog):
        draft = Draft("call", PERSON, note="Schlehe", idempotency_key="mail:1")
        log.record(draft)
        log.privacy.erase(PERSON)
        again, other = log.record_many([draft.replace(), Draft("call", BEN, idempotency_key="mail:2")])
        assert (again.created, other.created) == (False, True)
        assert again.note == "Schlehe", "what was given stands for it"
        assert log.timeline(PERSON).count() == 0
        assert log.record("call", PERSON, note="new", idempotency_key="mail:3").created

    def test_not_by_the_same_key_within_a_transaction(self, transactional_log: ActivityLog):
        log = transactional_log
        log.record("call", PERSON, idempotency_key="mail:1")
        log.privacy.erase(PERSON, mode="delete")
        with log.transaction():
            assert not log.record("call", PERSON, idempotency_key="mail:1").created
        assert log.everything().count() == 0

    def test_not_by_the_key_of_an_entry_with_others(self, log: ActivityLog):
        draft = Draft("call", PERSON, BEN, note="Schlehe", idempotency_key="mail:1")
        first = log.record(draft)
        log.privacy.erase(PERSON)
        assert not log.record(draft.replace()).created
        assert log.get(first).idempotency_key is None
        assert log.timeline(BEN).count() == 1

    def test_keys_of_entries_of_others_stay(self, log: ActivityLog):
        draft = Draft("call", BEN, actor=Actor.customer(PERSON), idempotency_key="mail:1")
        first = log.record(draft)
        log.privacy.erase(PERSON)
        again = log.record(draft.replace())
        assert (again.id, again.created) == (first.id, False)

    @pytest.mark.parametrize("mode", ["anonymise", "delete"])
    def test_not_by_an_export_from_before(self, log: ActivityLog, store_url: str, mode: str):
        tell(log)
        file = io.BytesIO()
        export_jsonl(log.storage, file)
        log.privacy.erase(PERSON, mode=mode)
        kept = list(entries(log.storage))
        report = import_jsonl(log.storage, file.getvalue().splitlines(keepends=True))
        assert left(log, store_url) == []
        assert list(entries(log.storage)) == kept
        assert report.recorded == 0
        assert {each.reason for each in report.unreadable} >= {"it names somebody who was erased since"}

    @pytest.mark.parametrize("mode", ["anonymise", "delete"])
    def test_not_by_the_same_mailbox(self, make_log: Callable[..., ActivityLog], tmp_path: Path, mode: str):
        log = make_log(types=TypeRegistry(standard.types))
        (tmp_path / "kim.eml").write_bytes(MAIL)
        assert import_mail(log, tmp_path / "kim.eml", own="me@example.com").recorded == 1
        log.privacy.erase("address:kim@example.com", mode=mode)
        report = import_mail(log, tmp_path / "kim.eml", own="me@example.com")
        assert (report.recorded, report.known, report.unreadable) == (0, 1, ())
        assert log.timeline("address:kim@example.com").count() == 0
        told = [record.to_json() for current, earlier in entries(log.storage) for record in (current, *earlier)]
        assert not [text for text in told if "kim" in text.lower() or "Schlehe" in text]

    def test_an_export_of_what_came_afterwards_is_taken(self, log: ActivityLog, types: TypeRegistry):
        log.record("call", PERSON)
        log.privacy.erase(PERSON)
        later = ActivityLog("memory://", types=types, actor=LEA, clock=lambda: datetime.now(UTC) + timedelta(hours=1))
        new = later.record("call", PERSON, note="a customer again")
        file = io.BytesIO()
        export_jsonl(later.storage, file)
        report = import_jsonl(log.storage, file.getvalue().splitlines(keepends=True))
        assert (report.recorded, report.unreadable) == (1, ())
        assert log.timeline(PERSON).first() == new

    def test_not_by_who_read_an_entry_before(self, log: ActivityLog):
        entry = log.record("call", PERSON, note="Schlehe")
        [(stored, _)] = entries(log.storage)
        log.privacy.erase(PERSON)
        with pytest.raises(StaleVersion):
            log.storage.replace(evolve(stored, version=2, pinned=True), expected_version=stored.version)
        assert log.pin(entry).note == ""


class TestHolds:
    @pytest.mark.parametrize("held", ["subject", "merged", "entry", "reader", "version", "with"])
    def test_what_is_held_is_not_erased(self, log: ActivityLog, held: str):
        entry = named = log.record("call", PERSON, BEN, note="Schlehe")
        log.subjects.merge(DUPLICATE, into=PERSON)
        match held:
            case "subject":
                log.retention.hold(PERSON, reason="a lawsuit")
            case "merged":
                log.retention.hold(DUPLICATE, reason="a lawsuit")
            case "entry":
                log.retention.hold(entry, reason="a lawsuit")
            case "reader":
                named = log.record("call", BEN, readers=PERSON)
                log.retention.hold(named, reason="a lawsuit")
            case "version":
                named = log.assign(log.record("task", BEN, assignee=PERSON), None)
                log.retention.hold(named, reason="a lawsuit")
            case "with":
                log.retention.hold(BEN, reason="a lawsuit")
        before = [*entries(log.storage)], [*documents(log.storage)]
        with pytest.raises(OnHold, match="release it first") as error:
            log.privacy.erase(PERSON)
        assert "quitte" not in str(error.value)
        assert ("the person, or one" if held in ("subject", "merged") else f"activity {named.id}, ") in str(error.value)
        assert ([*entries(log.storage)], [*documents(log.storage)]) == before

    def test_nor_is_who_is_held_without_an_entry(self, log: ActivityLog):
        log.retention.hold(PERSON, reason="a lawsuit")
        with pytest.raises(OnHold):
            log.privacy.erase(PERSON)

    def test_once_it_is_released_it_is(self, log: ActivityLog):
        entry = log.record("call", PERSON)
        log.retention.hold(entry, reason="a lawsuit")
        log.retention.release(entry)
        assert log.privacy.erase(PERSON).numbers["anonymised"] == 1


class TestBadInput:
    def test_an_unknown_mode(self, log: ActivityLog):
        log.record("call", PERSON)
        with pytest.raises(InvalidInput, match="mode: 'shred' is neither 'anonymise' nor 'delete'"):
            log.privacy.erase(PERSON, mode="shred")
        assert log.timeline(PERSON).count() == 1

    @pytest.mark.parametrize("ref", ["nobody", None, 7])
    def test_what_names_nobody(self, log: ActivityLog, ref: Any):
        with pytest.raises(InvalidInput, match="ref"):
            log.privacy.erase(ref)
        with pytest.raises(InvalidInput, match="ref"):
            log.privacy.export(ref)

    def test_nobody_who_erases(self, make_log: Callable[..., ActivityLog]):
        log = make_log(actor=None)
        log.record("call", PERSON, actor=LEA)
        with pytest.raises(InvalidInput, match="actor: nobody is named"):
            log.privacy.erase(PERSON)
        assert log.timeline(PERSON).count() == 1

    def test_somebody_whom_nothing_names(self, log: ActivityLog):
        log.record("call", BEN)
        before = [*entries(log.storage)], [*documents(log.storage)]
        report = log.privacy.erase(PERSON)
        assert (len(report), set(report.numbers.values())) == (0, {0})
        assert ([*entries(log.storage)], [*documents(log.storage)]) == before

    def test_twice(self, log: ActivityLog):
        log.record("call", PERSON, BEN, note="about the garden")
        first = log.privacy.erase(PERSON)
        before = [*entries(log.storage)], [*documents(log.storage)]
        again = log.privacy.erase(PERSON)
        assert set(again.numbers.values()) == {0}
        assert (len(first), len(again)) == (1, 0), "the list is that of the first report"
        assert again.pseudonym != first.pseudonym
        assert ([*entries(log.storage)], [*documents(log.storage)]) == before

    def test_a_limited_log(self, log: ActivityLog):
        log.record("call", PERSON)
        with pytest.raises(NotAllowed, match=r"privacy\.erase"):
            log.visible_to(Viewer(["user:3"])).privacy.erase(PERSON)
        assert log.timeline(PERSON).count() == 1

    def test_who_erases_themselves(self, log: ActivityLog, store_url: str):
        log.record("call", PERSON)
        with scope(actor=Actor.customer(PERSON)):
            log.privacy.erase(PERSON)
        assert left(log, store_url) == []
