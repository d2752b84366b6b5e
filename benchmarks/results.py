"""What was measured, one file for a row on a store: a part that is measured again takes the place of its own only."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
from attrs import frozen
from cattrs import structure, unstructure

from benchmarks.bench import Bench, Size
from benchmarks.durability import durability
from benchmarks.measure import Row
from benchmarks.peers import PEERS, installed
from benchmarks.scale.results import stamp

__all__ = ["PACKAGES", "Result", "keep", "kept"]

_FOLDER = Path(__file__).parent / "results"
_TOOLS = ("sqlalchemy", "psycopg", "pymysql", "pymongo", "django", "django-simple-history", "sqlalchemy-continuum")
PACKAGES = sorted({*_TOOLS, *(peer.package for peer in PEERS)})
"""What a whole run measures or needs."""


@frozen
class Result:
    """The lines of a row on a store, and how they came about."""

    row: str
    store: str
    title: str
    date: str
    rounds: int
    size: Size
    machine: str
    durability: str
    versions: dict[str, str]
    lines: list[Row]
    commit: str = ""


def keep(row: str, bench: Bench, lines: Sequence[Row]) -> None:
    """Write a result."""
    at, versions = stamp(), {name: number for name in PACKAGES if (number := installed(name))}
    result = Result(
        row=row,
        store=bench.name,
        title=bench.store.title,
        date=at["measured"],
        rounds=bench.rounds,
        size=bench.size,
        machine=_machine(),
        durability=durability(bench.name, bench.store),
        versions={"python": platform.python_version(), **versions},
        lines=list(lines),
        commit=at["commit"],
    )
    _FOLDER.mkdir(exist_ok=True)
    text = orjson.dumps(unstructure(result), option=orjson.OPT_INDENT_2)
    (_FOLDER / f"{row}.{bench.name}.json").write_bytes(text + b"\n")


def kept() -> Iterator[Result]:
    """Yield all results."""
    for file in sorted(_FOLDER.glob("*.*.json")):
        yield structure(orjson.loads(file.read_bytes()), Result)


def _machine() -> str:
    """Name the processor, and how many there are."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{os.cpu_count()} × {models[0] if models else platform.machine()}, {memory:.0f} GB, {system}"
