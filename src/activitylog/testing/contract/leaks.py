"""Clauses 17: nobody learns what they may not see, by whatever way; the core sees to it, on every store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from activitylog.activity import Link
from activitylog.actors import Actor
from activitylog.errors import NotAllowed
from activitylog.log import ActivityLog
from activitylog.scope import scope
from activitylog.storage import Storage
from activitylog.testing.contract.harness import Harness, MakeStorage
from activitylog.testing.contract.laws import EXAMPLES, law_settings
from activitylog.testing.contract.leak_paths import ELSEWHERE, QUESTIONS, READS, REFUSED, WRITES, Asked, answer, ways
from activitylog.testing.contract.leak_worlds import NOW, REFS, Pair, declared, fullest, pairs, remembered
from activitylog.viewers import Viewer

__all__ = ["Leaks"]

Twins = tuple[Storage, Storage]
_questions: SearchStrategy[list[Mapping[str, Any]]] = st.lists(
    st.fixed_dictionaries(
        {
            "subjects": st.sampled_from([(), REFS[:1], REFS[1:], REFS]),
            "filters": st.sampled_from(QUESTIONS),
            "order": st.sampled_from(["", "oldest_first", "by_due"]),
            "size": st.integers(1, 4),
        }
    ),
    min_size=1,
    max_size=2,
)


class Leaks(Harness):
    """Pairs of logs that differ only in what somebody may not see, with the same ids and the same clock."""

    @pytest.fixture
    def twins(self, make_storage: MakeStorage, tmp_path: Path) -> Any:
        """Give two stores, and close them."""
        stores = make_storage(), make_storage()
        yield stores
        for store in stores:
            store.close()

    def test_any_viewer(self, twins: Twins, tmp_path: Path) -> None:
        """17.1 Two logs that differ only in what a viewer may not see, or only sees redacted, give that viewer equal
        answers by every way of reading, refuse the same with the same errors, and take the same changes.
        """
        names = map(str, count())

        def check(pair: Pair, questions: list[Mapping[str, Any]]) -> None:
            with scope(tenant=next(names)):
                logs = [_filled(store, pair, tmp_path, first=not n) for n, store in enumerate(twins)]
                _alike(logs, pair.viewer, questions, READS)
                _alike(logs, pair.viewer, questions[:1], WRITES)
                _alike(logs, pair.viewer, questions[:1], READS)

        for pair in fullest():
            check(pair, [{"subjects": (), "filters": {}, "order": "", "size": 3}])
        law_settings(EXAMPLES // 4 + 1)(given(pairs, _questions)(check))()

    def test_any_other_tenant(self, twins: Twins, tmp_path: Path) -> None:
        """17.2 Two logs that differ only in what other tenants have give equal answers by every way of reading, and
        take the same changes.
        """
        names = map(str, count())

        @law_settings(EXAMPLES // 4 + 1)
        @given(pairs, pairs, _questions)
        def law(ours: Pair, theirs: Pair, questions: list[Mapping[str, Any]]) -> None:
            tenant = next(names)
            with scope(tenant=f"{tenant} of others"):
                _filled(twins[0], theirs, tmp_path, first=True)
            with scope(tenant=tenant):
                alike = evolve(ours, blocked=False)  # the id of a status is made at random
                logs = [_filled(store, alike, tmp_path, first=True) for store in twins]
                _alike(logs, Viewer.unlimited(), questions, READS)
                _alike(logs, Viewer.unlimited(), questions[:1], WRITES)

        law()

    def test_what_is_not_to_be_had(self, twins: Twins, tmp_path: Path) -> None:
        """17.3 What only the log itself may do is refused where the log is limited to a viewer."""
        log = _log(twins[0], tmp_path, old=False)
        for viewer in (Viewer(), Viewer(REFS[0], internal=False)):
            asked = Asked(log.visible_to(viewer), "", REFS[:1], {}, "", 1)
            for name, way in REFUSED.items():
                with pytest.raises(NotAllowed):
                    pytest.fail(f"{name} gave {way(asked)!r}")

    def test_every_way_is_known(self) -> None:
        """17.4 Every public method of what a limited log reaches is known to these clauses."""
        listed = [*READS, *WRITES, *REFUSED, *ELSEWHERE]
        assert sorted(listed) == sorted(ways())


def _log(store: Storage, folder: Path, *, old: bool) -> ActivityLog:
    return ActivityLog(
        store,
        types=declared(old=old),
        actor=Actor.user(3, "Lea"),
        clock=lambda: NOW,
        cursor_key="of the twins",
        files=str(folder / "files"),
    )


def _filled(store: Storage, pair: Pair, folder: Path, *, first: bool) -> tuple[ActivityLog, str]:
    """Fill a log, and return one that reads it, with the mark of before."""
    writer = _log(store, folder, old=True)
    mark = remembered(writer)
    pair.write(writer, first=first)
    reader = _log(store, folder, old=False)
    reader.resolver("contact")(lambda ids: {id: Link(f"Contact {id}", f"/{id}") for id in ids})
    return reader, mark


def _alike(
    logs: Sequence[tuple[ActivityLog, str]],
    viewer: Viewer,
    questions: Sequence[Mapping[str, Any]],
    table: Mapping[str, Any],
) -> None:
    for question in questions:
        asked = [Asked(log.visible_to(viewer), mark, **question) for log, mark in logs]
        for name, way in table.items():
            one, other = (answer(lambda: way(each)) for each in asked)  # noqa: B023 -- called at once
            assert one == other, name
