"""Large files stream: what a process needs for them does not grow with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from effort import effort
from servers.s3 import KEYS

PROGRAM = """
import resource, sys
from activitylog import ActivityLog, Actor, Attachment, FileStore, TypeRegistry

MEGABYTE = 1_000_000
where, options, size = sys.argv[1], eval(sys.argv[2]), int(sys.argv[3]) * MEGABYTE

class Stream:
    left = size
    def read(self, many):
        part = min(many, self.left)
        self.left -= part
        return self.left.to_bytes(8, "big") * (part // 8) if part % 8 == 0 else b"x" * part

types = TypeRegistry()
types.define("call")
log = ActivityLog("memory://", types=types, actor=Actor.system("test"),
                  files=FileStore(where, max_size=size, options=options))

def use(content):
    entry = log.record("call", "contact:1", attachments=[Attachment(content, name="x")])
    total = 0
    with log.files.open(entry, entry.attachments[0]) as file:
        while part := file.read(MEGABYTE):
            total += len(part)
    return total

use(b"warm" * MEGABYTE)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert use(Stream()) == size
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the measure of memory is Linux's")
@pytest.mark.parametrize("place", ["folder", "s3"])
def test_a_file_of_many_megabytes_needs_few(request: pytest.FixtureRequest, tmp_path: Path, place: str):
    where, options = str(tmp_path / "files"), {}
    if place == "s3":
        where, options = f"s3://crm/{tmp_path.name}", {**KEYS, "endpoint_url": request.getfixturevalue("s3")}
    command = [sys.executable, "-c", PROGRAM, where, repr(options), str(effort(200, least=120))]
    ended: Any = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert int(ended.stdout) < 60_000, "kilobytes beyond what a file of four megabytes needs"
