"""No statement that a store sends walks a whole table, or a whole index, of what grows."""

import re
import sqlite3

from sqlalchemy import create_engine, event

from activitylog_sql import open_storage
from port_life import lived


def test_no_statement_walks_a_table(tmp_path):
    path, sent = tmp_path / "log.db", []
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _: connection.set_trace_callback(sent.append))
    storage = open_storage(engine)
    storage.setup()
    sent.clear()
    lived(storage)
    ours = [statement for statement in dict.fromkeys(sent) if _VERB.match(statement)]
    assert {_VERB.match(statement)[1] for statement in ours} == {"INSERT", "SELECT", "WITH", "UPDATE", "DELETE"}
    connection = sqlite3.connect(path)
    assert [statement for statement in ours if walks(connection, statement)] == []
    connection.close()
    engine.dispose()


_VERB = re.compile(r"\s*(INSERT|SELECT|WITH|UPDATE|DELETE)\b")
_TABLE = re.compile(r"\b(activitylog_(?:entries|links|versions|documents))\b(?: AS (\w+))?")


def walks(connection, statement) -> bool:
    """Tell whether SQLite goes through all of a table for it; what the statement itself makes may be gone through."""
    names = {name for found in _TABLE.findall(statement) for name in found if name}
    steps = [step for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return any(step.startswith("SCAN") and step.split()[1] in names for step in steps)
