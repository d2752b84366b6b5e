"""A store on a SQLite file loads no SQLAlchemy, which takes long; a host that loads it later finds all as ever."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from activitylog.errors import InvalidInput
from activitylog_sql import open_storage

WORKS = """
import sys
from datetime import UTC, datetime
from activitylog import ActivityLog, Actor, TypeRegistry

types = TypeRegistry()
types.define("call", manual=True)
log = ActivityLog(sys.argv[1], types=types, actor=Actor.user(3, "Lea"))
log.migrate()
with log.transaction():
    call = log.record("call", "contact:1", note="before")
log.edit(call, note="after")
assert [entry.note for entry in log.timeline("contact:1").page().items] == ["after"]
assert log.timeline("contact:1").count() == 1
loaded = sorted(name for name in sys.modules if name.startswith("sqlalchemy"))
assert not loaded, loaded
"""

LOADED_LATER = """
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from activitylog.errors import NotAllowed

log.record("call", "contact:1")
engine = create_engine(sys.argv[1].partition("?")[0])
with Session(engine) as session:
    session.execute(text("CREATE TABLE invoices (id INTEGER PRIMARY KEY)"))
    session.execute(text("INSERT INTO invoices VALUES (1)"))
    try:
        log.record("call", "contact:1")
    except NotAllowed as error:
        assert "bound_to" in str(error)
    else:
        raise AssertionError("it has waited for itself")
    log.bound_to(session).record("call", "contact:1")
    session.commit()
log.record("call", "contact:1")
assert log.timeline("contact:1").count() == 4
engine.dispose()
log.close()
"""


def run(program: str, url: str) -> None:
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program, url], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("url", ["file", "sqlite://", "memory://"])
def test_it_is_not_loaded(tmp_path, url):
    run(f"{WORKS}log.close()", f"sqlite:///{tmp_path / 'log.db'}" if url == "file" else url)


def test_a_host_that_loads_it_after_the_log_was_opened(tmp_path):
    """Its open write is known, and its session can be joined."""
    run(WORKS + LOADED_LATER, f"sqlite:///{tmp_path / 'log.db'}?timeout=1")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///a%20b.db", "a b.db"),
        ("sqlite:///a+b%2Bc@d#e.db?timeout=3", "a+b+c@d#e.db"),
        ("sqlite+pysqlite:///other.db?synchronous=off", "other.db"),
        ("sqlite:///file:x.db", "file:x.db"),
        ("sqlite:///%s/../up.db", "up.db"),
    ],
)
def test_a_url_is_read_as_sqlalchemy_reads_it(tmp_path, monkeypatch, url, name):
    """A relative path is one in the folder in which the log was opened."""
    (tmp_path / "%s").mkdir()
    monkeypatch.chdir(tmp_path)
    storage = open_storage(url)
    monkeypatch.chdir("/")
    storage.setup()
    storage.close()
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == [name]
    assert Path(make_url(url).database).name == name


@pytest.mark.parametrize("url", ["sqlite://log.db", "sqlite://user@/log.db", "sqlite://:80/log.db"])
def test_too_few_slashes(url):
    with pytest.raises(InvalidInput, match="three slashes.*four"):
        open_storage(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///%3Amemory%3A?timeout=1"])
def test_in_memory(tmp_path, monkeypatch, url):
    monkeypatch.chdir(tmp_path)
    storage = open_storage(url)
    storage.setup()
    storage.close()
    assert list(tmp_path.iterdir()) == []
