"""What can be attached: paths, bytes, streams, and the upload objects of werkzeug and Django."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage

from activitylog import ActivityLog, Attachment
from activitylog.errors import InvalidInput

MANY = b"0123456789" * 250_000


@pytest.fixture
def log(open_log: Any) -> ActivityLog:
    return open_log("memory://")


def kept(log: ActivityLog, attachment: Attachment) -> tuple[str, str, bytes]:
    entry = log.record("call", "contact:1", attachments=[attachment])
    [found] = entry.attachments
    with log.files.open(entry, found) as file:
        return found.name, found.media_type, file.read()


@pytest.mark.parametrize("content", [b"", b"x", MANY])
def test_bytes_streams_and_paths(log: ActivityLog, tmp_path: Path, content: bytes):
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    for given in (path, str(path)):
        assert kept(log, Attachment(given)) == ("report.pdf", "application/pdf", content)
    for given in (content, bytearray(content), memoryview(content), io.BytesIO(content)):
        assert kept(log, Attachment(given, name="x.txt")) == ("x.txt", "text/plain", content)
    with path.open("rb") as stream:
        assert kept(log, Attachment(stream)) == ("report.pdf", "application/pdf", content)


def test_a_stream_is_read_from_where_it_stands(log: ActivityLog):
    stream = io.BytesIO(b"head and body")
    stream.seek(5)
    assert kept(log, Attachment(stream))[2] == b"and body"


def test_an_upload_of_werkzeug(log: ActivityLog):
    upload = FileStorage(io.BytesIO(MANY), filename="../Angebot.pdf", name="field", content_type="Image/PNG; q=1")
    assert upload.read(5) == MANY[:5], "the host has looked at its beginning"
    assert kept(log, Attachment(upload)) == ("../Angebot.pdf", "image/png", MANY)
    assert kept(log, Attachment(FileStorage(io.BytesIO(b"x"), name="field")))[0] == "file"
    garbage = FileStorage(io.BytesIO(b"x"), filename="x.txt", content_type="<script>")
    assert kept(log, Attachment(garbage))[1] == "text/plain"


def test_an_upload_of_django():
    program = """
from django.conf import settings
settings.configure()
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from activitylog import ActivityLog, Actor, Attachment, TypeRegistry
types = TypeRegistry()
types.define("call")
log = ActivityLog("memory://", types=types, actor=Actor.system("test"))
many = b"0123456789" * 250_000
large = TemporaryUploadedFile("Angebot.pdf", "application/pdf", len(many), None)
large.write(many)
large.flush()
for upload, content in ((SimpleUploadedFile("x.txt", b"small", "text/plain"), b"small"), (large, many)):
    entry = log.record("call", "contact:1", attachments=[Attachment(upload)])
    [kept] = entry.attachments
    assert (kept.name, kept.media_type) == (upload.name, upload.content_type), kept
    with log.files.open(entry, kept) as file:
        assert file.read() == content
    upload.close()
"""
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


class Asynchronous:
    filename = "x"

    async def read(self, size: int = -1) -> bytes:
        return b"x"


class NonBlocking(io.RawIOBase):
    def read(self, size: int = -1) -> Any:
        return None


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (io.StringIO("text"), "text stream"),
        (io.StringIO(""), "text stream"),
        (Asynchronous(), "upload.file"),
        (NonBlocking(), "it gives NoneType"),
        ("no-such-file", "there is no file at this path"),
        (Path(), "there is no file at this path"),
    ],
    ids=["text", "empty text", "asynchronous", "non-blocking", "no file", "folder"],
)
def test_what_gives_no_bytes_is_an_error_when_it_is_recorded(log: ActivityLog, file: Any, said: str):
    attachment = Attachment(file, name="x")
    with pytest.raises(InvalidInput, match=said) as caught:
        log.record("call", "contact:1", attachments=[attachment])
    assert caught.value.field == "file"
    assert not log.everything().exists()


@pytest.mark.parametrize("file", [None, 7, [b"x"], object()], ids=lambda each: type(each).__name__)
def test_what_cannot_be_read_at_all_is_an_error_at_once(file: Any):
    with pytest.raises(InvalidInput, match=r"^file: a path, bytes"):
        Attachment(file)


def test_a_path_that_was_not_there_can_be_tried_again(log: ActivityLog, tmp_path: Path):
    attachment = Attachment(tmp_path / "late.txt")
    with pytest.raises(InvalidInput):
        log.record("call", "contact:1", attachments=[attachment])
    (tmp_path / "late.txt").write_bytes(b"late")
    assert kept(log, attachment)[2] == b"late"
