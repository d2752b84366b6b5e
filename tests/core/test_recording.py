"""Recording: what is kept, what repeats mean, and what is refused with nothing written."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activitylog import ActivityLog, Actor, Context, Draft, Ref, scope
from activitylog.errors import (
    ActivityLogError,
    IdempotencyConflict,
    InvalidInput,
    StorageError,
    StorageUnavailable,
    TooManySubjects,
    UnknownType,
    WriteConflict,
)
from activitylog.storage import Query, Storage
from effort import effort

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth - 1):
        value = {"x": value}
    return value


def test_everything_that_is_given_is_kept(log: ActivityLog, kim: Ref, acme: Ref):
    first = log.record("call", kim)
    entry = log.get(
        log.record(
            "task",
            kim,
            acme,
            data={"minutes": 5},
            title="Quote",
            note="Ring\nback",
            occurred_at=NOON,
            ended_at=NOON + timedelta(minutes=5),
            due_at=date(2026, 4, 1),
            assignee=Ref("user", 3, "Lea"),
            readers=[Ref("group", 1), "user:3"],
            editors="user:3",
            tags=["b", "a", "a"],
            pinned=True,
            status="waiting",
            source=Ref("ticket", 5, "T5"),
            direction="incoming",
            channel="desk",
            team="south",
            conversation="c-1",
            reply_to=first,
            actor=Actor.customer(42, "Kim"),
            context=Context(ip="::1", origin="web"),
            idempotency_key="k",
        )
    )
    assert (entry.subjects, entry.source) == ((kim, acme), Ref("ticket", 5))
    assert [ref.label for ref in (*entry.subjects, entry.source, entry.assignee)] == ["Kim Weber", "ACME", "T5", "Lea"]
    assert (entry.data, entry.title, entry.note) == ({"minutes": 5}, "Quote", "Ring\nback")
    assert (entry.occurred_at, entry.ended_at) == (NOON, NOON + timedelta(minutes=5))
    assert entry.due_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert (entry.readers, entry.editors, entry.tags) == (("group:1", "user:3"), ("user:3",), ("a", "b"))
    assert (entry.status, entry.direction, entry.channel, entry.team) == ("waiting", "incoming", "desk", "south")
    assert (entry.conversation, entry.reply_to, entry.pinned) == ("c-1", first.id, True)
    assert (entry.actor.kind, entry.actor.label, entry.context.ip) == ("customer", "Kim", "::1")
    assert (entry.idempotency_key, entry.version, entry.category) == ("k", 1, "task")
    assert entry.to_dict()["assignee"] == {"ref": "user:3", "label": "Lea"}


def test_what_is_not_given_has_the_types_and_the_scopes_values(log: ActivityLog, kim: Ref):
    with scope(team="night", context=Context(request_id="r")):
        entry = log.record("call", kim)
    assert (entry.channel, entry.direction, entry.team, entry.context.request_id) == ("phone", "", "night", "r")
    assert (entry.readers, entry.editors, entry.visibility) == (("*",), ("*",), "internal")
    assert (entry.data, entry.ended_at, entry.due_at, entry.source, entry.assignee) == (None,) * 5
    assert log.record("task", kim).status == "open"
    assert entry.occurred_at == entry.recorded_at


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=effort(60, least=20))
@given(value=JSON)
def test_any_json_is_kept_to_the_letter(log: ActivityLog, value: Any):
    found = log.get(log.record("call", "contact:1", data={"": value, "$a.b": value})).data
    assert repr(found) == repr({"": value, "$a.b": value})


def test_times_are_cut_to_milliseconds_and_kept_in_utc(log: ActivityLog, kim: Ref):
    zoned = datetime(2026, 3, 1, 13, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))
    entry = log.get(log.record("call", kim, occurred_at=zoned))
    assert entry.occurred_at == NOON.replace(microsecond=123_000)
    assert entry.occurred_at.tzinfo is UTC


def test_a_date_is_its_first_instant_in_the_logs_zone(make_log, kim: Ref):
    log = make_log(tz="Europe/Berlin")
    assert log.record("call", kim, occurred_at=date(2026, 7, 1)).occurred_at == datetime(2026, 6, 30, 22, tzinfo=UTC)
    cairo = make_log(tz="Africa/Cairo")  # midnight of 2024-04-26 did not exist there
    entry = cairo.record("call", kim, occurred_at=date(2024, 4, 26))
    assert entry.occurred_at == datetime(2024, 4, 25, 22, tzinfo=UTC)


# -- repeats --------------------------------------------------------------------------------------------------------


def test_the_same_key_and_content_is_the_first_activity(log: ActivityLog, kim: Ref):
    first = log.record("call", kim, note="x", idempotency_key="k")
    again = log.record("call", Ref("contact", 42, "Renamed"), note="x", idempotency_key="k", actor=Actor.user(9))
    assert (first.created, again.created, again.id) == (True, False, first.id)
    assert again == first
    assert log.timeline(kim).count() == 1


@pytest.mark.parametrize(
    "other",
    [{"note": "y"}, {"title": "t"}, {"data": {}}, {"occurred_at": NOON}, {"due_at": NOON}, {"source": "mail:1"}],
)
def test_the_same_key_with_other_content_is_a_conflict(log: ActivityLog, kim: Ref, other: dict[str, Any]):
    first = log.record("call", kim, note="x", idempotency_key="k")
    with pytest.raises(IdempotencyConflict) as caught:
        log.record("call", kim, **{"note": "x", **other}, idempotency_key="k")
    assert caught.value.first == first.id
    accepted = log.record("call", kim, **{"note": "x", **other}, idempotency_key="k", on_repeat="first")
    assert (accepted.id, accepted.created, accepted.note) == (first.id, False, "x")


def test_all_subjects_are_content_and_their_order_is_not(log: ActivityLog, kim: Ref, acme: Ref):
    first = log.record("call", kim, acme, idempotency_key="k")
    assert log.record("call", acme, kim, idempotency_key="k").id == first.id
    for others in ((kim,), (acme,), (acme, "company:8"), (kim, "company:8")):
        with pytest.raises(IdempotencyConflict):
            log.record("call", *others, idempotency_key="k")


def test_a_key_is_per_tenant(log: ActivityLog, kim: Ref):
    one = log.record("call", kim, idempotency_key="k")
    with scope(tenant="other"):
        assert log.record("call", kim, idempotency_key="k").id != one.id


def test_a_deleted_one_is_returned_deleted(log: ActivityLog, kim: Ref):
    first = log.record("call", kim, idempotency_key="k")
    log.delete(first)
    again = log.record("call", kim, idempotency_key="k")
    assert (again.deleted, again.created) == (True, False)


def test_an_edited_one_still_is_what_was_recorded(log: ActivityLog, kim: Ref):
    first = log.record("call", kim, note="x", idempotency_key="k")
    log.edit(first, note="corrected")
    again = log.record("call", kim, note="x", idempotency_key="k")
    assert (again.note, again.created) == ("corrected", False)


def test_the_same_draft_twice_is_one_activity(log: ActivityLog, kim: Ref):
    draft = Draft("call", kim, note="x")
    assert [log.record(draft).created, log.record(draft).created] == [True, False]
    assert [entry.created for entry in log.record_many([draft, draft.replace()])] == [False, True]
    assert log.timeline(kim).count() == 2
    assert draft.replace(note="y").note == "y"
    assert draft.replace(subjects=("a:1",)).subjects == (Ref("a", 1),)


def test_the_same_id_with_other_content_is_a_conflict(log: ActivityLog, kim: Ref):
    first = log.record("call", kim)
    with pytest.raises(IdempotencyConflict, match="the id"):
        log.record("call", kim, id=first.id, note="other")


def test_in_a_batch_the_first_wins(log: ActivityLog, kim: Ref):
    found = log.record_many([Draft("call", kim, idempotency_key="k"), Draft("call", kim, idempotency_key="k")])
    assert [entry.created for entry in found] == [True, False]
    assert found[0].id == found[1].id
    same = Draft("call", kim)
    assert [entry.created for entry in log.record_many([same, same])] == [True, False]
    assert log.timeline(kim).count() == 2


def test_a_conflict_in_a_batch_writes_nothing(log: ActivityLog, kim: Ref):
    first = log.record("call", kim, idempotency_key="k")
    batch = [Draft("call", kim), Draft("call", kim, note="other", idempotency_key="k")]
    with pytest.raises(IdempotencyConflict):
        log.record_many(batch)
    with pytest.raises(IdempotencyConflict):
        log.record_many([Draft("call", kim, idempotency_key="n"), Draft("task", kim, idempotency_key="n")])
    assert log.timeline(kim).count() == 1
    found = log.record_many([batch[0], batch[1].replace(on_repeat="first")])
    assert ([entry.created for entry in found], found[1].id) == ([True, False], first.id)


def test_only_known_ones_in_a_batch(log: ActivityLog, kim: Ref):
    log.record("call", kim, note="x", idempotency_key="k")
    found = log.record_many([Draft("call", kim, note="y", idempotency_key="k", on_repeat="first")])
    assert (found[0].created, found[0].note) == (False, "x")
    assert log.record_many([]) == []


# -- parents --------------------------------------------------------------------------------------------------------


def test_parents_are_asked_once_per_level_and_recorded(make_log, kim: Ref, acme: Ref):
    asked = []
    belongs = {
        "contact:42": [acme],
        "contact:43": ["company:7"],
        "company:7": ["group:1"],
        "group:1": ["holding:1"],
        "holding:1": ["world:1"],
    }

    def parents(refs):
        asked.append(set(map(str, refs)))
        return {ref: belongs[str(ref)] for ref in refs if str(ref) in belongs}

    log = make_log(parents=parents)
    one, _ = log.record_many([Draft("call", kim), Draft("call", "contact:43")])
    assert asked == [{"contact:42", "contact:43"}, {"company:7"}, {"group:1"}]
    assert list(map(str, one.parents)) == ["company:7", "group:1", "holding:1"]
    assert one.parents[0].label == "ACME"
    assert log.timeline(acme).count() == 2
    assert log.timeline(acme).filter(direct=True).count() == 0
    assert log.timeline("world:1").count() == 0  # the fourth level
    both = log.record("call", kim, acme)
    assert list(map(str, both.parents)) == ["group:1", "holding:1", "world:1"]
    assert log.timeline(acme).filter(direct=True).count() == 1


def test_parents_in_a_circle_end(make_log):
    log = make_log(parents=lambda refs: {ref: ["a:1" if str(ref) == "b:1" else "b:1"] for ref in refs})
    assert list(map(str, log.record("call", "a:1").parents)) == ["b:1"]


def test_a_source_is_found_too_and_direct_leaves_it_out(log: ActivityLog, kim: Ref):
    log.record("call", kim, source="ticket:5")
    assert log.timeline("ticket:5").count() == 1
    assert log.timeline("ticket:5").filter(direct=True).count() == 0
    assert log.timeline("ticket:5", kim).count() == 1
    assert log.timeline("ticket:5", kim).filter(direct=True).count() == 1


# -- bad input: a clear error, and nothing written ------------------------------------------------------------------

BAD = {
    "naive time": ({"occurred_at": datetime(2026, 1, 1)}, "occurred_at"),  # noqa: DTZ001
    "year 10000": ({"occurred_at": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))}, "occurred_at"),
    "absent time": ({"due_at": datetime(9999, 12, 31, tzinfo=UTC)}, "due_at"),
    "absent day": ({"due_at": date(9999, 12, 31)}, "due_at"),
    "year 1": ({"occurred_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))}, "occurred_at"),
    "far future": ({"occurred_at": datetime(2100, 1, 1, tzinfo=UTC)}, "occurred_at"),
    "no time": ({"occurred_at": "yesterday"}, "occurred_at"),
    "end before begin": ({"occurred_at": NOON, "ended_at": NOON - timedelta(1)}, "ended_at"),
    "NUL": ({"note": "a\0b"}, "note"),
    "lone surrogate": ({"title": "\ud83d"}, "title"),
    "long title": ({"title": "é" * 251}, "title"),
    "note of 20 MB": ({"note": "x" * 20_000_000}, "note"),
    "note no text": ({"note": b"x"}, "note"),
    "NaN": ({"data": {"x": float("nan")}}, "data.x"),
    "infinite": ({"data": {"x": [1, float("-inf")]}}, "data.x[1]"),
    "long integer": ({"data": {"x": 2**63}}, "data.x"),
    "depth 33": ({"data": nested(33)}, "data"),
    "key no text": ({"data": {1: 2}}, "data"),
    "NUL in data": ({"data": {"x": "\0"}}, "data.x"),
    "surrogate in data": ({"data": {"x": "\udc00"}}, "data.x"),
    "NUL in a key": ({"data": {"\0": 1}}, "data"),
    "no JSON": ({"data": {"x": object()}}, "data.x"),
    "data no mapping": ({"data": [1]}, "data"),
    "large data": ({"data": {"x": ["y" * 1000] * 1100}}, "data"),
    "empty key": ({"idempotency_key": ""}, "idempotency_key"),
    "long key": ({"idempotency_key": "x" * 256}, "idempotency_key"),
    "status of another type": ({"status": "open"}, "status"),
    "direction": ({"direction": "up"}, "direction"),
    "on_repeat": ({"on_repeat": "maybe"}, "on_repeat"),
    "pinned": ({"pinned": "yes"}, "pinned"),
    "actor": ({"actor": "Lea"}, "actor"),
    "context": ({"context": {}}, "context"),
    "reply_to": ({"reply_to": "x"}, "reply_to"),
    "id": ({"id": 5}, "id"),
    "source": ({"source": "nothing"}, "source"),
    "assignee": ({"assignee": 5}, "assignee"),
    "readers": ({"readers": ["nobody"]}, "readers"),
    "readers within readers": ({"readers": [["user:1", "user:2"]]}, "readers"),
    "editors within editors": ({"editors": [[]]}, "editors"),
    "tags": ({"tags": [""]}, "tags"),
    "tags no texts": ({"tags": 5}, "tags"),
    "conversation": ({"conversation": "x" * 256}, "conversation"),
    "no such field": ({"color": "red"}, "color"),
    "changes": ({"made_by": 1}, "made_by"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_fields_are_named_and_nothing_is_written(log: ActivityLog, kim: Ref, name: str):
    fields, field = BAD[name]
    with pytest.raises(InvalidInput) as caught:
        log.record("call", kim, **fields)
    assert caught.value.field.startswith(field)
    assert len(str(caught.value)) < 400
    with pytest.raises(InvalidInput):
        log.record_many([Draft("call", kim), Draft("call", kim, **fields)])
    assert not log.everything().exists()


def test_depth_32_and_a_megabyte_less_a_bit_are_fine(log: ActivityLog, kim: Ref):
    assert log.get(log.record("call", kim, data=nested(32))).data == nested(32)
    large = {"x": ["y" * 1000] * 990}
    assert log.get(log.record("call", kim, data=large)).data == large


@pytest.mark.parametrize(
    "arguments", [("call",), (Ref("contact", 42), "call"), (None, "a:1"), (5, "a:1"), (Ref, "a:1")]
)
def test_what_and_whom_are_told_apart(log: ActivityLog, arguments: tuple[Any, ...]):
    with pytest.raises((InvalidInput, UnknownType)):
        log.record(*arguments)
    assert not log.everything().exists()


def test_swapped_arguments_name_the_remedy(log: ActivityLog, kim: Ref):
    with pytest.raises(InvalidInput, match=r'record\("call", kim\)'):
        log.record(kim, "call")


def test_500_subjects_are_fine_and_501_are_not(log: ActivityLog):
    many = [Ref("contact", number) for number in range(501)]
    assert len(log.record("call", *many[:500]).subjects) == 500
    assert log.timeline(many[499]).count() == 1
    with pytest.raises(TooManySubjects):
        log.record("call", *many)
    assert log.everything().count() == 1


def test_nobody_as_actor_is_an_error(make_log, kim: Ref):
    with pytest.raises(InvalidInput, match="^actor: nobody"):
        make_log(actor=None).record("call", kim)


def test_one_bad_draft_in_a_thousand_is_named_and_nothing_is_written(log: ActivityLog, kim: Ref):
    drafts = [Draft("call", kim) for _ in range(1000)]
    drafts[617] = Draft("call", kim, occurred_at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(InvalidInput) as caught:
        log.record_many(drafts)
    assert caught.value.field == "drafts[617].occurred_at"
    drafts[617] = Draft("cal", kim)
    with pytest.raises(UnknownType) as unknown:
        log.record_many(drafts)
    assert "in drafts[617]" in unknown.value.__notes__
    with pytest.raises(InvalidInput, match=r"^drafts\[1\]: a Draft is expected"):
        log.record_many([drafts[0], "call"])
    assert not log.everything().exists()


def test_a_draft_says_everything_itself(log: ActivityLog, kim: Ref):
    with pytest.raises(InvalidInput, match="replace"):
        log.record(Draft("call", kim), note="x")


def test_data_twice_is_refused(log: ActivityLog, kim: Ref, types):
    data = types["invoice.issued"].data("1", 1)
    with pytest.raises(InvalidInput, match="already"):
        log.record(data, kim, data={})


def test_a_planned_type_may_lie_ahead(log: ActivityLog, kim: Ref):
    ahead = datetime.now(UTC) + timedelta(days=30)
    assert log.record("visit", kim, occurred_at=ahead).occurred_at > datetime.now(UTC)
    assert log.record("call", kim, occurred_at=datetime.now(UTC) + timedelta(hours=23)).created


def test_a_draft_hides_its_texts_from_logs(kim: Ref):
    assert "secret" not in repr(Draft("call", kim, note="secret", title="secret", data={"x": "secret"}))


# -- an unavailable store -------------------------------------------------------------------------------------------


class Gone(Storage):
    """Stands for a store that cannot be reached; everything that is asked of it fails."""

    def _fail(self, *_: Any, **__: Any) -> Any:
        raise StorageUnavailable("gone", retry=True)

    append = get = fetch = count = replace = versions = delete = rewrite = _fail
    put_document = documents = tenants = _fail


def test_an_error_of_the_store_carries_the_drafts(types, kim: Ref):
    log = ActivityLog(Gone(), types=types, actor=Actor.user(1))
    draft = Draft("call", kim)
    with pytest.raises(StorageError) as caught:
        log.record(draft)
    assert (caught.value.drafts, caught.value.retry) == ((draft,), True)


def test_an_unavailable_store_can_be_survived(types, kim: Ref, caplog: pytest.LogCaptureFixture):
    from activitylog import signals

    log = ActivityLog(Gone(), types=types, actor=Actor.user(1), on_unavailable="log")
    seen = []

    def lost(_: Any, drafts: Any, error: Any) -> None:
        seen.append((drafts, error))

    with signals.lost.connected_to(lost, sender=log):
        entry = log.record("call", kim, note="private")
    assert (entry.created, entry.note) == (False, "private")
    assert seen[0][0][0].note == "private"
    assert "1 × call" in caplog.text
    assert "private" not in caplog.text


def test_the_log_checks_what_it_is_made_with(types):
    for wrong, field in [
        ({"on_unavailable": "ignore"}, "on_unavailable"),
        ({"tenant": ""}, "tenant"),
        ({"tz": "Mars/Base"}, "tz"),
        ({"language": ""}, "language"),
        ({"cursor_key": ""}, "cursor_key"),
        ({"actor": "Lea"}, "actor"),
    ]:
        with pytest.raises(InvalidInput, match=f"^{field}: "):
            ActivityLog("memory://", types=types, **wrong)
    for store in ("crm.db", "nothing://x", object(), 5):
        with pytest.raises(InvalidInput, match="^store: "):
            ActivityLog(store)


def test_an_id_is_unique_and_rises(log: ActivityLog, kim: Ref):
    ids = [entry.id for entry in log.record_many(Draft("call", kim) for _ in range(500))]
    assert ids == sorted(ids)
    assert log.record("call", kim, id=str(uuid4())).created


@pytest.mark.parametrize("field", ["readers", "editors"])
def test_nobody_is_not_everybody(log: ActivityLog, kim: Ref, field: str):
    with pytest.raises(InvalidInput, match=f"^{field}: is empty"):
        log.record("call", kim, **{field: []})
    with pytest.raises(InvalidInput, match=f"^{field}: 501"):
        log.record("call", kim, **{field: [f"user:{number}" for number in range(501)]})
    with pytest.raises(InvalidInput, match="^tags: 101"):
        log.record("call", kim, tags=map(str, range(101)))


def test_a_refused_record_leaves_no_document_behind(transactional_log: ActivityLog, kim: Ref):
    log = transactional_log
    log.record("call", kim, idempotency_key="k")
    with pytest.raises(IdempotencyConflict):
        log.record("call", kim, note="x", idempotency_key="k", readers="user:5")
    assert len(log.storage.documents("default", "audience", limit=9)) == 1


def test_what_only_the_library_sets_cannot_be_given(log: ActivityLog, kim: Ref):
    for fields in ({"changes": [["x", 1, 2]]}, {"made_at": NOON}):
        with pytest.raises(InvalidInput):
            Draft("call", kim, **fields)
        with pytest.raises(InvalidInput):
            Draft("call", kim).replace(**fields)
        with pytest.raises(InvalidInput):
            log.record("call", kim, **fields)


def test_errors_survive_copying_and_pickling(log: ActivityLog, kim: Ref):
    first = log.record("call", kim, idempotency_key="k")
    raised = []
    for attempt in (
        lambda: log.record("call", kim, note=5),
        lambda: log.record("nothing", kim),
        lambda: log.record("task", kim, idempotency_key="k"),
        lambda: log.get(uuid4()),
        lambda: log.record("call", *map("contact:{}".format, range(501))),
    ):
        with pytest.raises(ActivityLogError) as caught:
            attempt()
        raised.append(caught.value)
    for error in raised:
        for again in (copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
            assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
    assert raised[2].first == first.id


def test_an_actor_is_asked_for_only_where_none_is_named(make_log, kim: Ref):
    def nobody() -> Actor:
        raise LookupError

    log = make_log(actor=nobody)
    assert log.record("call", kim, actor=Actor.user(1)).created
    with pytest.raises(LookupError):
        log.record("call", kim)


def test_parents_may_be_told_by_text_and_must_be_a_mapping(make_log, kim: Ref):
    log = make_log(parents=lambda refs: {str(ref): "company:7" for ref in refs if ref == kim})
    assert list(map(str, log.record("call", kim).parents)) == ["company:7"]
    with pytest.raises(InvalidInput, match="^parents"):
        make_log(parents=lambda _: None).record("call", kim)


def test_one_draft_is_not_several(log: ActivityLog, kim: Ref):
    for wrong in (Draft("call", kim), None, 5):
        with pytest.raises(InvalidInput, match="^drafts"):
            log.record_many(wrong)


def test_the_log_checks_what_it_is_made_with_further(kim: Ref):
    for wrong, field in (({"types": {}}, "types"), ({"clock": 5}, "clock"), ({"parents": 5}, "parents")):
        with pytest.raises(InvalidInput, match=f"^{field}"):
            ActivityLog("memory://", **wrong)
    with pytest.raises(InvalidInput, match="^cursor_key"):
        ActivityLog("memory://", cursor_key=5)
    with pytest.raises(InvalidInput, match="^signal"):
        ActivityLog("memory://").on(5)
    for actor in (lambda: Actor("hacker", kim), lambda: Actor("user", "user:1"), lambda: Actor(5, kim)):
        with pytest.raises(InvalidInput, match="^actor"):
            actor()


def test_too_many_subjects_of_one_of_several(log: ActivityLog, kim: Ref):
    with pytest.raises(TooManySubjects):
        log.record_many([Draft("call", kim), Draft("call", *(Ref("contact", number) for number in range(501)))])
    assert not log.everything().exists()


def test_an_earlier_one_that_is_purged_meanwhile(log: ActivityLog, kim: Ref):
    first = log.record("call", kim, idempotency_key="k")
    store = log.storage

    class Purging(type(store)):
        def get(self, tenant: str, ids: Any, /) -> Any:
            self.delete(Query(tenant=tenant, limit=1), limit=10)
            return super().get(tenant, ids)

    store.__class__ = Purging
    with pytest.raises(WriteConflict, match="record the draft again") as caught:
        log.record("call", kim, idempotency_key="k")
    assert (caught.value.retry, len(caught.value.drafts)) == (True, 1)
    assert log.record(caught.value.drafts[0]).id != first.id


def test_a_first_batch_asks_once_for_its_audience(log: ActivityLog, kim: Ref):
    store, asked = log.storage, []

    class Counting(type(store)):
        def documents(self, tenant: str, kind: str, /, **options: Any) -> Any:
            asked.append(kind)
            return super().documents(tenant, kind, **options)

    store.__class__ = Counting
    log.record_many(Draft("call", kim) for _ in range(50))
    assert asked.count("audience") == 1
    log.record("call", kim)
    assert asked.count("audience") == 1
