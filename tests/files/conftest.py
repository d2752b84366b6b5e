"""A log whose files lie in a folder on this machine, in memory, or on a real S3 server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activitylog import ActivityLog, Actor, FileStore, TypeRegistry
from servers.s3 import BUCKET, KEYS, serving

PLACES = ("folder", "in memory", "s3")


class Clock:
    """The present time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry()
    registry.define("call", manual=True)
    registry.define("mail")
    return registry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files of ``log`` lie; made at first use."""
    return tmp_path / "kept" / "files"


@pytest.fixture
def open_log(types: TypeRegistry, clock: Clock) -> Iterator[Callable[..., ActivityLog]]:
    opened: list[ActivityLog] = []

    def give(url: Any, files: Any = None, **options: Any) -> ActivityLog:
        given = {"types": types, "actor": Actor.user(3, "Lea Müller"), "clock": clock, **options}
        opened.append(ActivityLog(url, files=files, **given))
        return opened[-1]

    yield give
    for log in opened:
        log.close()


@pytest.fixture
def log(open_log: Callable[..., ActivityLog], store_url: str, folder: Path) -> ActivityLog:
    """A log on each store, its files in a folder."""
    return open_log(store_url, folder)


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The URL of a running S3 server."""
    with serving() as url:
        yield url


@pytest.fixture(params=PLACES)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Where the files of ``placed_log`` lie."""
    match request.param:
        case "folder":
            return str(tmp_path / "files")
        case "in memory":
            return f"memory://{tmp_path.name}"
        case _:
            options = {**KEYS, "endpoint_url": request.getfixturevalue("s3")}
            return FileStore(f"s3://{BUCKET}/{tmp_path.name}", options=options)


@pytest.fixture
def placed_log(open_log: Callable[..., ActivityLog], files: Any) -> ActivityLog:
    """A log in memory, its files at each kind of place."""
    return open_log("memory://", files)


@pytest.fixture
def contents(folder: Path) -> Callable[[], list[Path]]:
    """Gives the files that lie in the folder of ``log``: contents, what is on its way, and marks."""
    return lambda: sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Calls functions in threads of their own, at the same moment, and returns what they return or raise."""

    def run(*calls: Callable[[], Any]) -> list[Any]:
        barrier = threading.Barrier(len(calls))
        answers: list[Any] = [None] * len(calls)

        def work(place: int, call: Callable[[], Any]) -> None:
            barrier.wait()
            try:
                answers[place] = call()
            except Exception as error:
                answers[place] = error

        threads = [threading.Thread(target=work, args=(place, call)) for place, call in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    return run
