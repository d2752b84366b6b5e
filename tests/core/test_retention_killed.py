"""Retention whose process is killed, and what is left to the next one."""

from __future__ import annotations

import gzip
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from attrs import evolve

from activitylog import ActivityLog, Attachment, Draft, Ref, TypeRegistry, scope
from activitylog.importing import import_jsonl
from activitylog.storage import ABSENT, Order, Query, Record, position
from activitylog_memory import MemoryStorage
from effort import effort

pytestmark = pytest.mark.soak

JOB = Path(__file__).with_name("retention_job.py")
PARTS = effort(4, least=2)
MANY = 500 * PARTS
MEGABYTES_MAX = 150


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry()
    for name in ("login", "mail", "ping"):
        registry.define(name)
    return registry


def fill(log: ActivityLog) -> None:
    """Record entries of each type, some with a file that they share with others."""
    for part in range(PARTS):
        drafts = [Draft(kind, Ref("contact", n % 37)) for n in range(500) for kind in ("login", "mail", "ping")]
        log.record_many(drafts)
        for kind in ("login", "mail"):
            file = Attachment(b"%s %d" % (kind.encode(), part // 2), name=kind)
            log.record(kind, Ref("contact", part), attachments=[file])


def stored(log: ActivityLog, tenant: str) -> dict[UUID, Record]:
    query = Query(tenant=tenant, order=Order.RECORDED, newest_first=False, limit=1000)
    found: dict[UUID, Record] = {}
    while part := log.storage.fetch(query):
        found |= {record.id: record for record in part}
        query = evolve(query, after=position(query, part[-1]))
    return found


def start(url: str, tenant: str, folder: Path) -> subprocess.Popen[str]:
    arguments = [sys.executable, str(JOB), url, tenant, str(folder / "files"), str(folder / f"{tenant}.jsonl.gz")]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(log: ActivityLog, tenant: str) -> Counter[tuple[object, ...]]:
    """Count what is there by all that two tenants have in common."""
    return Counter(
        (r.type, r.version, r.archived_at < ABSENT, r.comment, r.links, r.files != ())
        for r in stored(log, tenant).values()
    )


def test_killed_again_and_again_it_ends_as_if_undisturbed(
    shared_log: ActivityLog, make_log: Callable[..., ActivityLog], store_url: str, tmp_path: Path
):
    log, chance = make_log(files=str(tmp_path / "files")), random.Random(MANY)
    before = {}
    for tenant in ("killed", "undisturbed"):
        with scope(tenant=tenant):
            fill(log)
        before[tenant] = stored(log, tenant)
    for _ in range(effort(3, least=2)):
        process = start(store_url, "killed", tmp_path)
        for _ in range(chance.randint(1, PARTS - 1)):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    for tenant in ("killed", "undisturbed"):
        process = start(store_url, tenant, tmp_path)
        out, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
        assert int(out.splitlines()[-1].removeprefix("peak ")) < MEGABYTES_MAX
    assert told(log, "killed") == told(log, "undisturbed")
    kept = Counter(record.type for record in stored(log, "killed").values())
    assert kept == {"mail": MANY + PARTS, "ping": 74}
    for tenant, entries in before.items():
        exported = MemoryStorage()
        import_jsonl(exported, gzip.decompress((tmp_path / f"{tenant}.jsonl.gz").read_bytes()).splitlines())
        gone = entries.keys() - stored(log, tenant).keys()
        assert exported.get(tenant, gone) == {id: entries[id] for id in gone}
    contents = Counter(path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file())
    assert contents == {b"mail %d" % content: 2 for content in range(PARTS // 2)}
