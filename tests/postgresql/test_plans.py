"""Every read that docs/reads.md calls served is one index range: from PostgreSQL's own plans over 100,000 entries."""

import json
import re
from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import create_engine

from activitylog.storage import Between, Bucket, Field, Has, In, Match, Not, Order, Unit
from activitylog.testing.contract.samples import at
from activitylog_sql import open_storage
from activitylog_sql._codec import codec_of
from activitylog_sql._count import Count
from activitylog_sql._postgresql import POSTGRESQL
from activitylog_sql._postgresql.executor import PostgreSQLExecutor
from activitylog_sql._select import select
from crm import ENTRIES, FILTERS, LARGEST, entries, place, query
from servers.shared import Missing

CODEC = codec_of(POSTGRESQL)
TENANT = r"\(tenant = 'south'::text( COLLATE \"C\")?\)"
WALK = r"->  (Parallel )?Index (Only )?Scan (Backward )?using activitylog_{index} on activitylog_\w+ \w+"
LINK = WALK.format(index="links_pkey")
ENTRY = WALK.format(index="entries_id")
IN_LINKS = rf"Index Cond: \({TENANT} AND \(ref = '[^']*'::text\)( AND .*)?\)"
BY_ID = rf"Index Cond: \({TENANT} AND \(id = (l|page|p)\.id\)\)"
FRAME = (
    r"Limit",
    r"->  Limit",
    r"(->  )?Nested Loop( Semi Join)?",
    r"(->  )?Gather Merge",
    r"Workers Planned: \d+",
    r"Filter: .*",
)


@pytest.fixture(scope="session")
def filled(databases, tmp_path_factory, not_had):
    try:
        with databases.fresh("postgresql", Path(tmp_path_factory.getbasetemp())) as url:
            storage = open_storage(url)
            storage.setup()
            assert storage.load([(entry, ()) for entry in entries()]) == ENTRIES
            engine = create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql("VACUUM (ANALYZE)")
            engine.dispose()
            yield storage
            storage.close()
    except Missing as reason:
        not_had("postgresql", reason)


