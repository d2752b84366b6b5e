"""What servers report of a message of one's own."""

from __future__ import annotations

from email import message_from_bytes

import pytest

from activitylog import Actor, Ref, scope
from activitylog.errors import InvalidInput
from activitylog.mail import delivery_from, draft_from
from activitylog.standard import MailBounced

OWN = "support@example.com"
RETURNED = f"From: {OWN}\nTo: jo@example.net\nSubject: Order 7\nMessage-ID: <7@example.com>\n"
SENT = Ref("mail", "7@example.com")


def report(
    *recipients: str, returned: str = "text/rfc822-headers", headers: str = "", original: str = RETURNED
) -> bytes:
    groups = "\n".join(f"Final-Recipient: rfc822; jo@example.net\n{recipient}\n" for recipient in recipients)
    return (
        "From: MAILER-DAEMON@mx.example.net\nTo: support@example.com\nSubject: Report\n"
        f"Message-ID: <r1@mx.example.net>\n{headers}"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nYour message\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n{groups}\n"
        f"--b\nContent-Type: {returned}\n\n{original}\n--b--\n"
    ).encode()


FAILED = "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n unknown user"
DELIVERED = "Action: delivered\nStatus: 2.0.0"


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_bounce_says_which_message_failed_and_why(returned):
    found = delivery_from(report(FAILED, returned=returned, original=f"{RETURNED}\nHello\n"))
    assert (found.source, found.status, found.reason) == (SENT, "failed", "smtp; 550 5.1.1 unknown user")


def test_a_delivery_is_reported_where_all_recipients_have_it():
    found = delivery_from(report(DELIVERED, DELIVERED))
    assert (found.source, found.status, found.reason) == (SENT, "delivered", "2.0.0")
    assert delivery_from(report(DELIVERED, FAILED)).status == "failed"


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded"])
def test_what_is_no_end_of_a_delivery_is_none(action):
    assert delivery_from(report(f"Action: {action}\nStatus: 4.4.1")) is None
    assert delivery_from(report(DELIVERED, f"Action: {action}")) is None


def test_without_the_returned_message_the_answered_one_counts():
    found = delivery_from(report(FAILED, headers="In-Reply-To: <7@example.com>\n", original="Subject: nothing\n"))
    assert found.source == SENT
    found = delivery_from(report(FAILED, headers="References: <1@example.com> <7@example.com>\n", original="\n"))
    assert found.source == SENT
    assert delivery_from(report(FAILED, original="Subject: nothing\n")) is None


def test_an_old_bounce_without_a_report_is_read_too():
    message = b"From: a@b.example\nX-Failed-Recipients: jo@example.net\nIn-Reply-To: <7@example.com>\n\ngone\n"
    assert delivery_from(message).status == "failed"


@pytest.mark.parametrize(
    "message",
    [b"", b"From: a@b.example\n\nHello\n", RETURNED.encode(), b"\xff\x00", b"Auto-Submitted: auto-replied\n\n"],
)
def test_other_mail_reports_nothing(message):
    assert delivery_from(message) is None


def test_a_reason_is_cut_to_what_a_comment_holds():
    assert len(delivery_from(report(f"Action: failed\nDiagnostic-Code: smtp; {'x' * 9000}")).reason.encode()) <= 2000


def test_a_report_leads_the_sent_mail_to_its_status(log):
    sent = log.record(draft_from(f"{RETURNED}Date: Sun, 1 Mar 2026 10:30:00 +0100\n\nHello\n".encode(), own=OWN))
    bounce = report(FAILED)
    arrived = log.record(draft_from(bounce, own=OWN))
    assert isinstance(arrived.data, MailBounced)
    found = delivery_from(bounce)
    entry = log.timeline(found.source).filter(types="mail.sent").first()
    with scope(actor=Actor.system("mail server")):
        failed = log.transition(entry, found.status, comment=found.reason)
    assert (failed.id, failed.status) == (sent.id, "failed")
    assert log.history(sent)[-1].comment == "smtp; 550 5.1.1 unknown user"


@pytest.mark.parametrize("message", [None, 5, "From: kim@example.com", []])
def test_a_message_that_is_none(message):
    for read in (delivery_from, lambda one: draft_from(one, own=OWN)):
        with pytest.raises(InvalidInput) as refused:
            read(message)
        assert refused.value.field == "message"


def test_a_report_whose_returned_message_is_empty_says_of_none():
    bounce = message_from_bytes(report(FAILED, returned="message/rfc822"))
    for part in bounce.walk():
        if part.get_content_type() == "message/rfc822":
            part.set_payload([])
    assert delivery_from(bounce) is None
