"""Nothing that a store sends makes the server walk a whole collection, but for those that stay small."""

from uuid import uuid4

from activitylog.testing.contract.samples import TENANT, record
from port_life import lived

_OF_THE_CONNECTION = {"lsid", "$db", "$readPreference", "$clusterTime", "txnNumber", "startTransaction", "autocommit"}
SMALL = {"activitylog_schema", "activitylog_batches"}
"""A line for each step, and for each batch of the last minutes."""


def test_no_command_walks_a_collection_that_grows(opened, storage, database, listener):
    storage.append([record(), record()])
    marked = {"_id": {"tenant": TENANT, "id": uuid4()}, "tenant": TENANT, "pending": uuid4()}
    database["activitylog_entries"].insert_one(marked)  # of a batch that nobody knows of
    listener.whole.clear()
    lived(opened())
    assert not database["activitylog_entries"].count_documents({"_id": marked["_id"]})
    reads = [one for command in list(listener.whole) for one in readable(command)]
    assert {next(iter(read)) for read in reads} == {"find", "aggregate", "update", "delete"}
    walking = [read for read in reads if walks(database, read) and read[next(iter(read))] not in SMALL]
    assert walking == []


def readable(command):
    """Give what a command looks for, as commands that the server explains; nothing of one that looks for nothing."""
    name, collection = next(iter(command.items()))
    if name in ("update", "delete"):
        yield from ({name: collection, f"{name}s": [one]} for one in command[f"{name}s"])
    elif name in ("find", "aggregate", "count", "distinct"):
        yield {part: value for part, value in command.items() if part not in _OF_THE_CONNECTION}


def walks(database, command) -> bool:
    """Tell whether the server walks all of a collection for it."""
    plan = database.command("explain", command, verbosity="queryPlanner", codec_options=database.codec_options)
    return "COLLSCAN" in str(plan)
