"""Clauses 3: the orders, and the links by which entries are found."""

from __future__ import annotations

from uuid import UUID

from activitylog.storage import ABSENT, Field, In, Order, Storage
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.samples import KIM, TENANT, TRICKY_TEXTS, at, ids, link, newer, query, record

__all__ = ["UNLIKE_IDS", "Reading"]

UNLIKE_IDS = tuple(
    map(
        UUID,
        (
            "00000000-0000-0000-0000-000000000001",
            "01950000-0000-7000-8000-0000000000ff",
            "01950000-0000-7000-8000-000000000100",
            "01950000-0000-7000-9000-000000000000",
            "10000000-0000-4000-8000-000000000000",
            "7fffffff-0000-1000-8000-0000000000aa",
            "7fffffff-ffff-1000-8000-000000000000",
            "80000000-0000-11ee-8000-000000000000",
            "a0000000-0000-11ed-8000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ),
    )
)
"""Ids of several versions, ascending as UUIDs do; some stores sort by the time in them, or as signed numbers."""


class Reading(Harness):
    """The orders, and the links by which entries are found."""

    def test_newest_first(self, storage: Storage) -> None:
        """3.1 Entries come newest first by ``occurred_at``, or oldest first, in whatever order they arrived."""
        given = [record(minutes=minutes) for minutes in range(6)]
        for n in (3, 0, 5, 1, 4, 2):
            storage.append([given[n]])
        for subjects in ((), (KIM,)):
            assert given[::-1] == list(storage.fetch(query(*subjects)))
            assert given == list(storage.fetch(query(*subjects, newest_first=False)))

    def test_late_entry(self, storage: Storage) -> None:
        """3.2 A late entry takes its place in the past, be it older than all or written in one call with newer ones."""
        new = [record(minutes=10), record(minutes=20)]
        storage.append(new)
        late = [record(minutes=15, recorded_at=at(30)), record(minutes=-99_999_999, recorded_at=at(31))]
        storage.append(late[:1])
        storage.append([record(minutes=40), late[1]])
        assert [new[1], late[0], new[0], late[1]] == list(storage.fetch(query()))[1:]
        assert [late[1], new[0], late[0], new[1]] == list(storage.fetch(query(KIM, newest_first=False)))[:4]

    def test_equal_times(self, storage: Storage) -> None:
        """3.3 Of equal times the id decides, as UUIDs compare, in the direction of the query."""
        given = [record(id) for id in UNLIKE_IDS]
        storage.append([given[n] for n in (4, 0, 9, 3, 7, 1, 8, 2, 6, 5)])
        for order in Order:
            for subjects in ((), (KIM,)):
                assert ids(given[::-1]) == ids(storage.fetch(query(*subjects, order=order)))
                assert ids(given) == ids(storage.fetch(query(*subjects, order=order, newest_first=False)))

    def test_milliseconds_count(self, storage: Storage) -> None:
        """3.4 Times that differ by a millisecond differ, before 1970 too."""
        for base in (0, -60 * 24 * 365 * 80):
            older, younger = record(9, base, tenant=f"t{base}"), record(1, base + 0.001 / 60, tenant=f"t{base}")
            storage.append([younger, older])
            assert [younger, older] == list(storage.fetch(query(tenant=f"t{base}")))

    def test_recorded_order(self, storage: Storage) -> None:
        """3.5 ``Order.RECORDED`` goes by ``recorded_at``."""
        given = [record(minutes=-n, recorded_at=at(n)) for n in range(5)]
        storage.append([given[n] for n in (2, 4, 0, 3, 1)])
        for subjects in ((), (KIM,)):
            assert given[::-1] == list(storage.fetch(query(*subjects, order=Order.RECORDED)))
            assert given == list(storage.fetch(query(*subjects, order=Order.RECORDED, newest_first=False)))

    def test_due_order(self, storage: Storage) -> None:
        """3.6 ``Order.DUE`` goes by ``due_at``; what is never due counts as due at the end of time."""
        never, late, soon = record(due_at=ABSENT), record(due_at=at(50)), record(due_at=at(10))
        storage.append([late, never, soon])
        for subjects in ((), (KIM,)):
            assert [soon, late, never] == list(storage.fetch(query(*subjects, order=Order.DUE, newest_first=False)))
            assert [never, late, soon] == list(storage.fetch(query(*subjects, order=Order.DUE)))

    def test_limit(self, storage: Storage) -> None:
        """3.7 At most ``limit`` entries come: the first ones of the order."""
        given = [record(minutes=minutes) for minutes in range(5)]
        storage.append(given)
        assert given[:2:-1] == list(storage.fetch(query(limit=2)))
        assert given[:1] == list(storage.fetch(query(limit=1, newest_first=False)))

    def test_any_role(self, storage: Storage) -> None:
        """3.8 A subject of the query finds the entries that are linked to it, in whatever role: subject, parent or
        source; not those that merely name it as actor.
        """
        roles = [record(links=(link(role=role), link("company:7"))) for role in ("subject", "parent", "source")]
        storage.append([*roles, record(links=(link("contact:1"),), actor=link(KIM, role="customer")), record(links=())])
        assert set(ids(roles)) == set(ids(storage.fetch(query(KIM))))

    def test_each_once(self, storage: Storage) -> None:
        """3.9 Each entry comes once, though it has several links to one ref, or links to several subjects asked."""
        both = record(minutes=2, links=(link(), link(role="parent"), link("company:7"), link("company:7", "ACME!")))
        first, second = record(minutes=1), record(minutes=3, links=(link("company:7"),))
        storage.append([both, first, second])
        assert [both, first] == list(storage.fetch(query(KIM)))
        assert [second, both, first] == list(storage.fetch(query(KIM, "company:7")))
        assert [second, both] == list(storage.fetch(query("company:7", KIM, limit=2)))

    def test_many_subjects(self, storage: Storage) -> None:
        """3.10 A query has up to a hundred subjects; those that nothing is linked to add nothing."""
        given = [record(minutes=n % 7, links=(link(f"contact:{n}"), link(f"contact:{n + 1}"))) for n in range(100)]
        storage.append(given)
        expected = sorted(given, key=lambda each: (each.occurred_at, each.id), reverse=True)
        assert expected == list(storage.fetch(query(*(f"contact:{n}" for n in range(100)))))
        assert list(storage.fetch(query("contact:none", "contact:"))) == []

    def test_refs_are_exact(self, storage: Storage) -> None:
        """3.11 Refs compare by code point, colons in ids included."""
        given = [record(links=(link(f"contact:{text}"),)) for text in TRICKY_TEXTS]
        storage.append(given)
        for text, one in zip(TRICKY_TEXTS, given, strict=True):
            assert [one] == list(storage.fetch(query(f"contact:{text}")))

    def test_subjects_and_condition(self, storage: Storage) -> None:
        """3.12 Subjects, condition and limit hold together: the condition is applied before the limit."""
        given = [record(minutes=n, type="mail" if n % 10 == 0 else "call") for n in range(100)]
        storage.append(given)
        mails = query(KIM, where=In(Field.TYPE, ["mail"]), limit=3)
        assert given[90:60:-10] == list(storage.fetch(mails))

    def test_deleted_are_given(self, storage: Storage) -> None:
        """3.13 Entries that are marked as deleted or archived are entries like others: the condition decides."""
        given = [record(minutes=1, deleted_at=at(5)), record(minutes=2, archived_at=at(5)), record(minutes=3)]
        storage.append(given)
        assert given == list(storage.fetch(query(newest_first=False)))
        assert {each.id: each for each in given} == dict(storage.get(TENANT, ids(given)))

    def test_current_version_only(self, storage: Storage) -> None:
        """3.14 Only the current version of an entry is found, by what it says now."""
        first = record(status="open")
        storage.append([first])
        second = newer(first, status="done")
        storage.replace(second, expected_version=1)
        assert [second] == list(storage.fetch(query()))
        assert list(storage.fetch(query(where=In(Field.STATUS, ["open"])))) == []
        assert {first.id: second} == dict(storage.get(TENANT, [first.id]))

    def test_get_unknown(self, storage: Storage) -> None:
        """3.15 ``get`` leaves out ids that are not there."""
        first = record()
        storage.append([first])
        assert {first.id: first} == dict(storage.get(TENANT, [first.id, UUID(int=5)]))

    def test_explain(self, storage: Storage) -> None:
        """3.16 ``explain`` answers any query with a text for people, and changes nothing."""
        storage.append([record()])
        for order in Order:
            assert storage.explain(query(KIM, "company:7", where=In(Field.TYPE, ["call"]), order=order)).strip()
        assert len(storage.fetch(query())) == 1
