"""The algebra of conditions and the meaning of buckets, by themselves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activitylog.storage import (
    ALWAYS,
    NEVER,
    And,
    Between,
    Bucket,
    Field,
    Has,
    In,
    Match,
    Not,
    Or,
    Unit,
    bucket_start,
    matches,
    simplify,
)
from activitylog.testing.contract.counting import BERLIN
from activitylog.testing.contract.strategies import conditions, records

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
A, B, C = (In(Field.TYPE, [value]) for value in "abc")


def leaves(where):
    match where:
        case And(parts) | Or(parts):
            return [leaf for part in parts for leaf in leaves(part)]
        case Not(part):
            return leaves(part)
        case _:
            return [where]


def nodes(where):
    yield where
    match where:
        case And(parts) | Or(parts):
            for part in parts:
                yield from nodes(part)
        case Not(part):
            yield from nodes(part)


@unhurried
@given(conditions(), st.lists(records("any"), min_size=1, max_size=5))
def test_simplify_keeps_the_meaning(where, given_records):
    simple = simplify(where)
    assert [matches(where, record) for record in given_records] == [matches(simple, record) for record in given_records]


@unhurried
@given(conditions())
def test_simplify_leaves_only_what_stores_compile(where):
    simple = simplify(where)
    for node in nodes(simple):
        match node:
            case And(parts) | Or(parts):
                assert node in (ALWAYS, NEVER) if node is simple and not parts else len(set(parts)) == len(parts) >= 2
                assert not any(isinstance(part, type(node)) for part in parts)
            case Not(part):
                assert not isinstance(part, Not)
            case In(values=values) | Has(values=values) | Match(words=values):
                assert values
            case Between(ge=ge, lt=lt):
                assert (ge, lt) != (None, None)


@unhurried
@given(conditions())
def test_simplify_twice_is_once(where):
    assert simplify(simplify(where)) == simplify(where)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (In(Field.TYPE, []), NEVER),
        (Has(Field.TAGS, []), NEVER),
        (Match([]), ALWAYS),
        (Between(Field.DUE_AT), ALWAYS),
        (Not(In(Field.TYPE, [])), ALWAYS),
        (Not(Not(A)), A),
        (And((A, And((B, A)), ALWAYS)), And((A, B))),
        (Or((A, NEVER, Or((B, C)))), Or((A, B, C))),
        (And((A, Or(()))), NEVER),
        (Or((A, And(()))), ALWAYS),
        (And((Or((A,)),)), A),
        (Not(Or((NEVER, And((ALWAYS,))))), NEVER),
    ],
)
def test_simplify(where, expected):
    assert simplify(where) == expected


@pytest.mark.parametrize("unit", Unit)
def test_bucket_start_agrees_with_the_zone(unit):
    berlin = ZoneInfo("Europe/Berlin")
    bucket = Bucket(unit, BERLIN)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    while at.year == 2026:
        local = at.astimezone(berlin)
        start = bucket_start(bucket, at)
        assert start.utcoffset() == local.utcoffset()
        expected = local.replace(tzinfo=None, minute=0, second=0, microsecond=0)
        if unit is not Unit.HOUR:
            expected = expected.replace(hour=0)
        if unit is Unit.WEEK:
            expected -= timedelta(days=expected.weekday())
        if unit is Unit.MONTH:
            expected = expected.replace(day=1)
        assert start.replace(tzinfo=None) == expected
        at += timedelta(minutes=37 * 30)