def examined(storage, statement, values):
    """Run the statement, and return how many pages of tables and indexes it looked at, and the rows of each step."""
    with storage._work.reading() as executor:
        [(plan,)] = executor.run(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", (values,))
    [top] = plan if isinstance(plan, list) else json.loads(plan)
    return top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"]


def cost(storage, asked):
    found = select(CODEC, asked, CODEC.list_columns)
    return examined(storage, found.text, found.values)


def assert_made_of(plan, *lines):
    """Every line of the plan is one of these."""
    allowed = (*FRAME, *lines)
    strange = [line for line in plan.splitlines() if not any(re.fullmatch(one, line.strip()) for one in allowed)]
    assert not strange, plan


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("newest_first", [True, False])
def test_timeline_of_one_subject(filled, filters, newest_first):
    asked = query(LARGEST, where=filters, newest_first=newest_first)
    deep = place(filled, query(LARGEST, newest_first=newest_first), 900)
    for bounds in ({}, {"after": deep}, {"before": deep}):
        plan = filled.explain(evolve(asked, **bounds))
        assert_made_of(plan, LINK, IN_LINKS, ENTRY, BY_ID)
        assert plan.count("activitylog_links_pkey") == 1


def test_direct_needs_no_probe(filled):
    plan = filled.explain(query(LARGEST, where=[Has(Field.SUBJECTS, [LARGEST])]))
    assert_made_of(plan, LINK, IN_LINKS, ENTRY, BY_ID)
    assert plan.count("activitylog_links") == 2, "the index and its table, once"


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("many", [2, 100])
def test_timeline_of_several_subjects(filled, many, newest_first, filters):
    asked = query(*(f"contact:{number}" for number in range(many)), newest_first=newest_first, where=filters)
    plan = filled.explain(asked)
    assert len(re.findall("using activitylog_links_pkey", plan)) == many
    assert "Seq Scan" not in plan
    branches = plan.partition("using activitylog_links_pkey")[2].rpartition("using activitylog_links_pkey")[0]
    assert not re.search(r"\bSort$|Aggregate", branches, re.MULTILINE)
    assert plan.count("Sort Key") <= 3, "of what the branches gave: their merge, and the page's order"


SERVED = {
    "everything": (query(), "occurred", "", ()),
    "what arrived": (query(order=Order.RECORDED, newest_first=False), "recorded", "", ()),
    "by an actor": (query(where=[In(Field.ACTOR, ["user:3"])]), "actor", "actor", ()),
    "a batch": (query(where=[In(Field.BATCH, ["batch 3"])]), "batch", "batch", ()),
    "a conversation": (query(where=[In(Field.CONVERSATION, ["thread 8"])]), "conversation", "conversation", ()),
    "tasks of one": (
        query(where=[In(Field.ASSIGNEE, ["user:0"])], order=Order.DUE, newest_first=False),
        *("assignee", "assignee", ()),
    ),
    "tasks of one with a subject": (
        query(LARGEST, where=[In(Field.ASSIGNEE, ["user:0"])], order=Order.DUE, newest_first=False),
        *("assignee", "assignee", (LINK, IN_LINKS)),
    ),
}


@pytest.mark.parametrize(("asked", "index", "column", "more"), SERVED.values(), ids=SERVED)
def test_served_by_an_index_of_entries(filled, asked, index, column, more):
    equal = rf" AND \({column} = '[^']*'::text\)" if column else ""
    deep = place(filled, asked, 30)
    for bounds in ({}, {"after": deep}, {"before": deep}):
        plan = filled.explain(evolve(asked, **bounds))
        walk = rf"(->  )?Index Scan (Backward )?using activitylog_entries_{index} on activitylog_entries e"
        assert_made_of(plan, walk, rf"Index Cond: \(?{TENANT[2:-2]}.*|Index Cond: \({TENANT}{equal}.*\)", *more)
        assert ("ROW(" in plan) is bool(bounds)


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("order", Order)
def test_entries_of_some_ids_are_looked_up(filled, order, newest_first):
    [oldest] = filled.fetch(query(newest_first=False, limit=1))
    asked = query(where=[In(Field.ID, [oldest.id])], order=order, newest_first=newest_first)
    assert "activitylog_entries_id" in filled.explain(asked)
    assert cost(filled, asked) < 20
    few = [entry.id for entry in filled.fetch(query(newest_first=False, limit=100))]
    assert cost(filled, query(where=[In(Field.ID, few)], order=order, newest_first=newest_first)) < 1_000


def test_what_arrived_for_a_subject_is_read_along_the_arrival(filled):
    asked = query(
        LARGEST, order=Order.RECORDED, newest_first=False, after=place(filled, query(order=Order.RECORDED), 900)
    )
    plan = filled.explain(asked)
    assert "activitylog_entries_recorded" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


def test_deep_pages_cost_no_more(filled):
    asked = query(LARGEST)
    costs = [
        cost(filled, evolve(asked, after=after)) for after in (None, *(place(filled, asked, n) for n in (1000, 30_000)))
    ]
    assert max(costs) < 1.3 * min(costs)


def test_a_deep_page_before_a_time_is_not_read_from_that_time_on(filled):
    asked = query(LARGEST, where=[Between(Field.OCCURRED_AT, lt=at(99_000))])
    costs = [cost(filled, evolve(asked, after=after)) for after in (None, place(filled, asked, 20_000))]
    assert max(costs) < 1.3 * min(costs)


def test_a_silent_subject_costs_no_more_than_its_entries(filled):
    assert cost(filled, query("contact:none")) < 10


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("values", [["1"], ["1", "2"]], ids=len)
@pytest.mark.parametrize("name", [Field.TYPE, Field.ACTOR, Field.STATUS, Field.AUDIENCE])
def test_a_rare_filter_examines_the_index_only(filled, name, values, newest_first):
    """Nothing matches: that costs the keys of the subject's links, a third of all, and neither a link nor an entry."""
    asked = query(LARGEST, where=[In(name, values)], newest_first=newest_first)
    assert cost(filled, asked) < ENTRIES / 3 / 30
    assert (
        cost(filled, evolve(asked, after=place(filled, query(LARGEST, newest_first=newest_first), 1_000)))
        < ENTRIES / 3 / 30
    )


def test_count_of_a_subject_reads_its_links_only(filled):
    mine = In(Field.ASSIGNEE, ["user:3"])
    options = {"by": [Field.TYPE, Field.STATUS], "bucket": Bucket(Unit.WEEK, ((0, 0),)), "cases": [mine, Not(mine)]}
    for each in ({"by": (), "bucket": None, "cases": ()}, options):
        statement, values = Count(
            CODEC, query("contact:7"), each["by"], each["bucket"], each["cases"], None
        ).statement()
        assert examined(filled, statement, values) < 20


def test_at_most_stops_the_count(filled):
    statement, values = Count(CODEC, query(LARGEST), (), None, (), 100).statement()
    assert examined(filled, statement, values) < 50


@pytest.fixture(scope="session")
def searched(filled):
    """The same store, with the search index and what the server knows of its words."""
    engine = create_engine(filled._work.database.engine.url, isolation_level="AUTOCOMMIT")
    storage = open_storage(engine)
    storage.setup(search_index=True)
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE)")
    yield storage
    storage.setup(search_index=False)
    storage.close()
    engine.dispose()


