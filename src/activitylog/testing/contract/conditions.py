"""Clauses 5: the algebra of conditions."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from activitylog.storage import (
    ABSENT,
    ALWAYS,
    NEVER,
    And,
    Between,
    Field,
    File,
    Has,
    In,
    Match,
    Mention,
    Not,
    Or,
    Record,
    Storage,
    Where,
)
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.samples import TRICKY_TEXTS, at, changed, link, query, record

__all__ = ["MANY_VALUED", "MENTIONS", "TEXTS", "TIMES", "Conditions"]

TEXTS = (
    Field.TYPE,
    Field.CATEGORY,
    Field.CHANNEL,
    Field.DIRECTION,
    Field.TEAM,
    Field.STATUS,
    Field.BATCH,
    Field.CONVERSATION,
    Field.REPLY_TO,
    Field.TEMPLATE,
    Field.VISIBILITY,
    Field.AUDIENCE,
)
MENTIONS = (Field.ACTOR, Field.BEHALF, Field.ASSIGNEE, Field.SOURCE, Field.MODIFIED_BY, Field.MODIFIED_BEHALF)
FLAGS = (Field.PINNED, Field.HELD)
TIMES = (
    Field.OCCURRED_AT,
    Field.ENDED_AT,
    Field.RECORDED_AT,
    Field.DUE_AT,
    Field.ARCHIVE_AT,
    Field.PURGE_AT,
    Field.MODIFIED_AT,
    Field.DELETED_AT,
    Field.ARCHIVED_AT,
)
MANY_VALUED = (Field.TAGS, Field.READERS, Field.EDITORS, Field.LINKS, Field.SUBJECTS, Field.FILES)

_SHA = ("aa" * 32, "bb" * 32, "cc" * 32)


def found(storage: Storage, where: Where) -> set[UUID]:
    """Return the ids of the entries for which the condition holds, after asking ``count`` for the same."""
    answer = {each.id for each in storage.fetch(query(where=where))}
    assert storage.count(query(where=where))[0].numbers == (len(answer),)
    return answer


def having(field: Field, *values: str) -> Record:
    """Return a record with these values in a field of several."""
    match field:
        case Field.LINKS | Field.SUBJECTS:
            return record(links=tuple(link(value) for value in values))
        case Field.FILES:
            return record(files=tuple(File(UUID(int=5), "a.txt", "text/plain", 1, value) for value in values))
        case _:
            return changed(record(), **{field.value: values})


class Conditions(Harness):
    """The algebra of conditions."""

    def test_in_text(self, storage: Storage) -> None:
        """5.1 ``In`` holds where the field's text is among the values, for every field of one text."""
        for field in TEXTS:
            one, two, three = (changed(record(tenant=field), **{field.value: value}) for value in "xyz")
            storage.append([one, two, three])
            asked = query(tenant=field.value, where=In(field, ["x", "y", "w"]))
            assert {one.id, two.id} == {each.id for each in storage.fetch(asked)}, field

    def test_in_mention(self, storage: Storage) -> None:
        """5.2 ``In`` compares mentions by their ref: labels and roles play no part."""
        for field in MENTIONS:
            mentions = [Mention("user:1", "Lea", "user"), Mention("user:1"), Mention("user:2", "user:1"), Mention("")]
            given = [changed(record(tenant=field), **{field.value: mention}) for mention in mentions]
            storage.append(given)
            asked = query(tenant=field.value, where=In(field, ["user:1"]))
            assert {each.id for each in given[:2]} == {each.id for each in storage.fetch(asked)}, field

    def test_in_id_and_flags(self, storage: Storage) -> None:
        """5.3 ``In`` compares ids as UUIDs, ``pinned`` and ``held`` as bool."""
        plain, pinned, held = record(), record(pinned=True), record(held=True)
        storage.append([plain, pinned, held])
        assert {plain.id, held.id} == found(storage, In(Field.ID, [plain.id, held.id, UUID(int=1)]))
        assert {pinned.id} == found(storage, In(Field.PINNED, [True]))
        assert {plain.id, pinned.id} == found(storage, In(Field.HELD, [False]))
        assert {plain.id, pinned.id, held.id} == found(storage, In(Field.HELD, [True, False]))

    def test_between(self, storage: Storage) -> None:
        """5.4 ``Between`` includes ``ge`` and excludes ``lt``; each may be open. It serves every time."""
        for field in TIMES:
            given = [changed(record(tenant=field), **{field.value: at(n)}) for n in range(5)]
            storage.append(given)
            for where, expected in (
                (Between(field, ge=at(1), lt=at(3)), given[1:3]),
                (Between(field, ge=at(3)), given[3:]),
                (Between(field, lt=at(3)), given[:3]),
                (
                    Between(field, ge=at(1) + timedelta(milliseconds=1), lt=at(2) + timedelta(milliseconds=1)),
                    given[2:3],
                ),
                (Between(field, ge=at(3), lt=at(1)), []),
            ):
                answer = storage.fetch(query(tenant=field.value, where=where))
                assert {each.id for each in expected} == {each.id for each in answer}, where

    def test_absent_times(self, storage: Storage) -> None:
        """5.5 An absent time is the last of all: "has none" is ``ge=ABSENT``, "has one" is ``lt=ABSENT``."""
        for field in TIMES[3:]:
            has, has_none = (changed(record(tenant=field), **{field.value: time}) for time in (at(1), ABSENT))
            storage.append([has, has_none])
            for where, expected in ((Between(field, ge=ABSENT), has_none), (Between(field, lt=ABSENT), has)):
                assert [expected] == list(storage.fetch(query(tenant=field.value, where=where))), where

    def test_has(self, storage: Storage) -> None:
        """5.6 ``Has`` holds where one value at least of the field is among the values, for every field of several."""
        for field in MANY_VALUED:
            a, b, c = _SHA if field is Field.FILES else ("x:1", "x:2", "x:3")
            given = [changed(having(field, *held), tenant=field.value) for held in ((a, b), (b, c), (c,), ())]
            storage.append(given)
            for values, expected in (([a], given[:1]), ([a, b], given[:2]), ([b, "x:9"], given[:2]), (["x:9"], [])):
                answer = storage.fetch(query(tenant=field.value, where=Has(field, values)))
                assert {each.id for each in expected} == {each.id for each in answer}, (field, values)

    def test_has_links_or_subjects(self, storage: Storage) -> None:
        """5.7 ``links`` looks at links of every role, ``subjects`` at subjects only."""
        roles = {role: record(links=(link(role=role),)) for role in ("subject", "parent", "source")}
        storage.append(list(roles.values()))
        assert {each.id for each in roles.values()} == found(storage, Has(Field.LINKS, ["contact:42"]))
        assert {roles["subject"].id} == found(storage, Has(Field.SUBJECTS, ["contact:42"]))

    def test_match(self, storage: Storage) -> None:
        """5.8 ``Match`` holds where every word given begins a word of the entry; the middle of a word is no hit."""
        quote, quotes = record(words=" please quote 2026"), record(words=" quotes misquote für straße")
        storage.append([quote, quotes, record(words="")])
        assert {quote.id, quotes.id} == found(storage, Match(["quote"]))
        assert {quote.id} == found(storage, Match(["quo", "20"]))
        assert {quotes.id} == found(storage, Match(["straß", "quo", "f"]))
        assert set() == found(storage, Match(["uote"]))
        assert set() == found(storage, Match(["quote", "absent"]))

    def test_not(self, storage: Storage) -> None:
        """5.9 ``Not`` holds exactly where its part does not."""
        given = [record(type=kind, tags=tags) for kind in ("call", "mail") for tags in ((), ("a",), ("a", "b"))]
        storage.append(given)
        everything = {each.id for each in given}
        parts: list[Where] = [
            In(Field.TYPE, ["call"]),
            Has(Field.TAGS, ["a"]),
            Has(Field.TAGS, ["b", "c"]),
            And((In(Field.TYPE, ["call"]), Has(Field.TAGS, ["a"]))),
            Or((In(Field.TYPE, ["call"]), Not(Has(Field.TAGS, ["b"])))),
        ]
        for part in parts:
            assert everything - found(storage, part) == found(storage, Not(part)), part

    def test_not_on_absent(self, storage: Storage) -> None:
        """5.10 On a field without a value the negation of ``In``, ``Has``, ``Match`` and ``Between`` holds."""
        bare = record(actor=Mention(""), readers=(), links=())
        storage.append([bare])
        parts: list[Where] = [
            *(In(field, ["x"]) for field in (*(each for each in TEXTS if each is not Field.TYPE), *MENTIONS)),
            *(Has(field, ["x"]) for field in MANY_VALUED),
            *(Between(field, lt=ABSENT) for field in TIMES[3:]),
            Match(["x"]),
            In(Field.PINNED, [True]),
        ]
        for part in parts:
            assert {bare.id} == found(storage, Not(part)), part

    def test_empty_text_is_a_value(self, storage: Storage) -> None:
        """5.11 ``In`` with ``""`` finds the entries whose text or mention is absent."""
        for field in (*TEXTS[1:], *MENTIONS):
            is_mention = field in MENTIONS
            values = [Mention("a:1"), Mention("")] if is_mention else ["a", ""]
            given = [changed(record(tenant=field), **{field.value: value}) for value in values]
            storage.append(given)
            assert given[1:] == list(storage.fetch(query(tenant=field.value, where=In(field, [""])))), field

    def test_and_or(self, storage: Storage) -> None:
        """5.12 ``And`` holds where all parts do, ``Or`` where one does; they nest."""
        given = {(kind, team): record(type=kind, team=team) for kind in "ab" for team in "xy"}
        storage.append(list(given.values()))
        a, x = In(Field.TYPE, ["a"]), In(Field.TEAM, ["x"])
        assert {given["a", "x"].id} == found(storage, And((a, x)))
        assert {each.id for key, each in given.items() if key != ("b", "y")} == found(storage, Or((a, x)))
        either = Or((And((a, Not(x))), And((Not(a), x))))
        assert {given["a", "y"].id, given["b", "x"].id} == found(storage, either)

    def test_always_and_never(self, storage: Storage) -> None:
        """5.13 ``ALWAYS`` holds for every entry and ``NEVER`` for none."""
        given = record()
        storage.append([given])
        assert {given.id} == found(storage, ALWAYS)
        assert set() == found(storage, NEVER)

    def test_exact_text(self, storage: Storage) -> None:
        """5.14 Conditions compare by code point: case, spaces and Unicode forms tell texts apart, and nothing is a
        pattern.
        """
        given = [record(status=text, tags=(text, "other"), assignee=Mention(text)) for text in TRICKY_TEXTS]
        storage.append(given)
        for text, one in zip(TRICKY_TEXTS, given, strict=True):
            for where in (In(Field.STATUS, [text]), In(Field.ASSIGNEE, [text]), Has(Field.TAGS, [text])):
                assert {one.id} == found(storage, where), where

    def test_many_values(self, storage: Storage) -> None:
        """5.15 ``In`` and ``Has`` take a thousand values, and ``And`` and ``Or`` a hundred parts."""
        given = record(status="s500", tags=("t1", "t999"))
        storage.append([given, record()])
        assert {given.id} == found(storage, In(Field.STATUS, [f"s{n}" for n in range(1000)]))
        assert {given.id} == found(storage, Has(Field.TAGS, [f"t{n}" for n in range(1000)]))
        assert {given.id} == found(storage, Or([And((In(Field.STATUS, [f"s{n * 5}"]),)) for n in range(101)]))
