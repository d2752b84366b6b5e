"""A person who is named in every way that there is, and all that a store keeps, to be looked through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pymongo
from attrs import frozen
from sqlalchemy import create_engine, inspect, text

from activitylog import ActivityLog, Actor, Attachment, Draft, Ref, TypeRegistry, scope
from activitylog.aliases import alias_name
from activitylog.exported import versions_of
from activitylog.importing.documents import EXPORTED
from activitylog.storage import Document, Order, Query, Record, Storage
from activitylog.subject_status import chain_of

__all__ = [
    "KINDS",
    "NOW",
    "PERSON",
    "WORDS",
    "all_bytes",
    "documents",
    "entries",
    "tell",
    "types_of_a_person",
]

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PERSON = Ref("contact", "quitte-17", "Zwetschge Mirabell")
DUPLICATE = Ref("address", "mirabell@renekloden.example", "Frau Mirabell")
BEN, ACME = Ref("contact", "43", "Ben Baum"), Ref("company", "7", "ACME")
AS_ACTOR, LEA = Actor.customer(PERSON), Actor.user(3, "Lea")
KINDS = (*EXPORTED, "erasure", "hold", "key", "retention", "tombstone", "tombstone.key")

WORDS = (
    "quitte", "zwetschge", "mirabell", "renekloden", "holunder", "schlehe", "kornelkirsche", "sanddorn",
    "mispel", "elsbeere", "vogelbeere", "maulbeere", "felsenbirne", "speierling", "berberitze", "kriecherl",
    alias_name(str(DUPLICATE)), chain_of("account.status", str(PERSON)),
)  # fmt: skip
"""What must not be found any more: refs, labels, texts, and digests by which guesses could be confirmed."""


@frozen
class Met:
    with_whom: Ref
    born: str = ""


def types_of_a_person() -> TypeRegistry:
    types = TypeRegistry()
    types.define("call", manual=True, personal=("born", "children"))
    types.define("task", manual=True, planned=True, statuses=("open", "done"))
    types.define("account.status", statuses=("active", "blocked"), of_subject=True)
    types.activity("met", personal="born")(Met)
    return types


def _id(number: int) -> UUID:
    return UUID(int=0x018000000000_7000_8000_000000000000 + number)


def tell(log: ActivityLog) -> None:
    """Record everything: the same ids each time."""
    with scope(actor=LEA):
        _own(log)
        _with_others(log)
        _beside_entries(log)
        for number, other in enumerate((BEN, ACME)):
            log.record(
                "call", other, note="about the weather", id=_id(90 + number), idempotency_key=f"weather:{number}"
            )


def _own(log: ActivityLog) -> None:
    first = log.record(
        "call",
        PERSON,
        id=_id(1),
        title="Holunder",
        note="Asked for Schlehe",
        data={"born": "kornelkirsche", "deep": [{"x": "kornelkirsche"}]},
        tags=["folder:Sanddorn"],
        source=Ref("mail", "<mispel@x>", "Mispel"),
        conversation="<mispel-thread@x>",
        idempotency_key="mail:mispel",
        attachments=[Attachment(b"elsbeere", name="Elsbeere.txt")],
    )
    log.edit(first, note="Asked for Vogelbeere", comment="it was no Schlehe")
    log.record("call", DUPLICATE, note="maulbeere", id=_id(2))
    log.record_change(PERSON, before={"city": "Speierling"}, after={"city": "Felsenbirne"}, id=_id(3))
    log.subjects.set_status(PERSON, "account.status", "blocked", comment="Berberitze")
    log.delete(log.record("call", PERSON, note="kriecherl", id=_id(4)))


def _with_others(log: ActivityLog) -> None:
    both = log.record(
        "call",
        PERSON,
        BEN,
        id=_id(11),
        note="about the garden",
        data={"born": "Holunder", "for": str(PERSON), "kept": "plum"},
        idempotency_key="garden",
        attachments=[Attachment(b"a garden", name="garden.txt")],
    )
    log.record(Met(PERSON, "in May"), BEN, id=_id(12))
    log.record("call", BEN, actor=AS_ACTOR, note="by the person", id=_id(13))
    log.record("call", BEN, actor=LEA.on_behalf_of(PERSON), id=_id(14))
    task = log.record("task", BEN, readers=[PERSON, LEA], editors=[PERSON], assignee=PERSON, id=_id(15))
    log.assign(task, BEN)
    log.share(task, readers="*", editors="*")
    log.record("task", BEN, assignee=DUPLICATE, readers=[DUPLICATE], id=_id(16))
    with scope(actor=AS_ACTOR):
        log.transition(task, "done")
    log.record("call", ACME, source=PERSON, note="came of it", id=_id(17))
    log.record_change(BEN, before={"friend": None}, after={"friend": PERSON}, id=_id(18))
    log.tag(both, add=["garden"])


def _beside_entries(log: ActivityLog) -> None:
    log.subjects.merge(DUPLICATE, into=PERSON)
    with scope(actor=AS_ACTOR):
        log.subjects.merge("contact:44", into=ACME)
        log.retention.hold("company:8", reason="a lawsuit")
    log.templates.create("invitation", "task", note="for {subject}", assignee=PERSON, readers=[PERSON, LEA])
    log.plans.make(Draft("task", assignee=PERSON, data={"asked": str(PERSON)}), [PERSON, BEN, DUPLICATE])
    own = log.plans.make(lambda ref: Draft("task", note=f"{ref.label} likes plums", actor=AS_ACTOR), [BEN, PERSON])
    own.assign([PERSON, LEA], strategy="in_turn", seed=1)
    done = log.plans.make(lambda ref: Draft("task", note=f"{ref.label} likes plums"), [PERSON, BEN])
    done.execute()


def entries(storage: Storage, tenant: str = "default") -> Iterator[tuple[Record, list[Record]]]:
    """Give all entries with their versions, as the port gives them."""
    query = Query(tenant=tenant, order=Order.RECORDED, newest_first=False, limit=1000)
    return ((record, versions_of(storage, record)) for record in storage.fetch(query))


def documents(storage: Storage, tenant: str = "default") -> Iterator[Document]:
    """Give all documents, as the port gives them."""
    return (found for kind in KINDS for found in storage.documents(tenant, kind, limit=1000))


def all_bytes(log: ActivityLog, url: str) -> str:
    """Return all that the store keeps, in lower case: what the port gives, and the files or tables as they are."""
    found = [record.to_json() for current, earlier in entries(log.storage) for record in (current, *earlier)]
    found += [repr(document) for document in documents(log.storage)]
    return "\n".join([*found, *_raw(url)]).lower()


def _raw(url: str) -> Iterator[str]:
    match url.partition(":")[0]:
        case "sqlite":
            path = Path(url.removeprefix("sqlite:///"))
            for file in path.parent.glob(f"{path.name}*"):
                yield file.read_bytes().decode("latin-1")
                yield file.read_bytes().decode(errors="ignore")
        case "mongodb":
            with pymongo.MongoClient(url) as client:
                database = client.get_default_database()
                for name in database.list_collection_names():
                    yield from (_bson(found) for found in database[name].find())
        case "memory":
            return
        case _:
            yield from _tables(url)


def _tables(url: str) -> Iterator[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            for row in connection.execute(text(f"SELECT * FROM {name}")):
                yield " ".join(_text(value) for value in row)
    engine.dispose()


def _text(value: object) -> str:
    return value.decode(errors="ignore") if isinstance(value, bytes | memoryview) else str(value)


def _bson(found: dict[str, object]) -> str:
    return re.sub(r"b'([^']*)'", r"\1", str(found))
