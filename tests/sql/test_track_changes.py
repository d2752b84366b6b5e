"""What the sessions of a host's do to its objects is recorded by itself, within the flush that does it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from functools import reduce
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Identity,
    LargeBinary,
    PickleType,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, scoped_session, sessionmaker

from activitylog import REDACTED, Activity, ActivityLog, Actor, Ref, TypeRegistry, scope
from activitylog.errors import InvalidInput, UnknownType, Unsupported
from activitylog.testing import capturing
from activitylog_sql import model_ref, track_changes
from activitylog_sql._tracked import _shown


class Base(DeclarativeBase):
    pass


class Grade(Enum):
    A = "gold"
    B = "silver"


tagged = Table(
    "tagged",
    Base.metadata,
    Column("contact_id", ForeignKey("contact.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)


class Company(Base):
    __tablename__ = "company"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(50))

    def __str__(self) -> str:
        return self.name


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    contacts: Mapped[list[Contact]] = relationship(secondary=tagged, back_populates="tags")

    def __str__(self) -> str:
        return self.name


class Contact(Base):
    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), default="contact")
    name: Mapped[str] = mapped_column(String(50))
    iban: Mapped[str | None] = mapped_column(String(50))
    budget: Mapped[Decimal | None]
    grade: Mapped[Grade | None]
    photo: Mapped[bytes | None] = mapped_column(LargeBinary)
    seen: Mapped[int] = mapped_column(server_default="0")
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    company: Mapped[Company | None] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary=tagged, back_populates="contacts")
    lines: Mapped[list[Line]] = relationship(back_populates="contact", cascade="all, delete-orphan")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "contact"}  # noqa: RUF012

    def __str__(self) -> str:
        return self.name


class Partner(Contact):
    __tablename__ = "partner"
    id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    share: Mapped[int]
    __mapper_args__ = {"polymorphic_identity": "partner"}  # noqa: RUF012


class Line(Base):
    __tablename__ = "Order_Line"
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    text: Mapped[str] = mapped_column(String(50), default="")
    contact: Mapped[Contact] = relationship(back_populates="lines")


class Sheet(Base):
    """Holds what an entry cannot."""

    __tablename__ = "sheet"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    text: Mapped[str | None] = mapped_column(Text().with_variant(Text(16_000_000), "mysql", "mariadb"))
    extra: Mapped[Any | None] = mapped_column(PickleType(impl=LargeBinary(16_000_000)))


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)

    def __activity_ref__(self) -> Ref:
        return Ref("human", self.id, "Kim")


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def url(request: pytest.FixtureRequest, empty_database: Callable[[str], str]) -> str:
    return empty_database(request.param)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)  # the name of a table in it has capital letters
    engine.dispose()


@pytest.fixture
def log(engine: Engine) -> ActivityLog:
    log = ActivityLog(engine, types=TypeRegistry(), actor=Actor.user(3, "Lea Müller"))
    log.migrate()
    return log


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine)


def changes(entry: Activity) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.old, change.new) for change in entry.changes}


def told(log: ActivityLog) -> list[tuple[str, str, dict[str, tuple[Any, Any]]]]:
    """Return what was recorded, in the order in which that was: type, subject, changes."""
    return [(entry.type, str(entry.subjects[0]), changes(entry)) for entry in log.everything().oldest_first()]


def last(log: ActivityLog) -> dict[str, tuple[Any, Any]]:
    return told(log)[-1][2]


def test_an_object_comes_changes_and_goes(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log)
    with sessions() as session:
        kim = Contact(name="Kim", budget=Decimal("9.50"), grade=Grade.A, photo=b"\0")
        session.add(kim)
        session.commit()
        number = kim.id
        kim.name, kim.grade = "Kim Weber", Grade.B
        session.commit()
        kim.name = "Kim Weber"
        session.commit()
        session.delete(kim)
        session.commit()
    created, changed, deleted = told(log)
    assert created[:2] == ("record.created", f"contact:{number}")
    assert {"name": (None, "Kim"), "grade": (None, "gold"), "kind": (None, "contact")}.items() <= created[2].items()
    assert Decimal(created[2]["budget"][1]) == Decimal("9.5")
    assert created[2].keys().isdisjoint({"id", "photo", "lines", "company_id", "iban"})
    assert changed == (
        "record.changed",
        f"contact:{number}",
        {"name": ("Kim", "Kim Weber"), "grade": ("gold", "silver")},
    )
    assert (deleted[0], deleted[2]["name"]) == ("record.deleted", ("Kim Weber", None))
    assert log.timeline(f"contact:{number}").first().subjects[0].label == "Kim Weber"


def test_a_flush_is_one_batch_in_the_transaction_of_the_session(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, Company, log=log)
    with capturing(log) as seen, sessions() as session:
        session.add_all([Contact(name=name) for name in ("Kim", "Tom")])
        session.add(Company(name="ACME"))
        session.flush()
        assert log.bound_to(session).everything().count() == 3
        session.rollback()
        assert seen == []
        with session.begin_nested() as savepoint:
            session.add(Contact(name="gone"))
            session.flush()
            savepoint.rollback()
        session.add(Contact(name="stays"))
        session.commit()
    assert [entry.subjects[0].label for entry in log.everything()] == ["stays"]
    assert [entry.subjects[0].label for entry in seen] == ["stays"]


def test_people_see_names_instead_of_keys(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log)
    with sessions() as session:
        acme, beta = Company(name="ACME"), Company(name="Beta")
        kim = Contact(name="Kim", company=acme)
        session.add_all([kim, beta])
        session.commit()
        assert last(log)["company"] == (None, "ACME")
        kim.company = beta
        session.commit()
        assert last(log) == {"company": ("ACME", "Beta")}
        kim.company_id = acme.id  # by the key alone, of an object that nothing has loaded since
        session.commit()
        assert last(log) == {"company": ("Beta", "ACME")}
        kim.company = Company(name="New")
        session.commit()
        assert last(log) == {"company": ("ACME", "New")}
        session.delete(kim.company)
        kim.company = None
        session.commit()
        assert last(log) == {"company": ("New", None)}
    assert len(told(log)) == 5


def test_of_two_that_have_the_same_name_the_refs_are_told_too(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log)
    with sessions() as session:
        acme, other = Company(name="ACME"), Company(name="ACME")
        red, same = Tag(name="red"), Tag(name="red")
        session.add_all([acme, other, red, same])
        session.flush()
        kim = Contact(name="Kim", company=acme, tags=[red, Tag(name="blue")])
        session.add(kim)
        session.commit()
        assert last(log)["company"] == (None, "ACME")
        assert last(log)["tags"] == (None, ["blue", "red"])
        kim.tags = [same, kim.tags[1]]
        kim.company = other
        session.commit()
        assert last(log) == {
            "company": (f"ACME (company:{acme.id})", f"ACME (company:{other.id})"),
            "tags": ([f"red (tag:{red.id})"], [f"red (tag:{same.id})"]),
        }


def test_of_a_new_object_nothing_is_told_that_is_empty(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Company, log=log)
    with sessions() as session:
        session.add(Company(name=""))
        session.commit()
    assert [(entry.type, entry.changes) for entry in log.everything()] == [("record.created", ())]


def test_what_the_flush_writes_itself_is_not_read_back(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log)
    loaded: list[Any] = []

    def note(thing: Any, _: Any) -> None:
        loaded.append(thing)

    event.listen(Company, "load", note)
    with sessions() as session:
        session.add(Contact(name="Kim", company=Company(name="ACME")))
        session.flush()
        assert loaded == []
        session.commit()
    event.remove(Company, "load", note)
    assert last(log)["company"] == (None, "ACME")


def test_collections_tell_what_went_and_what_came(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log, fields=["tags", "lines"])
    with sessions() as session:
        red, blue, new = (Tag(name=name) for name in ("red", "blue", "new"))
        kim = Contact(name="Kim", tags=[red, blue])
        session.add(kim)
        session.commit()
        assert last(log) == {"tags": (None, ["blue", "red"])}
        kim.tags = [blue, new]
        session.commit()
        assert last(log) == {"tags": (["red"], ["new"])}
        with session.no_autoflush:
            new.contacts.remove(kim)
            red.contacts.append(kim)
        session.commit()
        assert last(log) == {"tags": (["new"], ["red"])}
        kim.lines.append(Line(number="1:a"))
        session.commit()
        assert last(log) == {"lines": (None, [f"order_line:{kim.id}:1%3Aa"])}


def test_what_an_object_takes_with_it_is_told_too(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Line, log=log, subject=lambda line: f"contact:{line.contact_id}")
    with sessions() as session:
        kim = Contact(name="Kim", lines=[Line(number="1", text="a"), Line(number="2", text="b")])
        session.add(kim)
        session.commit()
        del kim.lines[0]  # an orphan
        session.commit()
        number = kim.id
        session.delete(kim)
        session.commit()
    assert [entry[0] for entry in told(log)] == ["record.created"] * 2 + ["record.deleted"] * 2
    assert {entry[1] for entry in told(log)} == {f"contact:{number}"}
    assert told(log)[0][2] == {"contact": (None, "Kim"), "text": (None, "a")}
    sources = [str(entry.source) for entry in log.timeline(f"contact:{number}").filter(types="record.deleted")]
    assert sorted(sources) == [f"order_line:{number}:1", f"order_line:{number}:2"]
    assert log.timeline(f"order_line:{number}:1").count() == 2


def test_masked_and_excluded_fields(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log, mask="iban", exclude=["name", "company_id", "kind"])
    with sessions() as session:
        kim = Contact(name="Kim", iban="DE1", company=Company(name="ACME"))
        session.add(kim)
        session.commit()
        kim.iban, kim.name, kim.company = "DE2", "Tom", None
        session.commit()
        kim.name = "Kim"
        session.commit()
    created, changed = told(log)
    assert created[2].keys() <= {"iban", "seen"}
    assert created[2]["iban"] == changed[2]["iban"] == (REDACTED, REDACTED)
    assert changed[2].keys() == {"iban"}


def test_a_key_is_masked_with_the_name_that_stands_for_it(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log, mask=["company_id"])
    with sessions() as session:
        session.add(Contact(name="Kim", company=Company(name="ACME")))
        session.commit()
    assert last(log)["company"] == (REDACTED, REDACTED)


def test_named_fields_are_told_as_they_are(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log, fields=("id", "company_id", "photo"))
    with sessions() as session:
        kim = Contact(name="Kim", photo=b"one", company=Company(name="ACME"))
        session.add(kim)
        session.commit()
        kim.photo = b"two"
        session.commit()
        found = told(log)
        assert found[0][2].keys() == {"id", "company_id", "photo"}
        assert found[0][2]["company_id"] == (None, kim.company_id)
        assert [text.startswith("3 bytes, SHA-256 ") for text in found[1][2]["photo"]] == [True, True]


def test_classes_that_inherit_are_tracked_with_what_is_theirs(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, Partner, log=log)
    with sessions() as session:
        partner = Partner(name="Kim", share=10)
        session.add(partner)
        session.commit()
        partner.share = 20
        session.commit()
        assert model_ref(partner) == Ref("contact", partner.id)
    created, changed = told(log)
    assert (created[2]["share"], changed[2]) == ((None, 10), {"share": (10, 20)})


def test_what_came_without_any_value_is_told_too(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Person, log=log)
    with sessions() as session:
        session.add(Person(id=7))
        session.commit()
    assert told(log) == [("record.created", "human:7", {})]


def test_several_subjects(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log, subject=lambda contact: [contact, "team:7", contact.company])
    with sessions() as session:
        session.add(Contact(name="Kim", company=Company(name="ACME")))
        session.commit()
    [entry] = log.timeline("team:7")
    assert [(ref.kind, ref.label) for ref in entry.subjects] == [("contact", "Kim"), ("team", ""), ("company", "ACME")]
    assert entry.source.kind == "contact"


def test_the_log_of_the_scope_and_a_log_by_a_function(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(scoped_session(sessions), Contact)
    track_changes(sessions, Company, log=lambda session: log.bound_to(session))
    with sessions() as session, scope(log=log, actor=Actor.user(4)):
        session.add_all([Contact(name="Kim"), Company(name="ACME")])
        session.commit()
    assert {entry.actor for entry in log.everything()} == {Actor.user(4)}
    assert log.everything().count() == 2
    with sessions() as session, pytest.raises(InvalidInput, match="no scope names one"):
        session.add(Contact(name="Kim"))
        session.flush()


def test_one_session_alone_and_no_other(log: ActivityLog, sessions: sessionmaker[Session]):
    with sessions() as session, sessions() as other:
        track_changes(session, Contact, log=log)
        session.add(Contact(name="tracked"))
        session.commit()
        other.add(Contact(name="not tracked"))
        other.commit()
    assert [entry.subjects[0].label for entry in log.everything()] == ["tracked"]


def test_said_again_it_takes_the_place_of_what_was_said(log: ActivityLog, sessions: sessionmaker[Session]):
    for fields in (["iban"], ["iban"], ["name"]):
        track_changes(sessions, Contact, log=log, fields=fields)
    with sessions() as session:
        session.add(Contact(name="Kim", iban="DE1"))
        session.commit()
    assert [entry[2] for entry in told(log)] == [{"name": (None, "Kim")}]


def test_a_flush_that_fails_is_forgotten(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log)
    with sessions() as session:
        kim = Contact(name="Kim", lines=[Line(number="1")])
        session.add(kim)
        session.commit()
        number = kim.id
        session.expunge_all()
        session.add_all([Contact(name="Tom"), Line(contact_id=number, number="1")])  # the contact is written first
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
        session.add(Contact(name="Lea"))
        session.commit()
    assert [entry[2]["name"][1] for entry in told(log)] == ["Kim", "Lea"]


def test_a_log_that_refuses_leaves_the_data_as_it_was(
    engine: Engine, log: ActivityLog, sessions: sessionmaker[Session]
):
    track_changes(sessions, Person, log=log, type="person")
    with sessions() as session, pytest.raises(UnknownType):
        session.add(Person(id=1))
        session.commit()
    with sessions() as session:
        assert session.get(Person, 1) is None
    track_changes(sessions, Person, log=ActivityLog("memory://", actor=Actor.user(3)))
    with sessions() as session, pytest.raises(Unsupported):
        session.add(Person(id=1))
        session.commit()
    with log.paused(), sessions() as session:
        track_changes(sessions, Person, log=log)
        session.add(Person(id=1))
        session.commit()
    assert not log.everything().exists()


def test_types_of_the_hosts_own(engine: Engine, sessions: sessionmaker[Session]):
    types = TypeRegistry()
    for name in ("contact.created", "contact.changed", "contact.deleted"):
        types.define(name)
    log = ActivityLog(engine, types=types, actor=Actor.user(3))
    log.migrate()
    track_changes(sessions, Contact, log=log, type="contact")
    with sessions() as session:
        session.add(Contact(name="Kim"))
        session.commit()
    assert told(log)[0][0] == "contact.created"


def test_statements_that_name_no_object_are_not_seen(log: ActivityLog, sessions: sessionmaker[Session]):
    track_changes(sessions, Contact, log=log)
    with sessions() as session:
        session.add(Contact(name="Kim"))
        session.commit()
        session.execute(update(Contact).values(name="Tom"))
        session.execute(delete(Contact))
        session.commit()
    assert len(told(log)) == 1


def test_recording_adds_one_batch_to_a_flush(
    url: str, engine: Engine, log: ActivityLog, sessions: sessionmaker[Session]
):
    track_changes(sessions, Contact, log=log)
    with sessions() as session:
        session.add(Contact(name="Kim"))
        session.commit()
        session.add_all(Contact(name=str(number)) for number in range(30))
        with capturing(log) as seen:
            session.commit()
    assert len(seen) == 30
    assert log.everything().count() == 31


@pytest.mark.parametrize("store", ["postgresql"])
def test_an_asynchronous_session(store: str, empty_database: Callable[[str], str]):
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
    from sqlalchemy.pool import NullPool

    url = empty_database(store)
    log = ActivityLog(url, actor=Actor.user(3))

    async def program() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(engine) as session:
            track_changes(session, Contact, log=log)
            session.add(Contact(name="Kim", company=Company(name="ACME")))
            await session.commit()
            session.add(Contact(name="Tom"))
            await session.flush()
            await session.rollback()
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all)
        await engine.dispose()

    asyncio.run(program())
    assert [entry[2]["company"] for entry in told(log)] == [(None, "ACME")]
    log.close()


@pytest.mark.parametrize(
    ("given", "options", "field"),
    [
        ((object(), Contact), {}, "sessions"),
        ((Contact, Contact), {}, "sessions"),
        ((sessionmaker(),), {}, "models"),
        ((sessionmaker(), tagged), {}, "models"),
        ((sessionmaker(), "contact"), {}, "models"),
        ((sessionmaker(), Contact), {"fields": ["nmae"]}, "fields"),
        ((sessionmaker(), Contact), {"fields": [1]}, "fields"),
        ((sessionmaker(), Contact), {"exclude": ["nmae"]}, "exclude"),
        ((sessionmaker(), Contact), {"mask": ["nmae"]}, "mask"),
        ((sessionmaker(), Contact), {"mask": None}, "mask"),
        ((sessionmaker(), Contact), {"subject": "company"}, "subject"),
        ((sessionmaker(), Contact), {"log": "sqlite://"}, "log"),
        ((sessionmaker(), Contact), {"type": ""}, "type"),
        ((sessionmaker(), Contact), {"type": 3}, "type"),
    ],
)
def test_a_wrong_value_is_named(given: tuple[Any, ...], options: dict[str, Any], field: str):
    with pytest.raises(InvalidInput) as caught:
        track_changes(*given, **options)
    assert caught.value.field == field


def test_a_ref_of_an_object():
    assert model_ref(Line(contact_id=7, number="a:b")) == Ref("order_line", "7:a%3Ab")
    assert model_ref(Person(id=1)) == Ref("human", 1)
    assert model_ref(Company(id=7, name="A" * 600)).label.endswith("…")
    assert model_ref(Line(contact_id=7, number="1")).label == ""
    for wrong in (Contact(name="Kim"), object(), Contact, "contact:7"):
        with pytest.raises(InvalidInput):
            model_ref(wrong)


@pytest.mark.parametrize(
    "extra",
    [
        {"a.b": 1, "a": {"b": 2}},
        {"k" * 600: 1},
        {"number": 10**30},
        reduce(lambda inner, _: {"in": inner}, range(40), {"password": "secret"}),
        ["password: secret"] * 100_000,
    ],
)
def test_what_an_entry_cannot_hold_does_not_stop_the_flush(
    log: ActivityLog, sessions: sessionmaker[Session], extra: Any
):
    track_changes(sessions, Sheet, log=log)
    with sessions() as session:
        session.add(sheet := Sheet(text="ü" * 1_500_000))
        session.commit()
        assert last(log)["text"][1] == f"{'ü' * 10_000}… (1,500,000 characters)"
        sheet.extra = extra
        session.commit()
    [(old, new)] = last(log).values()
    assert (old, re.sub("[0-9a-f]{16}", "…", new)) == (None, f"{len(str(extra)):,} characters, SHA-256 ……")


def test_of_a_text_what_no_entry_holds_is_left_out():
    assert _shown("a\0b\ud800") == "ab?"
    assert [_shown(10**30), _shown(Decimal("NaN"))] == [str(10**30), "NaN"]


def test_of_many_objects_that_come_to_a_collection_the_first_are_named(
    log: ActivityLog, sessions: sessionmaker[Session]
):
    track_changes(sessions, Contact, log=log, fields=["tags"])
    with sessions() as session:
        session.add(Contact(name="Kim", tags=[Tag(name=f"{number:04}") for number in range(201)]))
        session.commit()
    assert last(log)["tags"][1] == [*(f"{number:04}" for number in range(200)), "… (201)"]
