from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from activitylog import ActivityLog, Actor, Context, Ref, TypeRegistry, errors, scope, standard
from activitylog.importing import ImportReport, export_jsonl, import_jsonl


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ActivityLog]:
    store = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/imported.db"
    log = ActivityLog(store, types=TypeRegistry(standard.types))
    yield log
    log.close()


@pytest.fixture(scope="session")
def sample_mails(repository: Path) -> Path:
    folder = repository.parent / "shared" / "data" / "mail"
    if not folder.is_dir():
        pytest.skip("the sample mails do not lie beside the repository")
    return folder


@frozen
class Copy:
    """A log into which lines are imported, each given as what its JSON says."""

    log: ActivityLog

    def imported(self, *lines: Any) -> ImportReport:
        return import_jsonl(self.log.storage, [json.dumps(line).encode() for line in lines])

    def refused(self, *lines: Any) -> str:
        """Return why the last line cannot be imported."""
        with pytest.raises(errors.InvalidInput) as error:
            self.imported(*lines)
        message, prefix = str(error.value), f"line {len(lines)}: is none of an export: "
        assert message.startswith(prefix)
        assert "secret" not in message
        return message.removeprefix(prefix)

    def entries(self) -> list[Any]:
        """Return the lines of the entries that are there."""
        file = io.BytesIO()
        export_jsonl(self.log.storage, file)
        lines = [json.loads(line) for line in file.getvalue().splitlines()]
        return [line for line in lines if "entry" in line]


@pytest.fixture
def copy(log: ActivityLog) -> Copy:
    return Copy(log)


@pytest.fixture(scope="session")
def exported() -> list[Any]:
    log = ActivityLog("memory://", types=TypeRegistry(standard.types), actor=Actor.user(3, "Lea"))
    with scope(tenant="south", context=Context(origin="web")):
        log.record("note", Ref("contact", 1))
        call = log.record("call", Ref("contact", 42, "Kim"), note="A quote", idempotency_key="call:1")
        log.edit(call, note="Two quotes")
    return Copy(log).entries()


@pytest.fixture
def good(exported: list[Any]) -> Any:
    """The line of a note."""
    return json.loads(json.dumps(exported[0]))


@pytest.fixture
def call(exported: list[Any]) -> Any:
    """The line of a call that was edited."""
    return json.loads(json.dumps(exported[1]))
