"""A log that reads from a standby: what was committed there, and not a word more; nothing is written to it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy import create_engine

from activitylog import ActivityLog, Actor, Ref, TypeRegistry
from activitylog.errors import StorageUnavailable
from servers.postgresql import PostgreSQL
from servers.server import Server

KIM = Ref("contact", 42, "Kim Weber")
PATIENCE = 30


class Standby(PostgreSQL):
    """Follows another server, beside which its folder lies."""

    def __init__(self, directory: Path, primary: Server) -> None:
        super().__init__(directory)
        self._primary = primary

    def create(self) -> None:
        command = [self._binary("pg_basebackup"), "--host", self._primary.directory, "--username=postgres", "--no-sync"]
        subprocess.run(
            [*command, "--checkpoint=fast", "--write-recovery-conf", "--pgdata", self.data],
            check=True,
            cwd=self.directory,
            user=self.user,
        )


class Pair:
    """A primary and its standby, and a log on each."""

    def __init__(self, primary: Server, standby: Server) -> None:
        types = TypeRegistry()
        types.define("call", manual=True)
        self._primary, self._standby = primary, standby
        urls = primary.create_database("crm"), standby.url("crm")
        self.primary, self.standby = [ActivityLog(url, types=types, actor=Actor.user(3, "Lea")) for url in urls]

    def catch_up(self) -> None:
        """Wait until the standby has all that is committed now."""
        [(written,)] = self._ask(self._primary, "SELECT pg_current_wal_lsn()")
        give_up = monotonic() + PATIENCE
        while self._ask(self._standby, f"SELECT pg_last_wal_replay_lsn() >= '{written}'") != [(True,)]:
            assert monotonic() < give_up, "the standby does not follow"
            sleep(0.02)

    def hold(self, *, on: bool) -> None:
        """Have the standby stay where it is, or go on."""
        self._ask(self._standby, f"SELECT pg_wal_replay_{'pause' if on else 'resume'}()")

    @staticmethod
    def _ask(server: Server, statement: str) -> list[tuple[object, ...]]:
        engine = create_engine(server.url("postgres"))
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.exec_driver_sql(statement)]
        engine.dispose()
        return found


@pytest.fixture
def pair(server: Callable[[str], Server]) -> Iterator[Pair]:
    primary = server("postgresql")
    folder = Path(tempfile.mkdtemp(prefix="standby-", dir=primary.directory.parent))
    folder.chmod(0o755)
    standby = Standby(folder, primary)
    try:
        standby.start()
        made = Pair(primary, standby)
        yield made
        made.primary.close()
        made.standby.close()
    finally:
        standby.kill()
        shutil.rmtree(folder)


def test_a_standby_answers_reads_and_takes_no_write(pair: Pair) -> None:
    pair.primary.migrate(partitions=2)
    calls = [
        pair.primary.record("call", KIM, note=f"Call {number}", idempotency_key=str(number)) for number in range(9)
    ]
    pair.primary.edit(calls[0], note="Another note")
    page = pair.primary.timeline(KIM).page(limit=3)
    pair.catch_up()

    there = pair.standby.timeline(KIM)
    assert [one.id for one in there] == [one.id for one in reversed(calls)]
    assert there.count() == 9
    assert [len(part.items) for part in (there.page(limit=3, after=page.next), there.page(limit=6))] == [3, 6]
    assert pair.primary.timeline(KIM).page(limit=3, after=there.page(limit=3).next).items[0].id == calls[5].id
    assert [one.version for one in pair.standby.history(calls[0])] == [
        one.version for one in pair.primary.history(calls[0])
    ]
    for write in (
        lambda: pair.standby.record("call", KIM),
        lambda: pair.standby.edit(calls[1], note="No"),
        lambda: pair.standby.record("call", KIM, idempotency_key="1"),
    ):
        with pytest.raises(StorageUnavailable, match="write to the primary") as caught:
            write()
        assert not caught.value.retry

    # What was just written is not there yet; who asks what arrived gets it later, and misses nothing.
    mark = there.page().mark
    pair.hold(on=True)
    late = pair.primary.record("call", KIM)
    assert there.count() == 9
    arrived = there.arrived(after=mark)
    assert arrived.items == ()
    pair.hold(on=False)
    pair.catch_up()
    arrived = there.arrived(after=arrived.mark, overlap=timedelta(seconds=1))
    assert late.id in [one.id for one in arrived.items]
