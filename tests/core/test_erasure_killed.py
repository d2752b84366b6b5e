"""An erasure that is killed and run again ends as if undisturbed."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from activitylog import ActivityLog, Draft
from activitylog.storage import Capability, Record
from effort import effort
from servers.pool import STORES
from told_of_a_person import LEA, PERSON, WORDS, all_bytes, documents, entries, tell, types_of_a_person

pytestmark = pytest.mark.soak

MANY = 120
ERASER = Path(__file__).with_name("eraser.py")
_RANDOM = re.compile(r"erased[- ][0-9a-f]{24}|(erased|status):[0-9a-f]{32}")


class Told:
    """A store in which the whole story was told, with its files, and the process that erases the person there."""

    def __init__(self, url: str, files: Path) -> None:
        self.url = url
        self.files = files
        self.log = ActivityLog(url, types=types_of_a_person(), actor=LEA, files=str(files))

    def erase(self, mode: str, killed_at: int = 0) -> int:
        arguments = [sys.executable, str(ERASER), self.url, str(self.files), mode, str(killed_at)]
        ended = subprocess.run(arguments, capture_output=True, text=True)
        assert ended.returncode == (-signal.SIGKILL if killed_at else 0), ended.stderr
        return int(ended.stdout or 0)

    def kept(self) -> tuple[list[Any], Counter[Any], list[bytes]]:
        """Return all that is kept, without what chance and the clock decide."""
        chains = ((*earlier, current) for current, earlier in entries(self.log.storage))
        found = sorted([_settled(record) for record in chain] for chain in chains)
        told = Counter((each.kind, _RANDOM.sub("erased", each.body or "")) for each in documents(self.log.storage))
        contents = sorted(file.read_bytes() for file in self.files.rglob("*") if file.is_file() and file.stat().st_size)
        return found, Counter({(kind, _without_times(body)): n for (kind, body), n in told.items()}), contents


def _settled(record: Record) -> str:
    plain = re.sub(r'"(audience|digest)":"[0-9a-f]*"', "", record.to_json())
    return _without_times(_RANDOM.sub("erased", plain))


def _without_times(text: str) -> str:
    text = re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*(Z|\+00:00)", "time", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|\"hex\":\"[0-9a-f]*\"", "id", text)


@pytest.fixture(params=[store for store in STORES if store != "memory"])
def told(
    request: pytest.FixtureRequest, empty_database: Callable[[str], str], tmp_path: Path
) -> Iterator[Callable[[], Told]]:
    made: list[Told] = []

    def make() -> Told:
        made.append(Told(empty_database(request.param), tmp_path / f"files{len(made)}"))
        tell(made[-1].log)
        made[-1].log.record_many(Draft("call", PERSON, note=f"Holunder {number}") for number in range(MANY))
        return made[-1]

    yield make
    for each in made:
        each.log.close()


@pytest.mark.parametrize(("mode", "places"), [("anonymise", (0.5, 0.01)[: effort(2, least=1)]), ("delete", (0.9,))])
def test_killed_anywhere_and_run_again_it_ends_as_if_undisturbed(
    told: Callable[[], Told], mode: str, places: tuple[float, ...]
):
    undisturbed = told()
    writes = undisturbed.erase(mode)
    wanted = undisturbed.kept()
    assert writes > 20
    for place in places:
        number = max(1, round(place * writes))
        killed = told()
        killed.erase(mode, killed_at=number)
        killed.erase(mode)
        assert killed.kept() == wanted, f"killed at {number} of {writes}"
        found = all_bytes(killed.log, killed.url)
        assert [word for word in WORDS if word in found] == []


def test_killed_twice_it_still_does(told: Callable[[], Told]):
    undisturbed, killed = told(), told()
    writes = undisturbed.erase("anonymise")
    killed.erase("anonymise", killed_at=4 * writes // 5)
    killed.erase("anonymise", killed_at=5)
    report = killed.log.privacy.erase(PERSON)
    assert killed.kept() == undisturbed.kept()
    assert len(report) == 2, "what is to be read is told by the last run"
    if Capability.TRANSACTIONS in killed.log.storage.capabilities:
        assert report.numbers["anonymised"] < MANY, "a part was done before"
