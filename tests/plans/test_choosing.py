"""Who is selected, and who is responsible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog import ActivityLog, Actor, Draft, Plan, Ref, TypeRegistry
from activitylog.errors import InvalidInput, NotAllowed

AGENTS = (Ref("user", 1, "Lea"), Ref("user", 2, "Ole"), Ref("user", 3, "Zoe"))


def selected(plan: Plan) -> list[str]:
    return [row.subject.id for row in plan.report() if row.outcome == "planned"]


def assigned(plan: Plan) -> dict[str, str]:
    return {row.subject.id: row.assignee.id for row in plan.report() if row.assignee is not None}


def test_contacts_are_taken_out_and_in_again(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts, check=lambda contact: "no" if contact.id == "5" else None)
    plan.exclude("contact:1", contacts[2])
    assert selected(plan) == ["2", "4"]
    assert [row.reason for row in plan.report()] == ["excluded", "", "excluded", "", "no"]
    assert selected(plan.include(contacts[0])) == ["1", "2", "4"]
    assert selected(plan.exclude_all()) == []
    assert selected(plan.exclude_all().include("contact:4", "contact:2")) == ["2", "4"]
    assert selected(plan.include_all()) == ["1", "2", "3", "4"]
    assert selected(plan.exclude().include()) == ["1", "2", "3", "4"]
    assert selected(log.plans.resume(plan.id).exclude("contact:1")) == ["2", "3", "4"]
    assert selected(plan) == ["2", "3", "4"], "both are the same plan"


def test_who_is_not_in_the_plan_is_named(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts)
    for change in (plan.include, plan.exclude):
        with pytest.raises(InvalidInput, match="contact:77"):
            change(contacts[0], "contact:77")
        with pytest.raises(InvalidInput, match="^subjects: "):
            change("Kim")
    assert selected(plan) == ["1", "2", "3", "4", "5"]


def test_who_was_refused_cannot_be_included(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts, check=lambda contact: "no" if contact.id == "5" else None)
    with pytest.raises(InvalidInput, match="contact:5 was refused"):
        plan.include(contacts[4])
    assert selected(plan.exclude(contacts[4]).include_all()) == ["1", "2", "3", "4"]


def test_without_agents_the_assignee_is_that_of_the_draft(log: ActivityLog, contacts: list[Ref]):
    assert assigned(log.plans.make("call", contacts)) == {}
    assert set(assigned(log.plans.make(Draft("call", assignee="user:7"), contacts)).values()) == {"7"}


def test_in_turn_goes_over_the_selected_ones(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts).assign(AGENTS, strategy="in_turn")
    assert assigned(plan) == {"1": "1", "2": "2", "3": "3", "4": "1", "5": "2"}
    assert assigned(plan.exclude(contacts[1])) == {"1": "1", "3": "2", "4": "3", "5": "1"}
    assert {a.subjects[0].id: a.assignee.id for a in plan.execute().timeline()} == assigned(plan)


def test_a_rule_is_asked_once_per_contact_and_kept(log: ActivityLog, contacts: list[Ref]):
    load: Counter[Ref] = Counter({AGENTS[0]: 5, AGENTS[1]: 1})
    asked: list[str] = []

    def least_loaded(contact: Ref, agents: tuple[Ref, ...]) -> Ref:
        asked.append(contact.id)
        chosen = min(agents, key=lambda agent: load[agent])
        load[chosen] += 1
        return chosen

    plan = log.plans.make("call", contacts, check=lambda contact: "no" if contact.id == "5" else None)
    plan.exclude(contacts[0]).assign(AGENTS, strategy=least_loaded)
    assert asked == ["2", "3", "4", "1"], "those who are selected come first"
    assert assigned(plan) == {"2": "3", "3": "2", "4": "3"}
    plan.include(contacts[0])
    assert assigned(log.plans.resume(plan.id)) == {"1": "2", "2": "3", "3": "2", "4": "3"}
    assert len(asked) == 4
    [first] = [row for row in plan.report() if row.subject == contacts[1]]
    assert first.assignee.label == "Zoe"


@pytest.mark.parametrize(
    ("agents", "options", "field"),
    [
        ([], {}, "agents"),
        (["Lea"], {}, "agents"),
        (None, {}, "agents"),
        ((f"user:{number}" for number in range(1_001)), {}, "agents"),
        (AGENTS, {"strategy": "fair"}, "strategy"),
        (AGENTS, {"strategy": None}, "strategy"),
        (AGENTS, {"strategy": ["random"]}, "strategy"),
        (AGENTS, {"strategy": lambda contact, agents: "user:9"}, "strategy"),
        (AGENTS, {"strategy": lambda contact, agents: None}, "strategy"),
        (AGENTS, {"seed": 1.5}, "seed"),
        (AGENTS, {"seed": "x" * 300}, "seed"),
        (AGENTS, {"seed": 10**5_000}, "seed"),
    ],
)
def test_a_bad_assignment_changes_nothing(
    log: ActivityLog, contacts: list[Ref], agents: Any, options: dict[str, Any], field: str
):
    plan = log.plans.make("call", contacts)
    with pytest.raises(InvalidInput) as caught:
        plan.assign(agents, **options)
    assert caught.value.field == field
    assert assigned(plan) == {}


def test_a_shared_activity_has_one_agent(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("task", contacts, mode="shared")
    with pytest.raises(InvalidInput, match="^agents: "):
        plan.assign(AGENTS)
    plan.assign(Actor.user(2, "Ole"))
    [entry] = plan.execute().timeline()
    assert entry.assignee == Ref("user", 2)
    assert set(assigned(plan).values()) == {"2"}


def test_one_agent_named_twice_is_one(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts).assign(["user:1", "user:1", "user:2"], strategy="in_turn")
    assert assigned(plan) == {"1": "1", "2": "2", "3": "1", "4": "2", "5": "1"}


def test_without_a_seed_one_is_drawn_and_kept(log: ActivityLog):
    plan = log.plans.make("call", [f"contact:{number}" for number in range(40)]).assign(AGENTS)
    assert assigned(plan) == assigned(log.plans.resume(plan.id))
    assert assigned(plan) != assigned(plan.assign(AGENTS)), "another one is drawn"


def test_changes_at_once_are_all_kept(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts)
    barrier = Barrier(4)
    failures: list[BaseException] = []

    def work(contact: Ref) -> None:
        try:
            barrier.wait()
            log.plans.resume(plan.id).exclude(contact)
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=work, args=(contact,)) for contact in contacts[:4]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert selected(plan) == ["5"]


def test_from_the_execution_on_the_choice_is_final(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts)
    plan.execute()
    for change in (
        lambda: plan.include(contacts[0]),
        lambda: plan.exclude(contacts[0]),
        plan.include_all,
        plan.exclude_all,
        lambda: plan.assign(AGENTS),
    ):
        with pytest.raises(NotAllowed, match="final"):
            change()
    assert plan.report().counts() == {"created": 5}


def test_from_the_undoing_on_the_choice_is_final(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts)
    log.batch(plan.id).undo()
    with pytest.raises(NotAllowed, match="undone"):
        plan.exclude(contacts[0])
    with pytest.raises(NotAllowed, match="undone"):
        plan.execute()
    assert plan.report().counts() == {"undone": 5}


numbers = st.lists(st.integers(0, 60), unique=True, max_size=30)


@pytest.fixture(scope="module")
def in_memory() -> Callable[[], ActivityLog]:
    types = TypeRegistry()
    types.define("call")
    log = ActivityLog("memory://", types=types, actor=Actor.user(1))
    return lambda: log


@given(chosen=numbers, order=st.randoms(use_true_random=False), seed=st.integers() | st.text("abc", max_size=5))
def test_at_random_is_a_function_of_seed_and_contact(
    in_memory: Callable[[], ActivityLog], chosen: list[int], order: Any, seed: int | str
):
    plans = in_memory().plans
    first = plans.make("call", [f"contact:{number}" for number in chosen]).assign(AGENTS, seed=seed)
    turned = order.sample(range(61), 61)
    second = plans.make("call", [f"contact:{number}" for number in turned]).assign(AGENTS, seed=seed)
    assert assigned(first).items() <= assigned(second).items()


@given(chosen=numbers, out=numbers, agents=st.integers(1, 3))
def test_in_turn_is_even_within_one(
    in_memory: Callable[[], ActivityLog], chosen: list[int], out: list[int], agents: int
):
    plan = in_memory().plans.make("call", [f"contact:{number}" for number in chosen])
    plan.exclude(*(f"contact:{number}" for number in out if number in chosen))
    shares = Counter(assigned(plan.assign(AGENTS[:agents], strategy="in_turn")).values())
    loads = [shares[agent.id] for agent in AGENTS[:agents]]
    assert sum(loads) == len(set(chosen) - set(out))
    assert max(loads) - min(loads) <= 1


def test_at_random_everybody_gets_a_fair_share(in_memory: Callable[[], ActivityLog]):
    plan = in_memory().plans.make("call", [f"contact:{number}" for number in range(3_000)]).assign(AGENTS, seed=7)
    assert all(850 < share < 1150 for share in Counter(assigned(plan).values()).values())
