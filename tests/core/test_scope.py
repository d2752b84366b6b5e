"""The ambient scope: nesting, threads, asyncio, lazy actors, capture and restore."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading

import pytest

from activitylog import ActivityLog, Actor, Context, Ref, scope
from activitylog.errors import InvalidInput
from activitylog.scope import Surroundings, surroundings

LEA, TOM = Actor.user(3, "Lea"), Actor.user(4, "Tom")


def test_scopes_nest_and_restore():
    with scope(actor=LEA, tenant="south", team="sales"):
        with scope(actor=TOM, language="de"):
            inner = surroundings()
        outer = surroundings()
    assert (inner.actor, inner.tenant, inner.team, inner.language) == (TOM, "south", "sales", "de")
    assert (outer.actor, outer.language) == (LEA, None)
    assert surroundings() == Surroundings()


def test_one_scope_can_be_entered_within_itself():
    one = scope(actor=LEA)
    with one, one:
        pass
    assert surroundings().actor is None


def test_an_exception_restores_too():
    with pytest.raises(KeyError), scope(actor=LEA):
        raise KeyError
    assert surroundings().actor is None


def test_leaving_in_another_context_is_harmless():
    one = scope(actor=LEA)
    one.__enter__()
    contextvars.Context().run(one.__exit__, None, None, None)
    assert surroundings().actor == LEA
    one.__exit__(None, None, None)
    assert surroundings().actor is None
    one.__exit__(None, None, None)


def test_a_new_thread_starts_without_a_scope():
    seen = []
    with scope(actor=LEA):
        thread = threading.Thread(target=lambda: seen.append(surroundings().actor))
        thread.start()
        thread.join()
    assert seen == [None]


def test_tasks_do_not_see_each_other():
    async def work(actor: Actor, ready: asyncio.Barrier) -> Actor | None:
        async with scope(actor=actor):
            await ready.wait()
            return surroundings().actor_now()

    async def main() -> list[Actor | None]:
        barrier = asyncio.Barrier(2)
        return await asyncio.gather(work(LEA, barrier), work(TOM, barrier))

    assert asyncio.run(main()) == [LEA, TOM]


def test_as_decorator_of_functions_and_coroutines():
    @scope(actor=LEA)
    def plain() -> Actor | None:
        return surroundings().actor_now()

    @scope(actor=TOM)
    async def awaited() -> Actor | None:
        await asyncio.sleep(0)
        return surroundings().actor_now()

    assert plain() == LEA
    assert asyncio.run(awaited()) == TOM
    assert surroundings().actor is None


def test_a_lazy_actor_is_asked_when_recording(log: ActivityLog, kim: Ref):
    asked = []

    def who() -> Actor:
        asked.append(1)
        return TOM

    with scope(actor=who):
        assert asked == []
        assert log.record("call", kim).actor == TOM
    assert asked == [1]


def test_a_lazy_actor_that_knows_nobody_leaves_it_to_the_log(log: ActivityLog, kim: Ref):
    with scope(actor=lambda: None):
        assert log.record("call", kim).actor == LEA


def test_argument_before_scope_before_provider_before_log(make_log, kim: Ref):
    log = make_log(tenant="default")
    log.provide(lambda: Surroundings(actor=TOM, tenant="provided", team="night"))
    entry = log.record("call", kim)
    assert (entry.actor, entry.tenant, entry.team) == (TOM, "provided", "night")
    with scope(tenant="south"):
        assert log.record("call", kim).tenant == "south"
        assert log.record("call", kim, actor=LEA, team="day").team == "day"
    log.provide(lambda: None)
    assert log.record("call", kim).tenant == "provided"


def test_capture_and_restore_through_json():
    kim = Ref("contact", 42, "Kim")
    actor = LEA.on_behalf_of(Actor.customer(kim))
    with scope(actor=lambda: actor, tenant="t", team="x", language="de", context=Context(origin="web", ip="::1")):
        captured = json.loads(json.dumps(scope.capture()))
    with scope.restore(captured):
        found = surroundings()
    assert found.actor_now() == actor
    assert found.actor_now().behalf.label == "Kim"
    assert found.actor_now().behalf_kind == "customer"
    assert (found.tenant, found.team, found.language) == ("t", "x", "de")
    assert found.context == Context(origin="web", ip="::1")
    with scope.restore({}):
        assert surroundings() == Surroundings()


@pytest.mark.parametrize("captured", [{"actor": 3}, {"actor": {"as": "user"}}, {"context": {"x": 1}}, {"tenant": ""}])
def test_restoring_something_else_is_an_error(captured):
    with pytest.raises(InvalidInput):
        scope.restore(captured)


@pytest.mark.parametrize(
    "wrong",
    [{"actor": "Lea"}, {"tenant": ""}, {"tenant": "x" * 65}, {"language": "de de"}, {"context": {}}, {"team": "\0"}],
)
def test_a_scope_checks_its_values(wrong):
    with pytest.raises(InvalidInput, match=f"^{next(iter(wrong))}: "):
        scope(**wrong)


def test_on_behalf_is_kept_with_both_names(log: ActivityLog, kim: Ref):
    with scope(actor=LEA.on_behalf_of(kim)):
        entry = log.get(log.record("call", kim))
    assert (entry.actor.label, entry.actor.behalf.label) == ("Lea", "Kim Weber")


def test_leaving_the_outer_scope_first_keeps_the_inner():
    outer, inner = scope(actor=LEA, tenant="t"), scope(team="x")
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert (surroundings().team, surroundings().tenant) == ("x", None)
    inner.__exit__(None, None, None)
    assert surroundings() == Surroundings()


def test_a_generator_is_refused_as_decorated():
    def steps():
        yield 1

    async def awaited():
        yield 1

    for function in (steps, awaited):
        with pytest.raises(InvalidInput, match="generator"):
            scope(actor=LEA)(function)


def test_an_object_whose_call_is_asynchronous_can_be_decorated():
    class Job:
        async def __call__(self) -> Actor | None:
            return surroundings().actor_now()

    assert asyncio.run(scope(actor=TOM)(Job())()) == TOM


def test_what_is_restored_is_checked():
    for actor in ({"as": "evil", "ref": ["a", "b", ""]}, {"as": "user", "ref": "ab"}):
        with pytest.raises(InvalidInput):
            scope.restore({"actor": actor})
