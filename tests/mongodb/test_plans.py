"""Every read that docs/reads.md calls served is made of index ranges: the server's own figures, of 100,000 entries."""

import pytest
from attrs import evolve

from activitylog.storage import (
    Between,
    Bucket,
    Field,
    Fields,
    Has,
    In,
    Match,
    Not,
    Order,
    Unit,
    position,
)
from activitylog.testing.contract.samples import at
from activitylog_mongo import open_storage
from activitylog_mongo._count import Count
from activitylog_mongo._select import select
from crm import ENTRIES, LARGEST, entries, place, query

LIMIT = 20


@pytest.fixture(scope="session")
def filled(databases):
    """A store of 100,000 entries, in a database of its own."""
    with databases.fresh("mongodb", None) as url:
        storage = open_storage(f"{url}{'&' if '?' in url else '?'}journal=false")
        storage.setup()
        everything = list(entries())
        for start in range(0, ENTRIES, 10_000):
            storage.load([(entry, ()) for entry in everything[start : start + 10_000]])
        yield storage
        storage.close()


class Plan:
    """What the server did for a read."""

    def __init__(self, explained):
        if "stages" in explained:
            explained = explained["stages"][0]["$cursor"]
        plan = explained["queryPlanner"]["winningPlan"]
        self.steps = list(_steps(plan.get("queryPlan", plan)))
        self.stages = {step["stage"] for step in self.steps}
        figures = explained["executionStats"]
        self.keys, self.entries = figures["totalKeysExamined"], figures["totalDocsExamined"]
        self.returned = figures["nReturned"]

    @property
    def indexes(self):
        return {step["indexName"] for step in self.steps if "indexName" in step}

    @property
    def ranges(self):
        """How many scans of an index there are; each has to be one range: the same values, then one stretch of time."""
        scans = [step for step in self.steps if step["stage"] == "IXSCAN"]
        for scan in scans:
            tenant, *_ = scan["indexBounds"].values()
            assert tenant == ['["south", "south"]']
        return len(scans)


