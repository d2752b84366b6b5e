from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from activitylog import ActivityLog, TypeRegistry, standard


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
