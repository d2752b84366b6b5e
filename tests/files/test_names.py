"""Names are shown as they were given, and made safe for disks and headers."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activitylog import Attachment
from activitylog.attachments.names import safe_filename
from activitylog.errors import InvalidInput

DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\s*(\.|$)", re.IGNORECASE)


@given(
    st.text(max_size=400)
    | st.lists(st.sampled_from(["..", ".", "/", "\\", "CON", "ß", " ", ":", "a" * 99])).map("".join)
)
@example("../../etc/passwd")
@example("CON")
@example("con .tar.gz")
@example("ö" * 300 + ".pdf")
@example("x" * 149 + "..........")
@example("A\u030a" * 100)
@example("..")
@example("")
def test_any_name_is_made_safe(name: str):
    safe = safe_filename(name)
    assert 0 < len(safe.encode(errors="surrogatepass")) <= 150
    assert not set(safe) & set('/\\<>:"|?*\0')
    assert not {unicodedata.category(c) for c in safe} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert not DEVICE.match(safe)
    assert safe_filename(safe) == safe


@pytest.mark.parametrize(
    ("name", "filename"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\kim\\Rechnung Nr. 7.pdf", "Rechnung Nr. 7.pdf"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        (".htaccess", "htaccess"),
        ("folder/", "folder"),
        ("a<b>:c?.txt", "a_b__c_.txt"),
        ("gpj.\u202eexe", "gpj._exe"),
        ("請求書.pdf", "請求書.pdf"),
        ("a" * 300, "a" * 150),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
    ],
)
def test_a_name_is_kept_as_given_and_has_a_safe_one(name: str, filename: str):
    attachment = Attachment(b"", name=name)
    assert (attachment.name, attachment.filename) == (name, filename)


@pytest.mark.parametrize("name", ["a\0b", "a" * 501, "ö" * 251, "\ud800", 7])
def test_a_name_that_cannot_be_kept_is_named(name: str):
    with pytest.raises(InvalidInput) as caught:
        Attachment(b"", name=name)
    assert caught.value.field == "name"


@pytest.mark.parametrize(
    ("name", "given_type", "known"),
    [
        ("x.pdf", "", "application/pdf"),
        ("x", "", "application/octet-stream"),
        ("", "", "application/octet-stream"),
        ("x.pdf", "Image/PNG", "image/png"),
    ],
)
def test_the_media_type_is_the_given_one_or_guessed(name: str, given_type: str, known: str):
    assert Attachment(b"", name=name, media_type=given_type).media_type == known


@pytest.mark.parametrize("media_type", ["pdf", "a/b/c", "text/plain; charset=utf-8", "a/" + "b" * 200, 7])
def test_a_malformed_media_type_is_named(media_type: str):
    with pytest.raises(InvalidInput) as caught:
        Attachment(b"", media_type=media_type)
    assert caught.value.field == "media_type"


def test_what_has_no_name_is_called_file(tmp_path: Path):
    (tmp_path / "x.pdf").write_bytes(b"")
    with (tmp_path / "x.pdf").open("rb") as stream:
        assert Attachment(stream).name == "x.pdf"
    assert Attachment(tmp_path / "x.pdf").name == "x.pdf"
    assert Attachment(str(tmp_path / "x.pdf"), name="../y").name == "../y"
    assert Attachment(b"").name == "file"
