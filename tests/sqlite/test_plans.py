"""Every read that docs/reads.md calls served is one index range: read from SQLite's own plan over 100,000 entries."""

import re
from uuid import UUID

import pytest
from attrs import evolve
from sqlalchemy import create_engine, event

from activitylog.storage import (
    Between,
    Bucket,
    Field,
    Fields,
    Has,
    In,
    Not,
    Order,
    Unit,
)
from activitylog.testing.contract.samples import at
from activitylog_sql import open_storage
from activitylog_sql._codec import codec_of
from activitylog_sql._count import Count
from activitylog_sql._sqlite import SQLITE
from crm import ENTRIES, FILTERS, LARGEST, entries, place, query

LINK = r"SEARCH l USING PRIMARY KEY \(tenant=\? AND ref=\?.*"
ENTRY = r"SEARCH e USING INDEX activitylog_entries_id \(tenant=\? AND id=\?\)"
PROBE = r"SEARCH p USING PRIMARY KEY \(tenant=\? AND ref=\? AND occurred_at=\? AND id=\?\)"
WANTED = r"(LIST SUBQUERY \d+|SCAN json_each VIRTUAL TABLE INDEX 1:)"
INNER = r"CORRELATED SCALAR SUBQUERY \d+"


def by(index: str, *columns: str) -> str:
    """The plan's line for a search in an index of entries by these columns, and perhaps a bound."""
    keys = " AND ".join(columns).replace(" AND ", r"=\? AND ") + r"=\?"
    return rf"SEARCH e USING INDEX activitylog_entries_{index} \({keys}( AND .*)?\)"


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A store of 100,000 entries whose engine counts what SQLite's machine has to do."""
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'filled.db'}")
    steps = []

    @event.listens_for(engine, "connect")
    def count_steps(connection, _):
        connection.execute("PRAGMA synchronous = OFF")
        connection.set_progress_handler(lambda: steps.append(None), 10)

    storage = open_storage(engine)
    assert storage.load([(entry, ()) for entry in entries()]) == ENTRIES
    yield storage, steps
    engine.dispose()


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("newest_first", [True, False])
def test_timeline_of_one_subject(filled, filters, newest_first):
    storage, _ = filled
    asked = query(LARGEST, where=filters, newest_first=newest_first)
    unfiltered = query(LARGEST, newest_first=newest_first)
    for bounds in ({}, {"after": place(storage, unfiltered, 900)}, {"before": place(storage, unfiltered, 900)}):
        plan = storage.explain(evolve(asked, **bounds))
        assert_made_of(plan, LINK, ENTRY, WANTED, INNER, r"SCAN m VIRTUAL TABLE INDEX 1:")
        assert plan.count("SEARCH l") == 1


def test_direct_needs_no_probe(filled):
    storage, _ = filled
    assert_made_of(storage.explain(query(LARGEST, where=[Has(Field.SUBJECTS, [LARGEST])])), LINK, ENTRY)


@pytest.mark.parametrize("many", [2, 100])
def test_timeline_of_several_subjects(filled, many):
    storage, _ = filled
    plan = storage.explain(query(*(f"contact:{number}" for number in range(many))))
    assert plan.count("SEARCH l") == many
    branches, _, after = plan.rpartition("SEARCH l")
    assert "TEMP B-TREE" not in branches
    assert re.findall("USE TEMP B-TREE FOR (.*)", after) == ["DISTINCT", "ORDER BY", "ORDER BY"]
    assert not re.search(r"SCAN [lep]\b(?!age)", plan)


SERVED = {
    "everything": (query(), [by("occurred", "tenant")]),
    "what arrived": (query(order=Order.RECORDED, newest_first=False), [by("recorded", "tenant")]),
    "what arrived for a subject": (
        query("contact:5", order=Order.RECORDED, newest_first=False),
        [by("recorded", "tenant"), INNER, PROBE],
    ),
    "by an actor": (query(where=[In(Field.ACTOR, ["user:3"])]), [by("actor", "tenant", "actor")]),
    "a batch": (query(where=[In(Field.BATCH, ["batch 3"])]), [by("batch", "tenant", "batch")]),
    "a conversation": (
        query(where=[In(Field.CONVERSATION, ["thread 8"])]),
        [by("conversation", "tenant", "conversation")],
    ),
    "tasks of one": (
        query(where=[In(Field.ASSIGNEE, ["user:0"])], order=Order.DUE, newest_first=False),
        [by("assignee", "tenant", "assignee")],
    ),
    "tasks of one with a subject": (
        query(LARGEST, where=[In(Field.ASSIGNEE, ["user:0"])], order=Order.DUE, newest_first=False),
        [by("assignee", "tenant", "assignee"), INNER, PROBE],
    ),
}


