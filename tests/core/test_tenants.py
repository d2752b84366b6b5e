"""The wall between tenants, and reading several of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from activitylog import Ref, Section, Viewer, scope
from activitylog.errors import ActivityNotFound, InvalidCursor, InvalidInput, NotAllowed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANTS = ("north", "south", "west")


@pytest.fixture
def filled(log, kim):
    """Nine entries, in turn in three tenants, the newest first."""
    recorded = []
    for n in range(9):
        with scope(tenant=TENANTS[n % 3]):
            at = NOW - timedelta(minutes=n)
            recorded.append(log.record("call", kim, note=f"n{n}", occurred_at=at, due_at=at, team=f"t{n % 2}").id)
    return recorded


def ids(items):
    return [activity.id for activity in items]


# -- a tenant is required ---------------------------------------------------------------------------------------------


def test_where_a_tenant_is_required_nothing_goes_without_one(make_log, kim):
    log = make_log(require_tenant=True)
    for refused in (
        lambda: log.record("call", kim),
        lambda: log.timeline(kim),
        lambda: log.everything(),
        lambda: log.types,
        lambda: log.visible_to(Viewer()).timeline(kim),
        lambda: log.subjects.group(kim),
        lambda: log.files.sweep(),
    ):
        with pytest.raises(InvalidInput, match=r"^tenant: .*scope\(tenant=…\)"):
            getattr(refused(), "name", None)
    with scope(tenant="south"):
        entry = log.record("call", kim)
        timeline = log.timeline(kim)
    assert ids(timeline) == [entry.id]
    assert log.across(["south"]).timeline(kim).count() == 1


# -- several tenants --------------------------------------------------------------------------------------------------


def test_several_tenants_are_read_in_one_order(log, filled, kim):
    across = log.across(TENANTS)
    assert ids(across.timeline(kim)) == filled
    assert ids(across.everything().oldest_first()) == filled[::-1]
    assert ids(across.timeline(kim).by_due()) == filled[::-1]
    assert ids(log.across(["south", "north", "south"]).timeline(kim)) == [
        one for n, one in enumerate(filled) if n % 3 < 2
    ]
    assert across.timeline(kim).first().tenant == "north"
    assert across.timeline(kim).exists()
    assert across.timeline(kim).count() == 9
    assert across.timeline(kim).count(at_most=4) == 4
    assert {one.key: one.count for one in across.timeline(kim).count_by("team", "day")} == {
        ("t0", NOW.date()): 5,
        ("t1", NOW.date()): 4,
    }
    assert across.timeline(kim).filter(search="n4").page().items[0].id == filled[4]


@pytest.mark.parametrize("size", [1, 2, 4, 8, 9, 10])
def test_pages_of_several_tenants_follow_each_other(log, filled, kim, size):
    timeline = log.across(TENANTS).timeline(kim)
    found, page = [], timeline.page(size)
    while True:
        found.append(ids(page))
        if page.next is None:
            break
        page = timeline.page(size, after=page.next)
    assert [id for part in found for id in part] == filled
    back = []
    while page.previous is not None:
        page = timeline.page(size, before=page.previous)
        back.append(ids(page))
    assert back[::-1] == found[:-1]


def test_what_arrives_in_several_tenants_is_found(log, filled, kim):
    timeline = log.across(TENANTS).timeline(kim)
    mark = timeline.page().mark
    assert timeline.arrived(after=mark).items == ()
    late = []
    for tenant in ("west", "north"):
        with scope(tenant=tenant):
            late.append(log.record("call", kim).id)
    arrived = timeline.arrived(after=mark)
    assert ids(arrived) == late
    assert timeline.arrived(after=arrived.mark).items == ()


def test_a_token_of_several_tenants_is_of_these(log, filled, kim):
    token = log.across(TENANTS).timeline(kim).page(2).next
    for other in (log.across(["north", "south"]).timeline(kim), log.timeline(kim)):
        with pytest.raises(InvalidCursor):
            other.page(2, after=token)
    assert log.across(reversed(TENANTS)).timeline(kim).page(2, after=token).items


def test_each_tenant_has_its_own_merged_subjects_and_types(log, kim):
    twin = Ref("contact", 43)
    with scope(tenant="north"):
        own = log.types.create("greeting", label="Greeting", statuses=("new", "old"))
        log.subjects.merge(twin, into=kim)
        merged = log.record(own, twin)
    with scope(tenant="south"):
        log.record("call", twin)
        log.types.create("greeting", label="Gruß", statuses=("neu", "old"))
        other = log.record("custom.greeting", kim)
    across = log.across(["north", "south"]).timeline(kim)
    assert {one.id: one.label for one in across} == {merged.id: "Greeting", other.id: "Gruß"}
    assert across.filter(open=True).count() == 2
    assert [fold.count for fold in across.folded(timedelta(days=1)).page()] == [1, 1]


def test_neighbours_of_different_tenants_do_not_fold(log, filled, kim):
    assert [fold.count for fold in log.across(TENANTS).timeline(kim).folded(timedelta(hours=1)).page()] == [1] * 9


def test_an_overview_of_several_tenants(log, filled, kim):
    overview = log.across(TENANTS).overview(kim, sections={"talk": Section("Talk", types="call")})
    assert overview.counts() == {"talk": {"": (9, 0)}}
    assert ids(overview.pages(3)["talk"]) == filled[:3]


def test_a_log_across_tenants_only_reads(log, filled, kim):
    across = log.across(TENANTS)
    for refused in (
        lambda: across.record("call", kim),
        lambda: across.get(filled[0]),
        lambda: across.edit(filled[0], note="x"),
        lambda: across.history(filled[0]),
        lambda: across.types,
        lambda: across.subjects.group(kim),
        lambda: across.files.sweep(),
        lambda: list(across.templates),
        lambda: list(across.plans),
        lambda: across.visible_to(Viewer()),
    ):
        with pytest.raises(NotAllowed):
            getattr(refused(), "name", None)
    assert log.across(TENANTS).everything().count() == 9


@pytest.mark.parametrize("tenants", [(), "north", 7, ["north", ""], [7], ["x" * 65]])
def test_tenants_that_are_none_are_refused(log, tenants):
    with pytest.raises(InvalidInput, match="^tenants"):
        log.across(tenants)


def test_another_tenants_entry_is_not_there(log, filled):
    with scope(tenant="south"), pytest.raises(ActivityNotFound):
        log.get(filled[0])
