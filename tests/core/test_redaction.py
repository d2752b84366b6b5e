"""What a condition becomes for somebody who may not see all of an entry."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from activitylog.door import limit
from activitylog.redaction import SHOWN, blanked, known
from activitylog.sight import ANY_STATE, Sight, State
from activitylog.storage import ALWAYS, NEVER, Field, In, Not, Order, Query, matches, simplify
from activitylog.testing.contract import strategies
from effort import effort

MAIL = In(Field.TYPE, ["mail"])
SIGHT = Sight(clear=Not(MAIL), redacted=MAIL)


@settings(max_examples=effort(300, least=50), deadline=None)
@given(
    strategies.conditions(), strategies.batches("t", max_size=2), st.sets(st.sampled_from(["contact:a", "company:a"]))
)
def test_what_is_hidden_decides_nothing(where, batch, subjects):
    """Two entries that look alike fulfil the same conditions, and none that the whole entry would not fulfil."""
    found = known(where, subjects)
    for record in batch:
        if matches(found, record):
            assert matches(where, record)
        for other in batch:
            shown = {str(name): getattr(record, name) for name in SHOWN}
            alike = evolve(other, **shown, links=record.links)
            assert matches(found, alike) == matches(found, record)


@settings(max_examples=effort(300, least=50), deadline=None)
@given(strategies.conditions(), strategies.batches("t", max_size=6), st.sampled_from(Order))
def test_a_limited_query_asks_for_what_is_seen(where, batch, order):
    """Clear ∧ W ∨ Redacted ∧ W°, however its parts are put together."""
    types = ["mail", "note"]
    batch = [evolve(record, type=types[n % 2]) for n, record in enumerate(batch)]
    query = Query(tenant="t", where=where, order=order, limit=10)
    for state in (ANY_STATE, State(deleted=False, archived=False), State(deleted=True), State(archived=None)):
        seen = limit(query, SIGHT, state)
        for record in batch:
            whole = matches(SIGHT.whole(state), record) and matches(where, record)
            redacted = matches(SIGHT.blanked(state), record) and matches(known(where, ()), record)
            assert matches(seen.where, record) == (whole or (redacted and order is not Order.DUE))


def test_what_holds_of_both_stays_where_indexes_serve_it():
    query = Query(tenant="t", where=In(Field.ACTOR, ["user:3"]), limit=10)
    seen = limit(query, SIGHT, State(deleted=False, archived=False)).where
    assert In(Field.ACTOR, ["user:3"]) in seen.parts


def test_a_condition_on_what_is_hidden_asks_for_the_whole_ones_alone():
    query = Query(tenant="t", where=In(Field.CONVERSATION, ["c"]), limit=10)
    seen = limit(query, SIGHT, ANY_STATE).where
    assert In(Field.CONVERSATION, ["c"]) in seen.parts


def test_without_limits_a_query_stays_as_it_is():
    query = Query(tenant="t", limit=1)
    assert limit(query, Sight(), ANY_STATE) == query
    assert limit(query, Sight(visible=NEVER), ANY_STATE).where == NEVER
    assert simplify(known(ALWAYS, ())) == ALWAYS


def test_what_is_shown_is_what_the_docs_say():
    assert {str(name) for name in SHOWN} == {"id", "type", "category", "occurred_at", "recorded_at", "actor"}


def test_what_is_left_of_an_entry_has_nothing_else():
    @settings(max_examples=effort(50, least=25), deadline=None)
    @given(strategies.batches("t", max_size=1))
    def law(batch):
        for record in batch:
            left = blanked(record)
            same = evolve(left, **{str(name): getattr(record, name) for name in SHOWN})
            assert left == same
            assert left == blanked(evolve(record, title="other", note="other", status="x", version=9, tags=("x",)))

    law()
