"""The commands of the benchmarks at scale, at a size that is none: that they work, not how fast."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = """# Scale
<!-- reads sqlite -->
<!-- end -->
<!-- bytes sqlite -->
<!-- end -->
<!-- indexes sqlite -->
<!-- end -->
"""


def test_a_log_is_loaded_and_measured_and_its_indexes_weighed(tmp_path: Path) -> None:
    page = tmp_path / "scale.md"
    page.write_text(PAGE)
    given = ["--stores=sqlite", "--entries=1000", "--rounds=1", f"--page={page}"]
    given += [f"--folder={tmp_path}", f"--results={tmp_path}"]
    program = f"from benchmarks.scale.__main__ import main; main({given}); main([*{given}, '--indexes'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)
    found = json.loads((tmp_path / "scale/sqlite.json").read_text())
    measured = found["sizes"]["1000"]
    assert measured["loaded"] == 1_000
    assert all(median > 0 for times in measured["reads"].values() for median, _, _ in times.values())
    assert measured["bytes"].keys() >= {"activitylog_entries", "activitylog_links", "activitylog_entries_occurred"}
    weighed = {"actor", "arrival", "assignee", "batch", "conversation", "key", "time"}
    assert found["indexes"].keys() >= weighed
    written = page.read_text()
    assert "| newest 20 of the largest customer | **" in written
    assert all(f"| **{index}** |" in written for index in weighed)