@pytest.mark.parametrize(("asked", "lines"), SERVED.values(), ids=SERVED)
def test_served_by_an_index_of_entries(filled, asked, lines):
    storage, _ = filled
    deep = place(storage, asked, 30)
    for bounds in ({}, {"after": deep}, {"before": deep}):
        plan = storage.explain(evolve(asked, **bounds))
        assert_made_of(plan, *lines)
        assert plan.count("SEARCH e") == 1
        assert ("<(?,?)" in plan or ">(?,?)" in plan) is bool(bounds)


def test_some_by_id(filled):
    storage, _ = filled
    plan = storage.explain(query(where=[In(Field.ID, [UUID(int=1), UUID(int=2)])]))
    assert_made_of(plan, ENTRY, WANTED, "USE TEMP B-TREE FOR ORDER BY")


def test_deep_pages_cost_no_more(filled):
    storage, steps = filled
    asked = query(LARGEST, fields=Fields.LIST)
    costs = []
    for after in (None, place(storage, asked, 1000), place(storage, asked, 30_000)):
        steps.clear()
        assert len(storage.fetch(evolve(asked, after=after))) == 20
        costs.append(len(steps))
    assert max(costs) < 1.3 * min(costs)


def test_a_deep_page_before_a_time_is_not_read_from_that_time_on(filled):
    storage, steps = filled
    asked = query(LARGEST, where=[Between(Field.OCCURRED_AT, lt=at(99_000))], fields=Fields.LIST)
    costs = []
    for after in (None, place(storage, asked, 20_000)):
        steps.clear()
        storage.fetch(evolve(asked, after=after))
        costs.append(len(steps))
    assert max(costs) < 1.3 * min(costs)


def test_silent_subject_costs_no_more_than_its_entries(filled):
    storage, steps = filled
    steps.clear()
    assert storage.fetch(query("contact:none")) == []
    assert len(steps) < 20


def plan_of_count(storage, asked, **options) -> str:
    options = {"by": (), "bucket": None, "cases": (), "limit": None} | options
    statement, values = Count(codec_of(SQLITE), asked, **options).statement()
    with storage._work.reading() as executor:
        return "\n".join(row[3] for row in executor.run(f"EXPLAIN QUERY PLAN {statement}", (tuple(values),)))


def test_count_of_a_subject_reads_its_links_only(filled):
    storage, _ = filled
    assert storage.count(query(LARGEST))[0].numbers[0] > ENTRIES // 3
    mine = In(Field.ASSIGNEE, ["user:3"])
    options = {"by": [Field.TYPE, Field.STATUS], "bucket": Bucket(Unit.WEEK, ((0, 0),)), "cases": [mine, Not(mine)]}
    assert_made_of(plan_of_count(storage, query(LARGEST)), LINK)
    assert_made_of(plan_of_count(storage, query(LARGEST), **options), LINK, "USE TEMP B-TREE FOR GROUP BY")


def test_count_of_the_tasks_of_some(filled):
    storage, _ = filled
    tasks = query(where=[In(Field.ASSIGNEE, ["user:0", "user:1"]), In(Field.STATUS, ["open"])])
    plan = plan_of_count(storage, tasks, by=[Field.ASSIGNEE])
    assert_made_of(plan, by("assignee", "tenant", "assignee"), WANTED, "USE TEMP B-TREE FOR GROUP BY")


def test_at_most_stops_the_count(filled):
    storage, steps = filled
    steps.clear()
    assert storage.count(query(LARGEST), limit=100)[0].numbers == (100,)
    assert len(steps) < 1000


def assert_made_of(plan: str, *lines: str) -> None:
    """Every line of the plan is one of these."""
    strange = [line for line in plan.splitlines() if not any(re.fullmatch(allowed, line.strip()) for allowed in lines)]
    assert not strange, plan
