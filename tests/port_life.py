"""One life of a store: each call that reads or writes, so that all that it sends to its server can be looked at."""

from uuid import uuid4

from attrs import evolve

from activitylog.storage import Bucket, Field, In, Unit
from activitylog.testing.contract.samples import KIM, TENANT, document, ids, newer, query, record

__all__ = ["lived"]


def lived(storage):
    """Write, read and clean up, by each of these calls."""
    first, second, *others = records = [record(minutes=n, idempotency_key=f"key {n}") for n in range(20)]
    mail = In(Field.TYPE, ["mail"])
    storage.append(records)
    storage.append([evolve(first, id=uuid4()), record()])
    storage.load([(newer(record(), title="later"), [record()]), (second, ())])
    storage.replace(newer(first, title="edited"), expected_version=1)
    storage.rewrite([(evolve(second, title=""), ())])
    storage.put_document(document(), expected_version=0)
    storage.put_document(document(body="[]"), expected_version=1)
    storage.documents(TENANT, "audience", limit=9)
    storage.documents(TENANT, "audience", names=["one"], limit=9)
    storage.documents_by_kind(TENANT, ["audience", "type"], limit=9)
    storage.get(TENANT, ids(records))
    storage.versions(TENANT, first.id, limit=9)
    storage.tenants(limit=9)
    for asked in (query(), query(KIM), query(KIM, where=mail), query(where=In(Field.ID, ids(others)))):
        storage.fetch(asked)
        storage.count(asked, by=[Field.TYPE], bucket=Bucket(Unit.WEEK, ((0, 0),)))
    list(storage.gaps(query(KIM), by=[Field.ACTOR]))
    storage.delete(query(where=mail), limit=5)
    storage.scrub()
