"""Gaps on a server: read as they come, on a connection that others want afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from activitylog.storage import Field
from activitylog.testing.contract.samples import link, query, record

MANY = 6_000


def talk(storage, many=MANY):
    for start in range(0, many, 1_000):
        numbers = range(start, start + 1_000)
        storage.append([record(minutes=n, direction="incoming", links=(link(f"contact:{n}"),)) for n in numbers])


@pytest.fixture
def storage(url, opened):
    return opened(url)


def test_who_stops_reading_leaves_the_connection_to_others(storage):
    talk(storage)
    for _ in range(20):  # twice as many as there are connections
        found = iter(storage.gaps(query(), by=[Field.TEAM]))
        assert next(found) == (("",), None)
        found.close()
    storage.append([record(minutes=1, direction="outgoing")])
    assert sum(1 for _ in storage.gaps(query())) == MANY


def test_who_stops_reading_in_a_transaction_goes_on_in_it(storage):
    with storage.transaction() as inside:
        talk(inside)
        found = iter(inside.gaps(query()))
        next(found)
        found.close()
        inside.append([record(direction="incoming", links=(link("company:7"),))])
    assert sum(1 for _ in storage.gaps(query())) == MANY + 1


def test_a_transaction_of_the_hosts_goes_on_afterwards(url, opened, make_engine):
    engine = make_engine(url)
    storage = opened(engine)
    assert list(storage.gaps(query())) == []
    with Session(engine) as session:
        bound = storage.bound(session)
        assert list(bound.gaps(query())) == []  # to the driver this begins the transaction
        bound.append([record(direction="incoming")])
        session.execute(text("CREATE TABLE deal (id INTEGER)"))
        assert list(bound.gaps(query())) == [((), None)]
        session.execute(text("INSERT INTO deal VALUES (1)"))
        session.commit()
    assert list(storage.gaps(query())) == [((), None)]
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM deal")).scalar() == 1
