"""Git history into a log."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activitylog import ActivityLog, Actor, Ref, errors
from activitylog.importing import ImportReport, import_git

START = 1_700_000_000


class Repository:
    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, name: str = "Lea Müller", address: str = "Lea@Example.com", at: int = START) -> None:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.path), "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": address, f"GIT_{role}_DATE": f"{at} +0100"}
        subprocess.run(["git", *arguments], cwd=self.path, env=environment, check=True, capture_output=True)

    def commit(self, message: str, *files: str, **who: object) -> None:
        for file in files:
            target = self.path / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(f"{message}\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, **who)


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "shop")
    repository.commit("Begin\n\nwith a reason", "README", "src/a/one", "docs/ü page")
    repository.commit("Go on", "src/two", name="Jo", address="jo@example.com", at=START + 60)
    return repository


def test_commits_become_activities(log: ActivityLog, shop: Repository) -> None:
    assert import_git(log, shop.path) == ImportReport(recorded=2)
    second, first = log.timeline("repository:shop")
    assert first.subjects == (Ref("repository", "shop"), Ref("folder", "shop/docs"), Ref("folder", "shop/src"))
    assert first.actor == Actor.user(Ref("address", "lea@example.com"))
    assert first.actor.label == "Lea Müller"
    assert first.occurred_at == datetime.fromtimestamp(START, UTC)
    assert (first.title, first.data.message) == ("Begin", "Begin\n\nwith a reason")
    assert (first.data.files, first.data.added, first.data.removed) == (3, 9, 0)
    assert first.data.committed_at == datetime.fromtimestamp(START, UTC)
    assert second.data.parents == (first.data.hash,)
    assert second.source == Ref("commit", second.data.hash)
    assert log.timeline("folder:shop/src").count() == 2


def test_a_second_import_adds_what_is_new(log: ActivityLog, shop: Repository) -> None:
    import_git(log, shop.path)
    shop.commit("More", "src/three")
    assert import_git(log, shop.path / "src") == ImportReport(recorded=1, known=2)


def test_a_clone_of_another_name_adds_nothing(log: ActivityLog, shop: Repository, tmp_path: Path) -> None:
    import_git(log, shop.path)
    shop.git("clone", "--quiet", "--bare", ".", str(tmp_path / "copy.git"))
    assert import_git(log, tmp_path / "copy.git") == ImportReport(known=2)


def test_the_name_of_a_bare_repository_and_a_given_name(log: ActivityLog, shop: Repository, tmp_path: Path) -> None:
    shop.git("clone", "--quiet", "--bare", ".", str(tmp_path / "copy.git"))
    import_git(log, tmp_path / "copy.git")
    assert log.timeline("repository:copy").count() == 2
    shop.commit("More", "src/three")
    import_git(log, shop.path, name="named")
    assert log.timeline("repository:named").count() == 1


def test_merges_deletions_renames_and_empty_commits(log: ActivityLog, shop: Repository) -> None:
    shop.git("checkout", "--quiet", "-b", "side")
    shop.commit("On the side", "side/one", at=START + 120)
    shop.git("checkout", "--quiet", "main")
    shop.git("mv", "src/two", "moved")
    shop.commit("Move", at=START + 180)
    shop.git("rm", "--quiet", "docs/ü page")
    shop.commit("Delete", at=START + 240)
    shop.commit("Nothing", at=START + 300)
    shop.git("merge", "--quiet", "--message", "Merge", "side", at=START + 360)
    assert import_git(log, shop.path) == ImportReport(recorded=7)
    found = {activity.title: activity for activity in log.timeline("repository:shop")}
    subjects = {
        title: [ref.label for ref in activity.subjects if ref.kind == "folder"] for title, activity in found.items()
    }
    assert subjects == {
        "Begin": ["docs", "src"],
        "Go on": ["src"],
        "On the side": ["side"],
        "Move": ["src"],
        "Delete": ["docs"],
        "Nothing": [],
        "Merge": [],
    }
    assert len(found["Merge"].data.parents) == 2


def test_odd_messages_names_and_times(log: ActivityLog, shop: Repository) -> None:
    shop.commit("\x01commit\n\n\x1f 1\t2\tno file\n\tü", "odd\tname\nfile/one", at=4_000_000_000)
    shop.commit("ü" * 400, at=START)
    assert numbers(import_git(log, shop.path)) == (4, 0, 0)
    odd = log.timeline("folder:shop/odd\tname\nfile").first()
    assert odd.title == "\x01commit"
    assert odd.data.files == 1
    assert odd.data.committed_at == datetime.fromtimestamp(4_000_000_000, UTC)
    long = log.everything().filter(search="ü" * 40).first()
    assert len(long.title.encode()) == 499
    assert long.data.message == "ü" * 400


def test_a_message_in_another_encoding(log: ActivityLog, shop: Repository) -> None:
    (shop.path / "message").write_bytes("Grüße".encode("latin-1"))
    shop.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "--quiet", "--allow-empty", "--file=message")
    import_git(log, shop.path)
    assert "Grüße" in {activity.title for activity in log.everything()}


def test_a_log_without_the_type_says_so(shop: Repository) -> None:
    with pytest.raises(errors.UnknownType, match=r"commit\.made"):
        import_git(ActivityLog("memory://"), shop.path)


def test_an_empty_repository(log: ActivityLog, tmp_path: Path) -> None:
    assert import_git(log, Repository(tmp_path / "empty").path) == ImportReport()


def test_no_repository_is_an_error_that_says_what_git_says(log: ActivityLog, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(errors.InvalidInput, match="path: git cannot read it: fatal"):
            import_git(log, path)


def test_without_git_the_error_names_it(log: ActivityLog, shop: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(errors.InvalidInput, match="git is not installed"):
        import_git(log, shop.path)


def test_within_a_git_hook_it_reads_the_repository_that_is_named(
    log: ActivityLog, shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert import_git(log, shop.path).recorded == 2


def numbers(report: ImportReport) -> tuple[int, int, int]:
    return report.recorded, report.known, len(report.unreadable)