def statements(storage, asked, monkeypatch):
    """Return the statements by which a query is answered, with their values."""
    seen = []
    run = PostgreSQLExecutor.run

    def noted(self, statement, *rows):
        seen.append((statement, rows[0][0]))
        return run(self, statement, *rows)

    with monkeypatch.context() as patch:
        patch.setattr(PostgreSQLExecutor, "run", noted)
        storage.fetch(asked)
    return seen


def whole_cost(storage, asked, monkeypatch):
    """Return how many pages all of them look at."""
    asking = statements(storage, asked, monkeypatch)
    return sum(examined(storage, *each) for each in asking if "EXPLAIN" not in each[0])


def asks_the_index(storage, asked, monkeypatch):
    return any("MATERIALIZED" in statement for statement, _ in statements(storage, asked, monkeypatch))


def having(*words):
    return [Match(words)]


SEARCHES = {
    "a rare word": having("word999"),
    "a word of nobody": having("nowhere"),
    "a rare word and one of all": having("all", "word999"),
}


@pytest.mark.parametrize("where", SEARCHES.values(), ids=SEARCHES)
@pytest.mark.parametrize(
    "refs", [(), (LARGEST,), (LARGEST, "contact:7"), tuple(f"contact:{n}" for n in range(100))], ids=len
)
def test_the_search_index_leads_to_rare_words(filled, searched, monkeypatch, refs, where):
    """A word of a hundred entries, and a subject of a third of all: neither is walked."""
    asked = query(*refs, where=where)
    assert searched.fetch(asked) == filled.fetch(asked)
    assert whole_cost(searched, asked, monkeypatch) < min(1_500, cost(filled, asked) / 3)


@pytest.mark.parametrize("order", Order)
def test_entries_of_some_ids_are_looked_up_whosever_they_are(filled, order):
    """No join begins with the links of a subject, of which the server may expect too few."""
    few = [entry.id for entry in filled.fetch(query(LARGEST, newest_first=False, limit=30))]
    subjects = (LARGEST, *(f"contact:{number}" for number in range(1, 100)))
    for refs in ((LARGEST,), subjects):
        plan = filled.explain(query(*refs, where=[In(Field.ID, few)], order=order))
        assert "SubPlan" in plan
        assert "Nested Loop" not in plan


def test_the_search_index_knows_whose_entries_have_a_word(filled, searched, monkeypatch):
    """A thousand have it, of whom none belongs to a company of five thousand."""
    asked = query("company:7", where=having("word99"))
    assert searched.fetch(asked) == filled.fetch(asked) == []
    assert whole_cost(searched, asked, monkeypatch) < 300


@pytest.mark.parametrize("refs", [(), (LARGEST,)], ids=len)
def test_the_search_index_is_not_asked_for_a_frequent_word(filled, searched, monkeypatch, refs):
    """It would give its first hit after the last; the newest entries are sure to be hits."""
    asked = query(*refs, where=having("all"))
    assert searched.fetch(asked) == filled.fetch(asked)
    assert not asks_the_index(searched, asked, monkeypatch)
    assert whole_cost(searched, asked, monkeypatch) < 300


def test_entries_are_asked_for_the_frequent_word_beside_a_rare_one(searched, monkeypatch):
    asking = statements(searched, query(where=having("all", "word999")), monkeypatch)
    [values] = [values for statement, values in asking if "MATERIALIZED" in statement]
    assert values[:2] == ("'south/word999':*", " all")


def test_the_search_index_is_asked_for_frequent_words_that_never_come_together(filled, searched, monkeypatch):
    monkeypatch.setattr("activitylog_sql._postgresql.search._FREQUENT", 5_000)
    for words, asked_for in (("all", "word1"), False), (("word1", "word2"), True):
        asked = query(where=having(*words))
        assert searched.fetch(asked) == filled.fetch(asked)
        assert asks_the_index(searched, asked, monkeypatch) is asked_for


def test_the_search_index_is_not_asked_about_a_subject_of_few_entries(searched, monkeypatch):
    asking = statements(searched, query("contact:7", where=having("word999")), monkeypatch)
    assert len(asking) == 2, "how many they are, and these"
