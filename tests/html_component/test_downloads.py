"""Files as a browser gets them: to keep, and never to run."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from activitylog import ActivityLog, Attachment, Ref, scope
from html_component.browser import Browser


def link(lea: Browser) -> str:
    return lea.page().one(_class="al-files").one("a")["href"]


def test_a_file_comes_part_by_part_to_be_kept(lea: Browser, log: ActivityLog, kim: Ref):
    content = bytes(range(256)) * 1000
    log.record("note", kim, attachments=[Attachment(content, name='Ängste "und" Träume;\r\n.pdf')])
    answer = lea.ask(link(lea))
    parts = list(answer.body)
    assert (b"".join(parts), len(parts) > 1) == (content, True)
    assert (answer.status, answer.media_type) == (200, "application/pdf")
    assert answer.headers == {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": 'attachment; filename="_ngste _und_ Tr_ume___.pdf"; '
        "filename*=UTF-8''%C3%84ngste%20_und_%20Tr%C3%A4ume___.pdf",
        "Content-Length": "256000",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/xml", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("text/plain", "text/plain"),
        ("image/png", "image/png"),
    ],
)
def test_only_media_types_that_no_browser_runs_are_told(
    lea: Browser, log: ActivityLog, kim: Ref, given: str, told: str
):
    log.record("note", kim, attachments=[Attachment(b"<script>", name="x", media_type=given)])
    answer = lea.ask(link(lea))
    assert answer.media_type == told
    answer.body.close()


def test_a_download_that_breaks_off_gives_the_file_back(lea: Browser, log: ActivityLog, kim: Ref):
    log.record("note", kim, attachments=[Attachment(b"x" * 1_000_000, name="x")])
    answer = lea.ask(link(lea))
    parts = iter(answer.body)
    next(parts)
    answer.body.close()
    with pytest.raises(ValueError, match="closed"):
        next(parts)
    unused = lea.ask(link(lea))
    unused.body.close()


def test_a_file_that_is_not_for_the_viewer_is_not_there(lea: Browser, log: ActivityLog, kim: Ref):
    hidden = log.record("note", kim, readers="user:9", attachments=[Attachment(b"x", name="x")])
    gone = log.delete(log.record("note", kim, attachments=[Attachment(b"x", name="x")]))
    salary = log.record("salary", kim, attachments=[Attachment(b"x", name="x")])
    seen = log.record("note", kim, attachments=[Attachment(b"x", name="x")])
    with scope(tenant="other"):
        other = log.record("note", kim, attachments=[Attachment(b"x", name="x")])
    for entry in (hidden, gone, salary, other):
        assert lea.ask(lea.url(rest=f"files/{entry.id}/{entry.attachments[0].id}")).status == 404
    for rest in (
        f"files/{seen.id}/{hidden.attachments[0].id}",
        f"files/{seen.id}/{uuid4()}",
        f"files/{uuid4()}/{seen.attachments[0].id}",
        f"files/{seen.id}/..",
        f"files/{seen.id}/{seen.attachments[0].id}/x",
        f"files/{str(seen.id).upper()}X/{seen.attachments[0].id}",
    ):
        assert lea.ask(lea.url(rest=rest)).status == 404


def test_a_file_that_is_lost_is_no_error_of_the_page(lea: Browser, log: ActivityLog, kim: Ref, tmp_path: Path):
    log.record("note", kim, attachments=[Attachment(b"x", name="x")])
    url = link(lea)
    for file in (tmp_path / "files").rglob("*"):
        if file.is_file():
            file.unlink()
    assert lea.ask(url).status == 503
