"""A log on each store as the five products of the scenarios would have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from activitylog import Actor, Ref, Status, TypeRegistry, standard

LEA, TOM = Actor.user(3, "Lea Müller"), Actor.user(4, "Tom Ernst")


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry(standard.types)
    registry.define(
        "account.status",
        category="account",
        of_subject=True,
        statuses={
            "active": Status({"en": "Active", "de": "Aktiv"}, to=("blocked", "deactivated")),
            "blocked": Status({"en": "Blocked", "de": "Gesperrt"}, to=("active", "deactivated")),
            "deactivated": Status({"en": "Deactivated", "de": "Deaktiviert"}, to="active"),
        },
        label={"en": "Account status", "de": "Kontostatus"},
        summary={"en": "Account: {status}", "de": "Konto: {status}"},
    )
    return registry


@pytest.fixture
def log_options(tmp_path: Path) -> dict[str, Any]:
    return {"actor": LEA, "files": tmp_path / "files"}


@pytest.fixture
def kim() -> Ref:
    return Ref("person", 42, "Kim Weber")


@pytest.fixture
def contacts() -> list[Ref]:
    return [Ref("contact", number, f"Contact {number}") for number in range(12)]
