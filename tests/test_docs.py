"""The code in the guides runs: each page as one program, or as a project where its blocks name their files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = [DOCS / "getting-started.md", *sorted((DOCS / "guide").glob("*.md"))]
CHECKS = sorted((Path(__file__).parent / "guides").glob("*.py"))
BLOCK = re.compile(r'^```\w+ title="(\S+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)


def program(page: Path) -> str:
    return "\n".join(re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("page", [page for page in PAGES if program(page)], ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text(program(page))
    finished = subprocess.run([sys.executable, "-W", "error", file], cwd=tmp_path, capture_output=True, text=True)
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize("checks", CHECKS, ids=lambda checks: checks.stem)
def test_the_blocks_of_a_page_make_a_django_project(checks: Path, tmp_path: Path) -> None:
    """Each block is appended to the file that it names, as a reader does who begins with a new project."""

    def manage(*commands: str, settings: str = "shop.settings") -> None:
        program = "from django.core.management import execute_from_command_line as execute\n"
        program += "".join(f"execute('manage.py {each}'.split())\n" for each in commands)
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings}
        command = [sys.executable, "-W", "error", "-c", program]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    manage("startproject shop .", "startapp crm", settings="")
    blocks = BLOCK.findall((DOCS / "guide" / f"{checks.stem}.md").read_text())
    for name, code in blocks:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as opened:
            opened.write(f"\n{code}")
    shutil.copy(checks, tmp_path / "crm" / "test_guide.py")
    manage("makemigrations crm", "migrate", "check --database default --fail-level WARNING", "test")


@pytest.mark.parametrize(
    "page", ["django", "django-existing", "flask", "middleware", "timeline-component", "track-changes"]
)
def test_a_page_of_the_adapters_has_no_code_that_nothing_runs(page: str) -> None:
    text = (DOCS / "guide" / f"{page}.md").read_text()
    openings = re.findall(r"^```(.*)$", text, re.MULTILINE)[::2]
    assert [each for each in openings if not re.fullmatch(r'python|css|sh|\w+ title="\S+"', each)] == []