def _steps(plan):
    yield plan
    for part in [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", ()):
        yield from _steps(part)


def found(storage, asked) -> Plan:
    """The plan of a fetch."""
    collections = storage._store.process.collections
    one = select(asked, searchable=storage._work.entries().searchable)
    command = {"find": collections.entries.name, "filter": one.filter, "sort": dict(one.sort), "limit": one.limit}
    return _explained(collections, command | ({"hint": one.hint} if one.hint else {}))


def counted(storage, asked, by=(), bucket=None, cases=(), limit=None) -> Plan:
    """The plan of a count."""
    collections = storage._store.process.collections
    count = Count(asked, by, bucket, cases, limit)
    way = count.way(searchable=False)
    command = {"aggregate": collections.entries.name, "pipeline": count.stages(way, {}), "cursor": {}}
    return _explained(collections, {**command, "hint": way.index})


def _explained(collections, command) -> Plan:
    database = collections.entries.database
    options = collections.entries.codec_options
    return Plan(database.command("explain", command, verbosity="executionStats", codec_options=options))


FILTERS = {
    "no filter": (),
    "since and until": (Between(Field.OCCURRED_AT, ge=at(30_000), lt=at(60_000)),),
    "audience": (In(Field.AUDIENCE, ["", *map(str, range(1000))]),),
    "not an actor": (Not(In(Field.ACTOR, ["user:3"])),),
    "no tag": (Not(Has(Field.TAGS, ["folder:a"])),),
    "direct": (Has(Field.SUBJECTS, [LARGEST]),),
    "words": (Match(["al"]),),
}


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("newest_first", [True, False])
def test_timeline_of_one_subject(filled, filters, newest_first):
    asked = query(LARGEST, where=filters, newest_first=newest_first)
    deep = place(filled, asked, 900)
    for bounds, ranges in (({}, 1), ({"after": deep}, 2), ({"before": deep}, 2)):
        plan = found(filled, evolve(asked, **bounds))
        assert plan.indexes == {"link"}
        assert plan.ranges <= ranges
        assert plan.stages <= {"LIMIT", "FETCH", "IXSCAN", "SORT_MERGE"}
        assert plan.returned == LIMIT
        assert plan.entries <= plan.keys <= LIMIT * 1.2


VISIBLE = In(Field.TYPE, ["call", "mail", "note", "task", "record.changed"])
AUDIENCES = In(Field.AUDIENCE, ["", "a", "b"])
NARROWED = {
    "a type": ("link_type", 1, (In(Field.TYPE, ["call"]),)),
    "types": ("link_type", 2, (In(Field.TYPE, ["call", "mail"]),)),
    "an actor": ("link_actor", 1, (In(Field.ACTOR, ["user:3"]),)),
    "actors": ("link_actor", 3, (In(Field.ACTOR, ["user:3", "user:4", "user:5"]),)),
    "a status": ("link_status", 1, (In(Field.STATUS, ["open"]),)),
    "statuses": ("link_status", 2, (In(Field.STATUS, ["open", "done"]),)),
    "direct": ("link_type", 1, (In(Field.TYPE, ["call"]), Has(Field.SUBJECTS, [LARGEST]))),
    "a type for a viewer": ("link_type", 1, (AUDIENCES, VISIBLE, In(Field.TYPE, ["call"]))),
    "an actor for a viewer": ("link_actor", 1, (AUDIENCES, VISIBLE, In(Field.ACTOR, ["user:3"]))),
}


@pytest.mark.parametrize(("index", "values", "filters"), NARROWED.values(), ids=NARROWED)
@pytest.mark.parametrize("newest_first", [True, False])
def test_of_a_filtered_timeline_only_what_is_wanted_is_walked(filled, index, values, filters, newest_first):
    asked = query(LARGEST, where=filters, newest_first=newest_first)
    deep = place(filled, asked, 30)
    for bounds, ranges in (({}, 1), ({"after": deep}, 2), ({"before": deep}, 2)):
        plan = found(filled, evolve(asked, **bounds))
        assert plan.indexes == {index}
        assert plan.ranges == values * ranges
        assert plan.stages <= {"LIMIT", "FETCH", "IXSCAN", "SORT_MERGE"}
        assert plan.returned == LIMIT
        assert plan.entries <= plan.keys <= LIMIT + values * ranges


NOT_NARROWED = {
    "no status": ("link", (In(Field.STATUS, [""]),)),
    "no status, or one": ("link", (In(Field.STATUS, ["", "open"]),)),
    "all types there are": ("link", (In(Field.TYPE, ["call", "mail", "note", *map("custom.{}".format, range(20))]),)),
    "several for a viewer": ("audience", (AUDIENCES, In(Field.TYPE, ["call", "mail"]))),
}


@pytest.mark.parametrize(("index", "filters"), NOT_NARROWED.values(), ids=NOT_NARROWED)
def test_a_filter_that_an_index_has_not_or_of_too_many_values_rides_along(filled, index, filters):
    plan = found(filled, query(LARGEST, where=filters))
    assert plan.indexes == {index}
    assert plan.stages <= {"LIMIT", "FETCH", "IXSCAN", "SORT_MERGE"}
    assert plan.returned == LIMIT


def test_of_two_filters_one_is_walked_and_the_other_is_tried(filled):
    """Of the rarer ones: a hundredth are by this actor, half are of these types."""
    both = query(LARGEST, where=(In(Field.TYPE, ["call", "mail"]), In(Field.ACTOR, ["user:3"])))
    plan = found(filled, both)
    assert plan.indexes == {"link_actor"}
    assert plan.returned == LIMIT
    assert plan.entries == plan.keys <= LIMIT * 4


@pytest.mark.parametrize("newest_first", [True, False])
def test_timeline_of_a_viewer_with_few_audiences(filled, newest_first):
    """Each audience is a range of its own, so that what the viewer does not see is not met."""
    asked = query(LARGEST, where=(In(Field.AUDIENCE, ["", "a", "b"]),), newest_first=newest_first)
    deep = place(filled, asked, 900)
    for bounds, ranges in (({}, 3), ({"after": deep}, 6), ({"before": deep}, 6)):
        assert filled.explain(evolve(asked, **bounds))
        plan = found(filled, evolve(asked, **bounds))
        assert plan.indexes == {"audience"}
        assert plan.ranges <= ranges
        assert plan.stages <= {"LIMIT", "FETCH", "IXSCAN", "SORT_MERGE"}
        assert plan.returned == LIMIT
        assert plan.keys <= LIMIT * 1.5
        assert plan.entries <= LIMIT * 2  # an absent value is looked up once more


OF_SEVERAL = {
    "of 2": (2, "link", 1, ()),
    "of 100": (100, "link", 1, ()),
    "a type of 2": (2, "link_type", 1, (In(Field.TYPE, ["call"]),)),
    "a type of 100": (100, "link_type", 1, (In(Field.TYPE, ["call"]),)),
    "types of 8": (8, "link_type", 2, (In(Field.TYPE, ["call", "mail"]),)),
    "no audience of 3": (3, "audience", 1, (In(Field.AUDIENCE, [""]),)),
    "audiences of 3": (3, "audience", 3, (AUDIENCES,)),
}


@pytest.mark.parametrize(("many", "index", "values", "filters"), OF_SEVERAL.values(), ids=OF_SEVERAL)
@pytest.mark.parametrize("newest_first", [True, False])
def test_timeline_of_several_subjects(filled, many, index, values, filters, newest_first):
    asked = query(*(f"contact:{number}" for number in range(many)), where=filters, newest_first=newest_first)
    deep = place(filled, asked, 100)
    each = many * values
    for bounds, ranges in (({}, each), ({"after": deep}, 2 * each), ({"before": deep}, 2 * each)):
        plan = found(filled, evolve(asked, **bounds))
        assert plan.indexes == {index}
        assert plan.ranges == ranges
        assert plan.stages <= {"LIMIT", "FETCH", "IXSCAN", "SORT_MERGE"}
        assert plan.returned == LIMIT
        assert plan.keys <= LIMIT * 2 + ranges
        assert plan.entries <= LIMIT * 2 + ranges  # an absent audience is looked up once more


def test_several_values_of_many_subjects_ride_along(filled):
    subjects = [f"contact:{number}" for number in range(100)]
    plan = found(filled, query(*subjects, where=[In(Field.TYPE, ["call", "mail"])]))
    assert plan.indexes == {"link"}
    assert plan.stages <= {"LIMIT", "FETCH", "IXSCAN", "SORT_MERGE"}
    assert plan.returned == LIMIT


SERVED = {
    "everything": ("time", query()),
    "everything since": ("time", query(where=[Between(Field.OCCURRED_AT, ge=at(50_000), lt=at(50_900))])),
    "arrived": ("arrival", query(order=Order.RECORDED, newest_first=False)),
    "an actor": ("actor", query(where=[In(Field.ACTOR, ["user:3"])])),
    "a batch": ("batch", query(where=[In(Field.BATCH, ["batch 50"])])),
    "the tasks of one": ("assignee", query(where=[In(Field.ASSIGNEE, ["user:0"])], order=Order.DUE)),
    "overdue": (
        "assignee",
        query(where=[In(Field.ASSIGNEE, ["user:0"]), Between(Field.DUE_AT, lt=at(90_000))], order=Order.DUE),
    ),
}


@pytest.mark.parametrize(("index", "asked"), SERVED.values(), ids=SERVED)
def test_served_by_another_index(filled, index, asked):
    deep = place(filled, asked, 90)
    for bounds in ({}, {"after": deep}, {"before": deep}):
        plan = found(filled, evolve(asked, **bounds))
        assert plan.indexes == {index}
        assert plan.ranges <= 2
        assert plan.stages <= {"LIMIT", "FETCH", "IXSCAN", "SORT_MERGE"}
        assert plan.entries <= plan.keys <= LIMIT * 1.2


def test_a_conversation(filled):
    plan = found(filled, query(where=[In(Field.CONVERSATION, ["thread 700"])]))
    assert plan.indexes == {"conversation"}
    assert plan.stages <= {"LIMIT", "FETCH", "IXSCAN"}
    assert plan.entries == plan.returned


def test_some_by_id(filled):
    ids = [entry.id for entry in filled.fetch(query(limit=3))]
    plan = found(filled, query(where=[In(Field.ID, ids)]))
    assert plan.entries <= plan.keys <= 7
    assert "COLLSCAN" not in plan.stages


def test_arrived_of_a_subject_reads_what_came_since(filled):
    asked = query(LARGEST, order=Order.RECORDED, newest_first=False)
    everything = query(order=Order.RECORDED, newest_first=False)
    plan = found(
        filled, evolve(asked, after=position(asked, filled.fetch(evolve(everything, newest_first=True, limit=30))[-1]))
    )
    assert plan.indexes == {"arrival"}
    assert plan.entries == 29


def test_deep_pages_and_those_between_a_position_and_a_time_cost_no_more(filled):
    unbounded = query(LARGEST, fields=Fields.LIST)
    for asked in (unbounded, query(LARGEST, where=[Between(Field.OCCURRED_AT, lt=at(99_000))], fields=Fields.LIST)):
        for deep in (place(filled, asked, 1000), place(filled, asked, 30_000)):
            plan = found(filled, evolve(asked, after=deep))
            assert plan.entries <= plan.keys <= LIMIT + 2


def test_a_silent_subject_costs_nothing(filled):
    plan = found(filled, query("contact:none"))
    assert (plan.keys, plan.entries) == (0, 0)


def test_a_window_between_two_positions_of_a_hundred_subjects(filled):
    asked = query(*(f"contact:{number}" for number in range(100)))
    after, before = place(filled, asked, 100), place(filled, asked, 200)
    plan = found(filled, evolve(asked, after=after, before=before))
    assert plan.ranges == 300
    assert plan.stages <= {"LIMIT", "FETCH", "IXSCAN", "SORT_MERGE"}


def test_count_of_a_subject_reads_its_range(filled):
    number = filled.count(query(LARGEST))[0].numbers[0]
    assert number > ENTRIES // 3
    mine = In(Field.ASSIGNEE, ["user:3"])
    options = {"by": [Field.TYPE, Field.STATUS], "bucket": Bucket(Unit.WEEK, ((0, 0),)), "cases": [mine, Not(mine)]}
    for plan in (counted(filled, query(LARGEST)), counted(filled, query(LARGEST), **options)):
        assert plan.indexes == {"link"}
        assert plan.entries == number


def test_count_of_a_filtered_subject_reads_what_counts(filled):
    tasks = query(LARGEST, where=[In(Field.TYPE, ["task", "call"]), In(Field.STATUS, ["open"])])
    plan = counted(filled, tasks, by=[Field.TYPE])
    assert plan.indexes == {"link_status"}
    assert plan.entries == filled.count(query(LARGEST, where=[In(Field.STATUS, ["open"])]))[0].numbers[0]


def test_count_of_the_tasks_of_some(filled):
    tasks = query(where=[In(Field.ASSIGNEE, ["user:0", "user:1"]), In(Field.STATUS, ["open"])])
    plan = counted(filled, tasks, by=[Field.ASSIGNEE])
    assert plan.indexes == {"assignee"}
    assert plan.entries == filled.count(tasks)[0].numbers[0]


def test_at_most_stops_the_count(filled):
    assert filled.count(query(LARGEST), limit=100)[0].numbers == (100,)
    assert counted(filled, query(LARGEST), limit=100).entries == 100


def test_get_and_history_and_documents_are_looked_up(filled):
    collections = filled._store.process.collections
    [entry] = filled.fetch(query(limit=1))
    for name, filter in (
        ("versions", {"tenant": "south", "entry": entry.id, "rewritten": None, "version": {"$lt": 9}}),
        ("documents", {"tenant": "south", "kind": "audience", "name": {"$gt": ""}}),
    ):
        sort = {"version": -1} if name == "versions" else {"name": 1}
        plan = _explained(collections, {"find": f"activitylog_{name}", "filter": filter, "sort": sort})
        assert plan.stages <= {"FETCH", "IXSCAN"}


def test_tenants_are_leapt_from_one_to_the_next(filled):
    assert filled.tenants(limit=10) == ["south"]
    collections = filled._store.process.collections
    pipeline = [
        {"$match": {"tenant": {"$gt": ""}}},
        {"$sort": {"tenant": 1, "occurred_at": 1, "_id.id": 1}},
        {"$group": {"_id": "$tenant", "pending": {"$first": "$pending"}}},
    ]
    command = {"aggregate": collections.entries.name, "pipeline": pipeline, "cursor": {}, "hint": "time"}
    plan = _explained(collections, command)
    assert "DISTINCT_SCAN" in plan.stages
    assert plan.entries <= 2


def test_rare_words_of_a_tenant_are_looked_up_and_common_ones_soon_met(filled):
    rare, common = query(where=[Match(["word17"])]), query(where=[Match(["al"])])
    without = filled.fetch(rare), filled.fetch(common)
    filled.setup(search_index=True)
    try:
        assert (filled.fetch(rare), filled.fetch(common)) == without
        plan = found(filled, rare)
        assert plan.indexes == {"words"}
        assert plan.entries < ENTRIES // 50
        assert found(filled, common).entries < 2_000
    finally:
        filled.setup(search_index=False)
