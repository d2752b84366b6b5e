"""Making plans: what they are of, for whom, and what is refused before anything is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import frozen

from activitylog import ActivityLog, Actor, Context, Draft, Ref, TypeRegistry, scope
from activitylog.errors import InvalidInput, MissingPlaceholders, UnknownType

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@frozen
class OfferMade:
    number: str
    total: Decimal


@pytest.fixture
def types(types: TypeRegistry) -> TypeRegistry:
    types.activity("offer.made", summary="Offer {number}")(OfferMade)
    return types


def kept(log: ActivityLog) -> list[str]:
    """What the store holds of plans."""
    kinds = ("plan", "plan.part", "plan.progress")
    return [f"{kind} {one.name}" for kind in kinds for one in log.storage.documents("default", kind, limit=100)]


def outcomes(report: Any) -> list[tuple[str, str, str]]:
    return [(row.subject.id, row.outcome, row.reason) for row in report]


def test_making_a_plan_records_nothing(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts)
    assert [(row.subject.label, row.outcome, row.activity) for row in plan.report()][:2] == [
        ("Ada", "planned", None),
        ("Ben", "planned", None),
    ]
    assert not log.everything().exists()


def test_what_comes_twice_is_a_duplicate_and_what_is_refused_says_why(log: ActivityLog, contacts: list[Ref]):
    asked: list[Ref] = []

    def check(contact: Ref) -> str | None:
        asked.append(contact)
        return "no permission" if contact.id == "2" else None

    plan = log.plans.make("call", [*contacts[:2], "contact:1", contacts[1], contacts[2]], check=check)
    assert outcomes(plan.report()) == [
        ("1", "planned", ""),
        ("2", "left out", "no permission"),
        ("1", "left out", "duplicate"),
        ("2", "left out", "duplicate"),
        ("3", "planned", ""),
    ]
    assert [contact.id for contact in asked] == ["1", "2", "3"]
    assert plan.report().counts() == {"planned": 2, "left out": 3, "duplicate": 2, "no permission": 1}


def test_of_merged_contacts_the_first_stands(log: ActivityLog, contacts: list[Ref]):
    log.subjects.merge(contacts[0], into=contacts[2])
    plan = log.plans.make("call", contacts)
    assert [row.reason for row in plan.report()] == ["", "", "duplicate", "", ""]
    plan.exclude(contacts[2])
    assert [row.reason for row in plan.report()] == ["excluded", "", "duplicate", "", ""]
    assert {a.subjects[0].id for a in plan.include("contact:3").execute().timeline()} == {"1", "2", "4", "5"}


def test_what_another_process_has_just_merged_is_one_contact(log: ActivityLog, contacts: list[Ref]):
    assert not log.timeline(contacts[0]).exists(), "what is merged is known now, and remembered"
    other = ActivityLog(log.storage, actor=Actor.user(1))
    other.subjects.merge(contacts[1], into=contacts[0])
    assert log.plans.make("call", contacts).report().counts() == {"planned": 4, "left out": 1, "duplicate": 1}


def test_contacts_come_one_by_one_from_any_iterable(log: ActivityLog):
    assert len(log.plans.make("call", (f"contact:{number}" for number in range(1203))).report()) == 1203
    assert len(log.plans.make("call", Ref("contact", 1)).report()) == 1
    assert list(log.plans.make("call", []).report()) == []


def test_a_plan_for_nobody_writes_nothing(log: ActivityLog, contacts: list[Ref]):
    told: list[tuple[int, int]] = []
    for plan in (log.plans.make("call", []), log.plans.make("call", contacts, mode="shared").exclude_all()):
        batch = plan.execute(progress=lambda done, total: told.append((done, total)))
        assert not batch.timeline().exists()
    assert told == []


def test_every_field_of_a_draft_reaches_the_activities(log: ActivityLog, contacts: list[Ref]):
    earlier = log.record("call", contacts[0])
    draft = Draft(
        "task", title="Invite", note="to the fair", data={"stand": 7, "by": {"bus": None}},
        occurred_at=date(2026, 3, 1), ended_at=NOON, due_at=NOON + timedelta(days=3), assignee=Ref("user", 9, "Ole"),
        readers=["user:3", "team:sales"], editors="user:3", tags=["fair", "folder:2026"], pinned=True, status="waiting",
        source=Ref("event", 1, "Fair"), direction="outgoing", channel="", team="sales", conversation="fair 2026",
        reply_to=earlier, actor=Actor.user(4, "Max").on_behalf_of(Actor.customer(5, "Kim")),
        context=Context(origin="web", ip="::1"), archive_after=timedelta(days=10), purge_after=timedelta(days=720),
    )  # fmt: skip
    log.record(draft.replace(subjects=contacts[:1]))
    [wanted] = log.timeline(contacts[0]).filter(types="task")
    [found] = log.plans.make(draft, contacts[1:2]).execute().timeline()
    told, expected = found.to_dict(), wanted.to_dict()
    assert told["subjects"] == [{"ref": "contact:2", "label": "Ben"}]
    assert told["batch"]
    for own in ("id", "subjects", "batch", "recorded_at"):
        del told[own], expected[own]
    assert told == expected


def test_typed_data_is_read_back_as_its_class(log: ActivityLog, contacts: list[Ref]):
    offer = OfferMade("17", Decimal("90.00"))
    for what in (offer, Draft(offer), Draft("offer.made", data=offer), lambda contact: Draft(offer, contact)):
        assert [entry.data for entry in log.plans.make(what, contacts[:1]).execute().timeline()] == [offer]


def test_a_change_entry_can_be_planned(log: ActivityLog, contacts: list[Ref]):
    draft = Draft.change(before={"terms": 14}, after={"terms": 30}, note="new terms")
    [entry] = log.plans.make(draft, contacts[:1]).execute().timeline()
    assert (entry.type, entry.note) == ("record.changed", "new terms")
    assert [(change.field, change.old, change.new) for change in entry.changes] == [("terms", 14, 30)]


def test_a_function_makes_each_draft_once(log: ActivityLog, contacts: list[Ref]):
    asked: list[str] = []

    def draft_for(contact: Ref) -> Draft:
        asked.append(contact.id)
        return Draft("call", note=f"Dear {contact.label}", assignee=f"user:{contact.id}")

    plan = log.plans.make(draft_for, contacts[:3])
    batch = plan.execute()
    assert asked == ["1", "2", "3"]
    assert {(a.subjects[0].id, a.note, str(a.assignee)) for a in batch.timeline()} == {
        ("1", "Dear Ada", "user:1"),
        ("2", "Dear Ben", "user:2"),
        ("3", "Dear Cem", "user:3"),
    }
    assert [str(row.assignee) for row in plan.report()] == ["user:1", "user:2", "user:3"]


def test_tenant_and_team_are_those_of_the_making(log: ActivityLog, contacts: list[Ref]):
    with scope(tenant="south", team="sales", actor=Actor.user(8)):
        plan = log.plans.make("call", contacts)
        other = log.plans.make(Draft("call", team=""), contacts[:1])
    with scope(tenant="north", team="support", actor=Actor.system("nightly")):
        entry = plan.execute().timeline().first()
        assert (entry.tenant, entry.team, entry.actor.kind) == ("south", "sales", "system")
        assert other.execute().timeline().first().team == ""
        with pytest.raises(InvalidInput, match="^id: "):
            log.plans.resume(plan.id)
        with pytest.raises(InvalidInput, match="^id: "):
            log.batch(plan.id)


def test_who_makes_a_plan_need_not_be_who_executes_it(make_log: Callable[..., ActivityLog], contacts: list[Ref]):
    log = make_log(actor=None)
    plan = log.plans.make("call", contacts)
    with pytest.raises(InvalidInput, match="^actor: "):
        plan.execute()
    with scope(actor=Actor.user(1, "Lea")):
        assert plan.execute().timeline().count() == 5


@pytest.mark.parametrize(
    ("what", "field"),
    [
        (Draft("call", "contact:1"), "what"),
        (Draft("call", idempotency_key="fair"), "idempotency_key"),
        (Draft("call", on_repeat="first"), "idempotency_key"),
        (Draft("task", status="lost"), "status"),
        (Draft("call", occurred_at=datetime.now(UTC) + timedelta(days=9)), "occurred_at"),
        (Draft("offer.made", data={"number": 1}), "data"),
        (OfferMade, "what"),
        (5, "what"),
        ("account.status", "type"),
        (lambda contact: "call", "drafts[0].what"),
        (lambda contact: Draft("call", title="x" * 501), "drafts[0].title"),
        (lambda contact: Draft("call", "contact:99"), "drafts[0].subjects"),
        (lambda contact: Draft("task", status="lost"), "drafts[0].status"),
        (lambda contact: Draft("call", idempotency_key="x"), "drafts[0].idempotency_key"),
    ],
)
def test_what_could_not_be_recorded_is_refused_at_once(log: ActivityLog, contacts: list[Ref], what: Any, field: str):
    with pytest.raises(InvalidInput) as caught:
        log.plans.make(what, contacts)
    assert caught.value.field == field
    assert kept(log) == []


def test_an_unknown_type_is_refused_at_once(log: ActivityLog, contacts: list[Ref]):
    for what in ("cal", Draft("cal"), lambda contact: Draft("cal")):
        with pytest.raises(UnknownType, match="call"):
            log.plans.make(what, contacts)
    assert kept(log) == []


def test_a_retired_type_is_refused_at_once(log: ActivityLog, contacts: list[Ref]):
    log.types.create("visit")
    plan = log.plans.make("custom.visit", contacts[:1])
    log.types.retire("visit")
    with pytest.raises(InvalidInput, match="retired"):
        log.plans.make("custom.visit", contacts)
    with pytest.raises(InvalidInput, match="retired"):
        plan.execute()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"subjects": ["contact:1", 5]}, "subjects[1]"),
        ({"subjects": "Kim"}, "subjects[0]"),
        ({"subjects": None}, "subjects[0]"),
        ({"mode": "all"}, "mode"),
        ({"check": "no"}, "check"),
        ({"check": lambda contact: False}, "check"),
        ({"check": lambda contact: ""}, "check"),
        ({"what": lambda contact: Draft("call"), "mode": "shared"}, "what"),
    ],
)
def test_bad_input_keeps_no_plan(log: ActivityLog, options: dict[str, Any], field: str):
    with pytest.raises(InvalidInput) as caught:
        log.plans.make(**{"what": "call", "subjects": ["contact:1"], **options})
    assert caught.value.field == field
    assert kept(log) == []


def test_an_asynchronous_function_is_refused(log: ActivityLog, contacts: list[Ref]):
    async def later(contact: Ref) -> None: ...

    for options in ({"what": later}, {"what": "call", "check": later}):
        with pytest.raises(TypeError, match="asynchronous"):
            log.plans.make(subjects=contacts, **options)
    assert kept(log) == []


def test_a_making_that_breaks_leaves_nothing(log: ActivityLog):
    def breaking():
        yield from (f"contact:{number}" for number in range(1_200))
        assert len(kept(log)) == 2
        raise RuntimeError("the host's database is gone")

    with pytest.raises(RuntimeError, match="gone"):
        log.plans.make("call", breaking())
    assert kept(log) == []


def test_long_drafts_lie_in_several_parts(log: ActivityLog):
    plan = log.plans.make(lambda contact: Draft("call", note="x" * 99_000), [f"contact:{n}" for n in range(25)])
    parts = log.storage.documents("default", "plan.part", limit=100)
    assert len(parts) == 3
    assert all(len(part.body) < 1_100_000 for part in parts)
    assert plan.execute().timeline().count() == 25


@pytest.mark.parametrize("id", ["", "no", None, 5, "01a2055d-8fa3-7600-8bc8-0a94dd151f43"])
def test_an_unknown_plan_is_a_clear_error(log: ActivityLog, id: Any):
    for ask in (log.plans.resume, log.batch):
        with pytest.raises(InvalidInput, match="^id: "):
            ask(id)


def test_the_contact_is_told_for_whom_a_template_is_not_filled(log: ActivityLog, contacts: list[Ref]):
    log.templates.create("hello", "call", title="{name}")
    names = {contacts[0]: "Kim"}
    with pytest.raises(MissingPlaceholders, match=r"drafts\[1\]\.values: nothing fills {name}") as missing:
        log.plans.make(lambda contact: log.templates.draft("hello", name=names.get(contact)), contacts)
    assert missing.value.names == ("name",)
    assert kept(log) == []


@pytest.mark.parametrize("reason", ["planned", "created", "undone", "left out"])
def test_a_reason_is_no_outcome(log: ActivityLog, contacts: list[Ref], reason: str):
    with pytest.raises(InvalidInput, match="check: "):
        log.plans.make("call", contacts, check=lambda contact: reason)
    assert kept(log) == []


def test_plans_are_listed_in_the_order_in_which_they_were_made(log: ActivityLog, contacts: list[Ref]):
    made = [log.plans.make("call", contacts[:n]).id for n in range(3)]
    with scope(tenant="north"):
        log.plans.make("call", contacts)
    assert [plan.id for plan in log.plans] == made
    assert [plan.execute().timeline().count() for plan in log.plans] == [0, 1, 2]
