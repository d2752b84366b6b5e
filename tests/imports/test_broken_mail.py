"""Whatever a message is made of, it becomes a draft that can be recorded."""

from __future__ import annotations

import email
import email.policy
from email.message import Message
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activitylog import ActivityLog, TypeRegistry, standard
from activitylog.mail import draft_from
from effort import effort

HEADERS = (
    *(b"From", b"To", b"Cc", b"Subject", b"Date", b"Message-ID", b"References", b"Received", b"Auto-Submitted"),
    *(b"Content-Type", b"Content-Transfer-Encoding", b"X-Failed-Recipients", b"Return-Path"),
)
PIECES = st.sampled_from(
    [
        *(
            b"=?utf-8?b?",
            b"=?x?q?",
            b"?=",
            b"<",
            b">",
            b'"',
            b"(",
            b"\\",
            b",",
            b";",
            b":",
            b"@",
            b"\0",
            b"\xff\xfe",
            b"\x1b$B",
        ),
        *(
            b"multipart/mixed; boundary=b",
            b"text/plain; charset=",
            b"utf-7",
            b"hex",
            b"message/rfc822",
            b"base64",
            b"\r",
        ),
        *(
            b"text/html; charset*=utf-8''%ff",
            b"multipart/report; report-type=delivery-status",
            b"x-uuencode",
            b" ",
            b"\n ",
        ),
        *(b"Mon, 1 Jan 1 00:00:00 +9999", b"Fri, 31 Dec 9999 23:59:59 -2359", b"99999999999999999999", b"\xed\xa0\x80"),
    ]
)
VALUES = st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=8).map(b"".join)
MESSAGES = st.builds(
    lambda headers, body: b"".join(name + b": " + value + b"\n" for name, value in headers) + b"\n" + body,
    st.lists(st.tuples(st.sampled_from(HEADERS), VALUES), max_size=8),
    st.lists(st.one_of(PIECES, st.sampled_from([b"--b\n", b"\n--b--\n", b"\n\n"]), st.binary(max_size=40))).map(
        b"".join
    ),
)


def recorded(message: bytes | Message) -> None:
    log = ActivityLog("memory://", types=TypeRegistry(standard.types))
    activity = log.record(draft_from(message, own="me@example.com"))
    assert log.timeline(*activity.subjects[:100]).count() == 1


@settings(max_examples=effort(300, least=50), deadline=None)
@given(MESSAGES)
@example(b"")
@example(b"\n")
@example(b"\0\0\0")
def test_any_bytes(raw: bytes) -> None:
    recorded(raw)
    recorded(email.message_from_bytes(raw))
    recorded(email.message_from_bytes(raw, policy=email.policy.default))


def test_mutations_of_real_mail(sample_mails: Path) -> None:
    random = Random(2026)
    for file in sorted(sample_mails.glob("*.eml")):
        original = file.read_bytes()[:8_000]
        for _ in range(4):
            raw = bytearray(original)
            for _ in range(random.randint(1, 40)):
                raw[random.randrange(len(raw))] = random.randrange(256)
            recorded(bytes(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3_000)),
        b"Content-Type: message/rfc822\n\n" * 3_000,
        b"To: " + b'"' * 50_000 + b"\n\n",
        b"To: " + b'\\"' * 50_000 + b"\n\n",
        b"To: " + b"(" * 50_000 + b"\n\n",
        b"To: " + b"<" * 50_000 + b"\n\n",
        b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\n\n",
        b"References: " + b"<" * 50_000 + b"\n\n",
        b"Content-Type: text/html\n\n" + b"<!--" * 50_000,
        b"Content-Type: text/html\n\n" + b"<style>" * 50_000,
    ],
    ids=[
        "multiparts",
        "messages",
        "quotes",
        "escapes",
        "parentheses",
        "brackets",
        "words",
        "ids",
        "comments",
        "styles",
    ],
)
def test_nesting_and_repetition_without_end(raw: bytes) -> None:
    recorded(raw)
