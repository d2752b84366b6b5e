"""Every read that docs/reads.md calls served is one index range: from plans and counters over 100,000 entries."""

from pathlib import Path

import pytest
from attrs import evolve

from activitylog.storage import Between, Bucket, Field, Has, In, Not, Order, Unit
from activitylog.testing.contract.samples import at
from activitylog_sql import open_storage
from activitylog_sql._codec import codec_of
from activitylog_sql._count import Count
from activitylog_sql._mysql import MYSQL
from activitylog_sql._select import select
from crm import ENTRIES, FILTERS, LARGEST, entries, place, query
from servers.shared import Missing

CODEC = codec_of(MYSQL)
LINK = ("l", "PRIMARY")
ENTRY = ("e", "PRIMARY")
PROBE = ("p", "PRIMARY")


@pytest.fixture(scope="session")
def filled(databases, tmp_path_factory, not_had):
    try:
        with databases.fresh("mysql", Path(tmp_path_factory.getbasetemp())) as url:
            storage = open_storage(url)
            storage.setup()
            assert storage.load([(entry, ()) for entry in entries()]) == ENTRIES
            with storage._work.reading() as executor:
                executor.run("ANALYZE TABLE activitylog_entries, activitylog_links")
            yield storage
            storage.close()
    except Missing as reason:
        not_had("mysql", reason)


def steps(storage, asked):
    """Return (table, index, remarks) of each step of the plan, in the server's order."""
    found = select(CODEC, asked, CODEC.list_columns)
    with storage._work.reading() as executor:
        plan = executor.run(f"EXPLAIN FORMAT=TRADITIONAL {found.text}", (found.values,))
        names = [column[0] for column in executor._cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in plan]
    return [(row["table"], row["key"], row["Extra"] or "") for row in rows]


def examined(storage, statement, values):
    """Run the statement, and return how many rows of tables and indexes it read."""
    with storage._work.reading() as executor:
        executor.run("FLUSH STATUS")
        executor.run(statement, (values,))
        counters = executor.run("SHOW SESSION STATUS LIKE 'Handler_read%'")
    return sum(int(number) for name, number in counters if not name.endswith(("_rnd", "_rnd_next", "_deleted")))


def cost(storage, asked):
    found = select(CODEC, asked, CODEC.list_columns)
    return examined(storage, found.text, found.values)


def assert_made_of(plan, *allowed):
    """The plan looks into these indexes only, and sorts nothing."""
    tables = [step for step in plan if not (step[0] or "m").startswith(("<", "m"))]  # none where nothing can match
    assert {(table, index) for table, index, _ in tables} <= set(allowed), plan
    assert not any("filesort" in remarks or "temporary" in remarks for _, _, remarks in tables), plan


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("newest_first", [True, False])
def test_timeline_of_one_subject(filled, filters, newest_first):
    asked = query(LARGEST, where=filters, newest_first=newest_first)
    deep = place(filled, query(LARGEST, newest_first=newest_first), 900)
    for bounds in ({}, {"after": deep}, {"before": deep}):
        assert_made_of(steps(filled, evolve(asked, **bounds)), LINK, ENTRY)


def test_direct_needs_no_probe(filled):
    assert_made_of(steps(filled, query(LARGEST, where=[Has(Field.SUBJECTS, [LARGEST])])), LINK, ENTRY)


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("many", [2, 100])
def test_timeline_of_several_subjects(filled, many, newest_first, filters):
    refs = [f"contact:{number}" for number in range(many)]
    plan = steps(filled, query(*refs, newest_first=newest_first, where=filters))
    walks = [step for step in plan if step[0] == "l"]
    assert len(walks) == many
    assert all(index == "PRIMARY" and "filesort" not in remarks for _, index, remarks in walks)
    assert sum("filesort" in remarks for _, _, remarks in plan) <= 2, "of what the branches gave, and the page's order"


def by(index):
    return "e", f"activitylog_entries_{index}"


SERVED = {
    "everything": (query(), [by("occurred")]),
    "what arrived": (query(order=Order.RECORDED, newest_first=False), [by("recorded")]),
    "what arrived for a subject": (
        query("contact:5", order=Order.RECORDED, newest_first=False),
        [by("recorded"), PROBE],
    ),
    "by an actor": (query(where=[In(Field.ACTOR, ["user:3"])]), [by("actor")]),
    "a batch": (query(where=[In(Field.BATCH, ["batch 3"])]), [by("batch")]),
    "a conversation": (query(where=[In(Field.CONVERSATION, ["thread 8"])]), [by("conversation")]),
    "tasks of one": (
        query(where=[In(Field.ASSIGNEE, ["user:0"])], order=Order.DUE, newest_first=False),
        [by("assignee")],
    ),
    "tasks of one with a subject": (
        query(LARGEST, where=[In(Field.ASSIGNEE, ["user:0"])], order=Order.DUE, newest_first=False),
        [by("assignee"), PROBE],
    ),
}


@pytest.mark.parametrize(("asked", "indexes"), SERVED.values(), ids=SERVED)
def test_served_by_an_index_of_entries(filled, asked, indexes):
    deep = place(filled, asked, 30)
    for bounds in ({}, {"after": deep}, {"before": deep}):
        assert_made_of(steps(filled, evolve(asked, **bounds)), *indexes)


def test_a_page_examines_what_it_shows(filled):
    for asked in (query(LARGEST), query(), query(where=[In(Field.ACTOR, ["user:3"])])):
        for after in (None, place(filled, asked, 500)):
            assert cost(filled, evolve(asked, after=after)) <= 2 * asked.limit + 5


def test_deep_pages_cost_no_more(filled):
    asked = query(LARGEST)
    places = (None, place(filled, asked, 1000), place(filled, asked, 30_000))
    costs = [cost(filled, evolve(asked, after=after)) for after in places]
    assert max(costs) < 1.3 * min(costs)


def test_a_deep_page_before_a_time_is_not_read_from_that_time_on(filled):
    asked = query(LARGEST, where=[Between(Field.OCCURRED_AT, lt=at(99_000))])
    costs = [cost(filled, evolve(asked, after=after)) for after in (None, place(filled, asked, 20_000))]
    assert max(costs) < 1.3 * min(costs)


def test_a_silent_subject_costs_no_more_than_its_entries(filled):
    assert cost(filled, query("contact:none")) <= 2


def test_several_subjects_examine_their_pages(filled):
    asked = query(*(f"contact:{number}" for number in range(100)))
    assert cost(filled, asked) <= 4 * 100 * (asked.limit + 1)


def test_count_of_a_subject_reads_its_links_only(filled):
    mine = In(Field.ASSIGNEE, ["user:3"])
    for options in (((), None, ()), ([Field.TYPE, Field.STATUS], Bucket(Unit.WEEK, ((0, 0),)), [mine, Not(mine)])):
        statement, values = Count(CODEC, query("contact:7"), *options, None).statement()
        assert examined(filled, statement, values) < 50


def test_at_most_stops_the_count(filled):
    statement, values = Count(CODEC, query(LARGEST), (), None, (), 100).statement()
    assert examined(filled, statement, values) < 250
