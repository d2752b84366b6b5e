"""The table of what is to be reached shows the worst of several lines, and says what is missed."""

from __future__ import annotations

import pytest
from benchmarks.bench import FULL
from benchmarks.measure import Row, Timing
from benchmarks.report.targets import targets
from benchmarks.results import Result


def timing(time: float) -> Timing:
    return Timing(time, time, time)


def result(row: str, store: str, *lines: Row) -> Result:
    return Result(row, store, store.title(), "2026-11-23", 5, FULL, "a machine", "", {}, list(lines))


def beside_floor(name: str, times: float, **peers: float) -> Row:
    return Row(name, timing(times * 100), timing(100), {peer: timing(time) for peer, time in peers.items()})


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ([1.1, 1.3, 1.2], "1.10 to 1.30 × | reached |"),
        ([1.1, 1.6], "1.10 to 1.60 × | **missed** in 1 of 2 |"),
        ([1.5], "1.50 × | reached |"),
        ([1.51], "1.51 × | **missed** |"),
    ],
)
def test_the_worst_line_decides(times: list[float], told: str) -> None:
    lines = [beside_floor(f"newest 20 of {number}", each) for number, each in enumerate(times)]
    table = targets([result("page", "mongodb", *lines)])
    assert f"| Mongodb, pages of all sizes and depths, likewise | 1.50 × | {told}" in table.splitlines()


def test_a_target_can_be_of_some_lines_and_of_a_time() -> None:
    subject = Row("a rare word in a subject's 20,000", timing(19), timing(1), unit="ms")
    tenant = Row("a rare word in a tenant's 1,000,000", timing(51), timing(1), unit="ms")
    table = targets([result("search", "postgresql", subject, tenant)])
    assert "| Postgresql, search of a subject's 20,000 | 20.0 ms | 19.0 ms | reached |" in table
    assert "| Postgresql, search of a tenant's million | 50.0 ms | 51.0 ms | **missed** |" in table


def test_tracking_is_beside_the_quickest_package_that_is_python() -> None:
    saved = Row("a save", timing(400), timing(30), {"auditlog": timing(900), "simple-history": timing(500)})
    assert "| 1.00 × | 0.80 × | reached |" in targets([result("track", "postgresql", saved)])


def test_what_was_not_measured_is_not_in_the_table() -> None:
    assert targets([]).count("\n") == 1
