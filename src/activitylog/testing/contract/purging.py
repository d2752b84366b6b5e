"""Clauses 8: purging and erasing."""

from __future__ import annotations

from uuid import UUID

from attrs import evolve

from activitylog.storage import Appended, Field, Fields, In, Match, Order, Storage
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.replacing import history
from activitylog.testing.contract.samples import KIM, TENANT, at, ids, link, newer, place, query, record

__all__ = ["Purging"]


class Purging(Harness):
    """Purging and erasing."""

    def test_purge(self, storage: Storage) -> None:
        """8.1 ``delete`` purges entries with all their versions, and returns how many entries went."""
        chain = history(storage, record(type="mail"), 4)
        storage.append([stays := record()])
        assert storage.delete(query(where=In(Field.TYPE, ["mail"])), limit=10) == 1
        assert {stays.id: stays} == dict(storage.get(TENANT, [chain[0].id, stays.id]))
        assert [stays] == list(storage.fetch(query(KIM)))
        assert list(storage.versions(TENANT, chain[0].id, limit=10)) == []
        assert storage.count(query())[0].numbers == (1,)

    def test_oldest_first(self, storage: Storage) -> None:
        """8.2 The oldest by the query's order go first, at most ``limit`` of them; repeated, it ends with 0."""
        for order in Order:
            given = [
                record(minutes=5 - n, recorded_at=at(n), due_at=at(n * 7 % 5), tenant=order.name) for n in range(5)
            ]
            storage.append(given)
            asked = query(tenant=order.name, order=order)
            left = sorted(given, key=lambda each, by=order: place(each, by))  # type: ignore[misc]
            while left:
                assert storage.delete(asked, limit=2) == min(2, len(left))
                left = left[2:]
                assert ids(left[::-1]) == ids(storage.fetch(asked))
            assert storage.delete(asked, limit=2) == 0

    def test_lower_ids_first(self, storage: Storage) -> None:
        """8.3 Of equal times those with the lower ids go first."""
        given = [record(n) for n in range(1, 6)]
        storage.append(given[::-1])
        assert storage.delete(query(), limit=2) == 2
        assert ids(given[:1:-1]) == ids(storage.fetch(query()))

    def test_purge_of_any_page(self, storage: Storage) -> None:
        """8.4 ``after``, ``before``, ``newest_first``, ``fields`` and the query's own limit play no part."""
        given = [record(minutes=n) for n in range(6)]
        storage.append(given)
        here = place(given[4])
        asked = query(KIM, after=here, before=here, newest_first=False, limit=1, fields=Fields.LIST)
        assert storage.delete(asked, limit=3) == 3
        assert ids(given[:2:-1]) == ids(storage.fetch(query()))

    def test_by_subject_and_condition(self, storage: Storage) -> None:
        """8.5 Only what the query asks for goes, each entry once, though it is linked to several subjects asked."""
        both = record(minutes=1, links=(link(), link("company:7")), type="mail")
        call, other = record(minutes=2), record(minutes=3, links=(link("x:1"),), type="mail")
        storage.append([both, call, other])
        asked = query(KIM, "company:7", where=In(Field.TYPE, ["mail"]))
        assert storage.delete(asked, limit=10) == 1
        assert [other, call] == list(storage.fetch(query()))

    def test_frees_key_and_id(self, storage: Storage) -> None:
        """8.6 A purged entry's key and id are free: a record with them is written as a new entry."""
        chain = history(storage, record(idempotency_key="k"), 3)
        storage.delete(query(), limit=1)
        again = record(idempotency_key="k", digest="d2", title="again")
        assert [Appended(again.id, True)] == list(storage.append([again]))
        same_id = evolve(chain[0], idempotency_key=None, digest="d3", title="same id")
        assert [Appended(same_id.id, True)] == list(storage.append([same_id]))
        assert {again.id: again, same_id.id: same_id} == dict(storage.get(TENANT, [again.id, same_id.id]))
        assert list(storage.versions(TENANT, same_id.id, limit=10)) == []

    def test_rewrite(self, storage: Storage) -> None:
        """8.7 ``rewrite`` overwrites entries with all their versions; nothing that stood there before is readable."""
        chain, others = history(storage, record(note="Kim"), 3), history(storage, record(note="Kim"), 2)
        erased = [evolve(each, note="", title="") for each in chain]
        others_erased = [evolve(each, note="") for each in others]
        storage.rewrite([(erased[-1], erased[:-1]), (others_erased[-1], others_erased[:-1])])
        assert {chain[0].id: erased[-1], others[0].id: others_erased[-1]} == dict(
            storage.get(TENANT, [chain[0].id, others[0].id])
        )
        assert erased[1::-1] == list(storage.versions(TENANT, chain[0].id, limit=10))
        assert others_erased[:1] == list(storage.versions(TENANT, others[0].id, limit=10))

    def test_rewrite_with_other_versions(self, storage: Storage) -> None:
        """8.8 The versions given stand for all versions: there may be fewer or more of them than are stored."""
        shorter, longer = history(storage, record(), 4), history(storage, record(), 2)
        more = [longer[0], newer(longer[0], note="x"), newer(newer(longer[0]), note="y")]
        storage.rewrite([(shorter[-1], []), (more[-1], more[:-1])])
        assert list(storage.versions(TENANT, shorter[0].id, limit=10)) == []
        assert more[1::-1] == list(storage.versions(TENANT, longer[0].id, limit=10))
        assert {shorter[0].id: shorter[-1], longer[0].id: more[-1]} == dict(
            storage.get(TENANT, [shorter[0].id, longer[0].id])
        )

    def test_rewrite_is_found_anew(self, storage: Storage) -> None:
        """8.9 A rewritten entry is found by its new links, time and words, and known by its new key, no more by what
        it had.
        """
        first = record(idempotency_key="mail:kim", words=" kim", minutes=5)
        storage.append([first, between := record(minutes=7, links=())])
        erased = evolve(
            first, links=(link("erased:1", ""),), words="", idempotency_key="h:1", digest="d9", occurred_at=at(9)
        )
        storage.rewrite([(erased, [])])
        assert [[], [erased]] == [list(storage.fetch(query(ref))) for ref in (KIM, "erased:1")]
        assert list(storage.fetch(query(where=Match(["kim"])))) == []
        assert [erased, between] == list(storage.fetch(query()))
        answers = storage.append([record(idempotency_key="mail:kim"), record(idempotency_key="h:1", digest="d9")])
        assert [answer.created for answer in answers] == [True, False]

    def test_rewrite_unknown(self, storage: Storage) -> None:
        """8.10 ``rewrite`` leaves out ids that are not there, and writes the others."""
        storage.append([first := record()])
        erased = evolve(first, title="erased")
        storage.rewrite([(record(UUID(int=7)), [record(UUID(int=7))]), (erased, [])])
        assert [erased] == list(storage.fetch(query()))
        assert list(storage.versions(TENANT, UUID(int=7), limit=10)) == []
