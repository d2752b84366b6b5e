"""What was measured, as files: one of each store, in which each size says when and of which commit it was measured."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "keep", "kept", "stamp"]

FOLDER = Path(__file__).parents[1] / "results"


def stamp() -> dict[str, str]:
    """Return the day and the commit."""
    command = ["git", "-C", str(FOLDER.parent), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {"measured": datetime.now(UTC).date().isoformat(), "commit": done.stdout.strip()}


def kept(what: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Return the results of that name, such as ``scale/sqlite``; empty where there are none."""
    file = folder / f"{what}.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found


def keep(what: str, part: str, key: str, found: dict[str, Any], folder: Path = FOLDER) -> None:
    """Put results in the place of earlier ones of the same part and key, such as ``sizes`` and ``10000``."""
    file = folder / f"{what}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    results = kept(what, folder)
    results.setdefault(part, {})[key] = {**stamp(), **found}
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
