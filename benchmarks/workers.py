"""Contenders in processes of their own, who take turns: what one leaves in memory does not slow another."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.measure import Timing

__all__ = ["Contest", "Failed", "contest"]

_PROCESSES = get_context("spawn")

Step = Callable[..., Any]
"""Takes the contender first. It is a function of a module, so that the other process finds it."""


class Failed(Exception):
    """A contender failed; the message is its traceback."""


class _Worker:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._line, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(target=_work, args=(theirs, make), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, step: Step, *args: Any) -> None:
        self._line.send((step, args))

    def end(self) -> Any:
        try:
            well, answer = self._line.recv()
        except EOFError as gone:
            raise Failed("the process of a contender ended") from gone
        if not well:
            raise Failed(answer)
        return answer

    def close(self) -> None:
        self._line.close()
        self._process.join(timeout=10)
        self._process.kill()
        self._process.join()


def _work(line: Connection, make: Callable[[], Any]) -> None:
    contender: Any = None
    while True:
        try:
            step, args = line.recv()
        except EOFError:
            break
        try:
            if contender is None:
                contender = make()
            line.send((True, step(contender, *args)))
        except Exception:
            line.send((False, traceback.format_exc()))
    if contender is not None:
        contender.close()


class Contest:
    """Those who compete in one row on one store, by name."""

    def __init__(self, workers: Mapping[str, _Worker], tell: Callable[[str], None]) -> None:
        self._workers = workers
        self._tell = tell

    def prepare(self, step: Step, *args: Any) -> dict[str, Any]:
        """Let all do a step that is not timed, as many at once as there are processors; return their answers."""
        answers: dict[str, Any] = {}
        running: list[str] = []
        for name, worker in self._workers.items():
            if len(running) == (os.cpu_count() or 1):
                done = running.pop(0)
                answers[done] = self._workers[done].end()
            self._tell(f"{name} prepares")
            worker.begin(step, *args)
            running.append(name)
        for name in running:
            answers[name] = self._workers[name].end()
        return answers

    def race(self, step: Step, *args: Any, rounds: int, among: frozenset[str] | None = None) -> dict[str, Timing]:
        """Let each do a step once to warm up and then in turn; the step returns the time of one operation."""
        workers = {name: each for name, each in self._workers.items() if among is None or name in among}
        times: dict[str, list[float]] = {name: [] for name in workers}
        for number in range(rounds + 1):
            self._tell(f"round {number} of {rounds}")
            for name, worker in workers.items():
                worker.begin(step, *args)
                found = worker.end()
                if number:
                    times[name].append(found)
        return {name: Timing.of(found) for name, found in times.items()}


@contextmanager
def contest(makers: Mapping[str, Callable[[], Any]], tell: Callable[[str], None]) -> Iterator[Contest]:
    """Give contenders, each made in a process of its own when it is first asked."""
    workers = {name: _Worker(make) for name, make in makers.items()}
    try:
        yield Contest(workers, tell)
    finally:
        for worker in workers.values():
            worker.close()
