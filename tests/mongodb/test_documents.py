"""What lies in the collections: a person with a Mongo shell can read it, and nothing that is absent takes room."""

from datetime import timedelta
from uuid import UUID

from activitylog.storage import File, Mention
from activitylog.testing.contract.samples import ARRIVAL, TENANT, newer, record

ID = UUID("0195f1a2-7c00-7000-8000-000000000001")
DUE = ARRIVAL + timedelta(days=3)


def plain(time):
    return time.replace(tzinfo=None)


def full():
    return record(
        ID,
        actor=Mention("user:3", "Lea", "user"),
        links=(Mention("contact:42", "Kim", "subject"), Mention("company:7", "", "parent")),
        tags=("folder:a", "vip"),
        due_at=DUE,
        status="open",
        title="Quote",
        data='{"$b": 1,  "a.c": 2.0}',
        words=" quote kim",
        files=(File(ID, "quote.pdf", "application/pdf", 17, "ab" * 32),),
        pinned=True,
        idempotency_key="quote:17",
    )


def test_an_entry(storage, database):
    storage.append([full()])
    [entry] = database["activitylog_entries"].find()
    assert entry == {
        "_id": {"tenant": TENANT, "id": ID},
        "tenant": TENANT,
        "type": "call",
        "type_version": 1,
        "version": 1,
        "occurred_at": plain(ARRIVAL),
        "recorded_at": plain(ARRIVAL),
        "due_at": plain(DUE),
        "actor": {"ref": "user:3", "label": "Lea", "role": "user"},
        "links": [
            {"ref": "contact:42", "label": "Kim", "role": "subject"},
            {"ref": "company:7", "role": "parent"},
        ],
        "readers": ["*"],
        "tags": ["folder:a", "vip"],
        "status": "open",
        "title": "Quote",
        "data": '{"$b": 1,  "a.c": 2.0}',
        "words": ["quote", "kim"],
        "files": [{"id": ID, "name": "quote.pdf", "media_type": "application/pdf", "size": 17, "sha256": "ab" * 32}],
        "pinned": True,
        "visibility": "internal",
        "action": "recorded",
        "idempotency_key": "quote:17",
        "digest": "d1",
    }


def test_an_earlier_version_is_the_entry_as_it_was(storage, database):
    storage.append([full()])
    [before] = database["activitylog_entries"].find()
    storage.replace(newer(full(), title="Another"), expected_version=1)
    [version] = database["activitylog_versions"].find()
    assert version.pop("entry") == before.pop("_id")["id"]
    del version["_id"]
    assert version == before


def test_a_field_of_a_later_library_is_passed_over(storage, database):
    storage.append([full()])
    database["activitylog_entries"].update_one({}, {"$set": {"mood": "fine", "actor.since": 3}})
    assert storage.get(TENANT, [ID]) == {ID: full()}


def test_ids_are_of_the_subtype_that_all_drivers_read_as_uuids(storage, database):
    storage.append([full()])
    assert database["activitylog_entries"].count_documents({"_id.id": {"$type": "binData"}}) == 1
    [entry] = database.client[database.name]["activitylog_entries"].find()  # a client that makes no UUIDs
    assert entry["_id"]["id"].subtype == 4
