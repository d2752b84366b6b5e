"""The history of a git repository into a log."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, cast

from attrs import frozen

from activitylog.actors import Actor
from activitylog.draft import Draft
from activitylog.errors import InvalidInput
from activitylog.importing.recording import Found, Progress, record_all, require_types
from activitylog.importing.report import ImportReport
from activitylog.limits import LABEL, NOTE, SUBJECTS_MAX, shortened
from activitylog.log import ActivityLog
from activitylog.mail.text import decoded, identifier
from activitylog.refs import Ref
from activitylog.standard.development import CommitMade

__all__ = ["import_git"]

_BEGIN: Final = b"\x01commit"
_FIELDS: Final = ("%H", "%P", "%at", "%aE", "%aN", "%ct", "%cE", "%B")
_LOG: Final = (
    *("-c", "i18n.logOutputEncoding=UTF-8", "-c", "log.showSignature=false", "log", "--reverse", "-z"),
    *("--numstat", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"),
    f"--format=%x01commit%x00{'%x00'.join(_FIELDS)}%x00",
)


def import_git(log: ActivityLog, path: str | Path, *, name: str = "", progress: Progress | None = None) -> ImportReport:
    """Record the commits that lead to the repository's present one, oldest first; a second import adds only new ones.

    The author is the actor (a ref of kind ``address``), the subjects are the repository (``repository:<name>``) and
    the folders at its top in which files changed (``folder:<name>/<folder>``). A commit is known by its hash, in
    whichever repository. The log needs the type ``commit.made`` of ``activitylog.standard``.

    Args:
        log: where to.
        path: the repository, or a folder in it.
        name: the repository's, by default that of its folder.
        progress: is told after each batch how many commits were looked at.

    Raises:
        InvalidInput: there is no repository, or git is not installed or fails; says what git says.
        UnknownType: the log does not have the type.
        StorageError: the store failed; what was recorded before stays, repeat the import.
    """
    require_types(log, "commit.made")
    directory = Path(path, _answer(path, "rev-parse", "--git-common-dir")).resolve()
    folder = directory.parent if directory.name == ".git" else directory
    repository = Ref("repository", name or folder.name.removesuffix(".git"))
    if not _answer(path, "rev-list", "--max-count=1", "--all"):
        return ImportReport()
    return record_all(log, _found(path, repository), progress)


@frozen
class _Commit:
    changed: list[tuple[str, str, str]]
    hash: str
    parents: str
    authored: str
    author_address: str
    author_name: str
    committed: str
    committer_address: str
    message: str


def _found(path: str | Path, repository: Ref) -> Iterator[Found]:
    with _git(path, *_LOG) as output:
        for commit in _commits(_tokens(output)):
            yield commit.hash, _draft(commit, repository)


def _draft(commit: _Commit, repository: Ref) -> Draft:
    message = commit.message.strip()
    tops = {file.partition("/")[0] for _, _, file in commit.changed if "/" in file}
    folders = [_folder(repository, top) for top in sorted(tops)]
    address = commit.author_address.lower() or commit.author_name or "unknown"
    authored, committed = _moment(commit.authored), _moment(commit.committed)
    data = CommitMade(
        hash=commit.hash,
        parents=tuple(commit.parents.split()),
        message=shortened(message, NOTE),
        committed_at=committed,
        committer=shortened(commit.committer_address, LABEL),
        files=len(commit.changed),
        added=sum(_lines(added) for added, _, _ in commit.changed),
        removed=sum(_lines(removed) for _, removed, _ in commit.changed),
    )
    return Draft(
        data,
        repository,
        *folders[: SUBJECTS_MAX - 1],
        title=shortened(message.partition("\n")[0], LABEL),
        occurred_at=_past(authored) or _past(committed),
        actor=Actor.user(Ref("address", identifier(address), shortened(commit.author_name, LABEL))),
        source=Ref("commit", commit.hash),
        idempotency_key=f"commit:{commit.hash}",
        on_repeat="first",
    )


def _folder(repository: Ref, top: str) -> Ref:
    return Ref("folder", identifier(f"{repository.id}/{top}"), shortened(top, LABEL))


def _lines(count: str) -> int:
    return int(count) if count.isdigit() else 0  # a binary file has "-"


def _moment(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _past(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment < datetime.now(UTC) + timedelta(days=1) else None


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(65536):
        *complete, rest = (rest + chunk).split(b"\0")
        yield from complete
    yield rest


def _commits(tokens: Iterator[bytes]) -> Iterator[_Commit]:
    fields: list[str] = []
    changed: list[tuple[str, str, str]] = []
    for token in tokens:
        if token == _BEGIN:
            if fields:
                yield _Commit(changed, *fields)
            fields, changed = [decoded(next(tokens)) for _ in _FIELDS], []
        elif token.count(b"\t") > 1:
            added, removed, file = decoded(token.lstrip(b"\n")).split("\t", 2)
            changed.append((added, removed, file))
    if fields:
        yield _Commit(changed, *fields)


def _answer(path: str | Path, *arguments: str) -> str:
    with _git(path, *arguments) as output:
        return os.fsdecode(output.read()).strip()


@contextmanager
def _git(path: str | Path, *arguments: str) -> Iterator[IO[bytes]]:
    """Give what git writes; an error where it fails. What it complains of goes to a file, for a pipe may fill up."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}  # a hook's
    command = ["git", "-C", str(path), *arguments]
    with TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(  # noqa: S603 -- no shell; the path is an argument of -C
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, env=environment
            )
        except FileNotFoundError:
            raise InvalidInput("path", "the program git is not installed: it reads the repository") from None
        with process:
            yield cast("IO[bytes]", process.stdout)
            failed = process.wait()
        if failed:
            complaints.seek(0)
            said = " ".join(decoded(complaints.read()).split())
            raise InvalidInput("path", f"git cannot read it: {said or failed}")
