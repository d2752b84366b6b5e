"""Where contents can lie: in a folder, in memory, on an S3 server; and what is said where they cannot."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activitylog import ActivityLog, Attachment, FileStore
from activitylog.errors import InvalidInput, StorageError, StorageUnavailable
from servers.s3 import KEYS

LARGE = os.urandom(3_000_000) * 4 + b"the end"


def test_all_operations(placed_log: ActivityLog, clock: Any):
    log = placed_log
    entry = log.record(
        "call", "contact:1", attachments=[Attachment(LARGE, name="large"), Attachment(b"", name="empty")]
    )
    large, empty = entry.attachments
    with log.files.open(entry, large) as file, log.files.open(entry, large) as other:
        assert file.read(10) == other.read(10) == LARGE[:10]
        assert file.seek(-3, io.SEEK_END) == len(LARGE) - 3
        assert file.read() == b"end"
        assert (file.seek(5_000_000), file.read(7), file.tell()) == (5_000_000, LARGE[5_000_000:5_000_007], 5_000_007)
        assert other.read() == LARGE[10:]
        assert file.readable()
        assert not file.writable()
    with log.files.open(entry, empty) as file:
        assert file.read() == b""
    again = log.files.add(log.record("call", "contact:2"), io.BytesIO(LARGE))
    assert again.sha256 == large.sha256
    log.files.remove(entry, large)
    with log.files.open(log.timeline("contact:2").first(), again) as file:
        assert file.read() == LARGE
    log.files.remove(log.timeline("contact:2").first(), again)
    log.files.remove(entry, empty)
    with pytest.raises(StorageError, match="not there"):
        log._contents.of("default").open(large)
    clock.ahead = timedelta(hours=2)
    assert log.files.sweep() == 0


def test_a_content_that_goes_while_it_is_read_is_an_error_of_ours(placed_log: ActivityLog):
    entry = placed_log.record("call", "contact:1", attachments=[Attachment(LARGE)])
    with placed_log.files.open(entry, entry.attachments[0]) as file:
        file.read(10)
        placed_log.files.remove(entry, entry.attachments[0])
        with pytest.raises(StorageError, match="gone"):
            file.read()


def test_logs_in_memory_have_places_of_their_own(open_log: Callable[..., ActivityLog]):
    one, other = open_log("memory://"), open_log("memory://")
    entry = one.record("call", "contact:1", attachments=[Attachment(b"x")])
    with one.files.open(entry, entry.attachments[0]) as file:
        assert file.read() == b"x"
    with pytest.raises(StorageError):
        other._contents.of("default").open(entry.attachments[0])


def test_without_a_place_it_is_a_folder_in_the_working_directory(
    open_log: Callable[..., ActivityLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    log = open_log("sqlite:///crm.db")
    log.record("call", "contact:1")
    assert not Path("activitylog-files").exists()
    log.record("call", "contact:1", attachments=[Attachment(b"x")])
    assert Path("activitylog-files").is_dir()


@pytest.mark.parametrize("shown", [str, Path, lambda path: f"file://{path}"], ids=["text", "path", "URL"])
def test_a_folder_is_named_in_any_way(
    open_log: Callable[..., ActivityLog], tmp_path: Path, shown: Callable[[Path], Any]
):
    log = open_log("memory://", shown(tmp_path / "Ablage für Kim"))
    entry = log.record("call", "contact:1", attachments=[Attachment(b"x")])
    with log.files.open(entry, entry.attachments[0]) as file:
        assert file.read() == b"x"
    assert (tmp_path / "Ablage für Kim").is_dir()


def test_the_limits_of_a_place(open_log: Callable[..., ActivityLog], folder: Path):
    log = open_log("memory://", FileStore(folder, max_size=2_000_000, media_types=["image/*", "application/pdf"]))
    log.record(
        "call", "contact:1", attachments=[Attachment(b"x" * 2_000_000, name="x.png"), Attachment(b"", name="x.PDF")]
    )
    for file in (b"x" * 2_000_001, io.BytesIO(b"x" * 5_000_000)):
        with pytest.raises(InvalidInput, match=r"file: it is larger than 2,000,000 bytes: FileStore\(max_size"):
            log.record("call", "contact:2", attachments=[Attachment(file, name="x.png")])
    with pytest.raises(InvalidInput, match="media_type: 'text/html' is not taken here; these are: image/"):
        log.record("call", "contact:2", attachments=[Attachment(b"x", name="x.html")])
    assert not log.timeline("contact:2").exists()
    assert sum(path.is_file() for path in folder.rglob("*")) == 2


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("files", {"url": 7}),
        ("files", {"url": ""}),
        ("max_size", {"max_size": 0}),
        ("max_size", {"max_size": True}),
        ("media_types", {"media_types": 7}),
        ("media_types", {"media_types": ["pdf"]}),
    ],
)
def test_a_bad_place_is_named(field: str, fields: dict[str, Any]):
    with pytest.raises(InvalidInput) as caught:
        FileStore(**{"url": "x", **fields})
    assert caught.value.field == field


def test_a_place_that_no_driver_serves_is_an_error_at_once(open_log: Callable[..., ActivityLog]):
    with pytest.raises(InvalidInput, match="files: no driver"):
        open_log("memory://", "nonsense://x")


def test_no_secret_is_shown(open_log: Callable[..., ActivityLog], s3: str):
    place = FileStore("ftp://kim:hush@host/folder", options=KEYS)
    assert repr(place) == "FileStore(url='ftp://***@host/folder', max_size=100000000, media_types=None)"
    missing = FileStore("s3://no-such-bucket/x", options={**KEYS, "endpoint_url": s3})
    with pytest.raises(StorageUnavailable, match="make the bucket") as caught:
        open_log("memory://", missing).record("call", "contact:1", attachments=[Attachment(b"x")])
    assert KEYS["secret"] not in repr(caught.value) + repr(caught.value.__cause__)
    assert len(caught.value.drafts) == 1


def test_a_place_that_cannot_be_used_is_an_error_of_ours(open_log: Callable[..., ActivityLog], tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    log = open_log("memory://", tmp_path / "file")
    with pytest.raises(StorageUnavailable, match="the place of files") as caught:
        log.record("call", "contact:1", attachments=[Attachment(b"x")])
    assert not caught.value.retry
    assert not log.everything().exists()


def test_where_unavailability_is_to_be_logged_it_is(open_log: Callable[..., ActivityLog], tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    log = open_log("memory://", tmp_path / "file", on_unavailable="log")
    assert not log.record("call", "contact:1", attachments=[Attachment(b"x")]).created


@pytest.mark.parametrize(
    ("missing", "files", "said"),
    [
        ("fsspec", "folder", 'MissingExtra: keeping files needs an optional part: pip install "activitylog[files]"'),
        ("s3fs", "s3://crm", "InvalidInput: files: a driver of fsspec is not installed: Install s3fs to access S3"),
    ],
)
def test_what_is_not_installed_is_named(missing: str, files: str, said: str):
    program = (
        f"import sys; sys.modules[{missing!r}] = None; from activitylog import ActivityLog; "
        f"ActivityLog('memory://').close(); ActivityLog('memory://', files={files!r})"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 1
    assert said in ended.stderr.splitlines()[-1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_goes_on_with_its_log(open_log: Callable[..., ActivityLog], s3: str, tmp_path: Path):
    options = {**KEYS, "endpoint_url": s3}
    log = open_log(f"sqlite:///{tmp_path}/crm.db", FileStore(f"s3://crm/{tmp_path.name}", options=options))
    log.record("call", "contact:1", attachments=[Attachment(b"parent")])
    child = os.fork()
    if not child:
        code = 1
        try:
            log.record("call", "contact:2", attachments=[Attachment(b"child")])
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    entry = log.timeline("contact:2").first()
    with log.files.open(entry, entry.attachments[0]) as file:
        assert file.read() == b"child"
