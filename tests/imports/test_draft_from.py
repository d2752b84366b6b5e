"""What one message becomes."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from activitylog import Actor, Draft, Ref, errors
from activitylog.mail import draft_from
from activitylog.standard import MailAutoReplied, MailBounced, MailReceived, MailSent

OWN = "team@example.com"
FILE_TIME = datetime(2026, 5, 5, 5, 5, tzinfo=UTC)


def message(body: str = "Hello", **headers: str) -> bytes:
    given = {
        "From": "Kim Weber <kim@example.com>",
        "To": OWN,
        "Subject": "Hi",
        "Date": "Sun, 1 Mar 2026 10:30:00 +0100",
    }
    given.update({name.replace("_", "-"): value for name, value in headers.items()})
    return "".join(f"{name}: {value}\n" for name, value in given.items() if value).encode() + f"\n{body}\n".encode()


def drafted(body: str = "Hello", **headers: str) -> Draft:
    return draft_from(message(body, **headers), own=OWN, fallback_at=FILE_TIME)


class TestIncoming:
    def test_it_is_on_the_contacts_it_is_from_and_to(self) -> None:
        draft = drafted(To=f"{OWN}, Jo <jo@example.com>", Cc="KIM@example.com, ann@example.com")
        assert [(ref.id, ref.label) for ref in draft.subjects] == [
            ("kim@example.com", "Kim Weber"),
            ("jo@example.com", "Jo"),
            ("ann@example.com", ""),
        ]
        assert all(ref.kind == "address" for ref in draft.subjects)

    def test_its_type_actor_and_time(self) -> None:
        draft = drafted()
        assert isinstance(draft.what, MailReceived)
        assert draft.actor == Actor.customer(Ref("address", "kim@example.com"))
        assert draft.occurred_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        assert draft.status == ""

    def test_what_it_says(self) -> None:
        draft = drafted("Hello,\n\n  could you\r\nsend it?", Subject="The\n\tquote", Message_ID="<1@example.com>")
        assert draft.title == "The quote"
        assert draft.note == ""
        assert draft.what.snippet == "Hello, could you send it?"
        assert draft.what.message_id == "1@example.com"
        assert draft.what.recipients == (OWN,)
        assert draft.source == Ref("mail", "1@example.com")

    def test_a_parsed_message_gives_the_same(self) -> None:
        raw = message(Subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=", Message_ID="<1@example.com>")
        for policy in (email.policy.compat32, email.policy.default):
            parsed = email.message_from_bytes(raw, policy=policy)
            draft, expected = draft_from(parsed, own=OWN), draft_from(raw, own=OWN)
            assert (draft.what, draft.subjects, draft.title) == (expected.what, expected.subjects, "Grüße")
            assert draft.idempotency_key == expected.idempotency_key

    def test_a_composed_message(self) -> None:
        composed = EmailMessage()
        composed["From"], composed["To"], composed["Subject"] = "Kim <kim@example.com>", OWN, "Grüße"
        composed.set_content("Schöne Grüße")
        draft = draft_from(composed, own=OWN)
        assert (draft.title, draft.what.snippet) == ("Grüße", "Schöne Grüße")


class TestOutgoing:
    def test_mail_of_one_of_the_own_addresses_is_sent(self) -> None:
        raw = message(From="Team <Sales@Example.com>", To="Kim <kim@example.com>")
        draft = draft_from(raw, own=[OWN, "sales@example.com"])
        assert isinstance(draft.what, MailSent)
        assert draft.status == "sent"
        assert draft.actor == Actor.user(Ref("address", "sales@example.com"))
        assert [ref.id for ref in draft.subjects] == ["kim@example.com"]

    def test_mail_among_own_addresses_is_on_these(self) -> None:
        assert [ref.id for ref in drafted(From=OWN, To=OWN).subjects] == [OWN]

    @pytest.mark.parametrize("own", ["", [], [" "], "me", ["me@example.com", "me"]])
    def test_no_own_address_is_an_error(self, own: str | list[str]) -> None:
        with pytest.raises(errors.InvalidInput, match="own"):
            draft_from(message(), own=own)


class TestContacts:
    def test_the_host_knows_whom_an_address_belongs_to(self) -> None:
        asked = []

        def contact(address: str, name: str) -> Ref:
            asked.append((address, name))
            return Ref("contact", 42, name)

        draft = draft_from(message(From="Kim Weber <KIM@example.com>"), own=OWN, contact=contact)
        assert draft.subjects == (Ref("contact", 42),)
        assert draft.actor == Actor.customer(Ref("contact", 42))
        assert asked == [("kim@example.com", "Kim Weber")]

    def test_mail_of_nobody_known_is_on_the_own_addresses(self) -> None:
        draft = draft_from(message(), own=OWN, contact=lambda address, name: None)
        assert draft.subjects == (Ref("address", OWN),)
        assert draft.actor == Actor.customer(Ref("address", "kim@example.com"))

    def test_of_more_than_500_contacts_all_are_kept_in_data(self) -> None:
        draft = drafted(To=", ".join(f"k{number}@example.com" for number in range(600)))
        assert (len(draft.subjects), len(draft.what.recipients)) == (500, 600)

    def test_no_sender_and_no_recipient(self) -> None:
        draft = drafted(From="", To="undisclosed-recipients:;")
        assert draft.subjects == (Ref("address", OWN),)
        assert draft.actor == Actor.anonymous()

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("kim@example.com (Kim Weber)", [("kim@example.com", "Kim Weber")]),
            ('"Weber, Kim" <kim@example.com>, jo@x.org', [("kim@example.com", "Weber, Kim"), ("jo@x.org", "")]),
            ('"=?utf-8?q?M=C3=BCller=2C_Jo?=" <jo@x.org>', [("jo@x.org", "Müller, Jo")]),
            ("=?utf-8?q?M=C3=BCller=2C_Jo?= <jo@x.org>", [("jo@x.org", "Müller, Jo")]),
            ("friends: kim@example.com, jo@x.org;", [("kim@example.com", ""), ("jo@x.org", "")]),
            ("kim@example.com jo", [("kim@example.com", "jo")]),
            ("Kim <kim@example.com", [("kim@example.com", "Kim")]),
            ('"Kim \\"K\\" Weber" <kim@example.com>', [("kim@example.com", 'Kim "K" Weber')]),
            ("MAILER-DAEMON", [("mailer-daemon", "")]),
            ("<>, , ;", []),
        ],
    )
    def test_addresses_as_they_are_written(self, written: str, expected: list[tuple[str, str]]) -> None:
        draft = drafted(From="", To=written)
        assert [(ref.id, ref.label) for ref in draft.subjects] == (expected or [(OWN, "")])


class TestConversation:
    def test_it_is_named_by_the_first_reference(self) -> None:
        draft = drafted(References="<root@x>\n <second@x>", In_Reply_To="<second@x>", Message_ID="<third@x>")
        assert draft.conversation == "root@x"

    def test_else_by_what_it_answers(self) -> None:
        assert drafted(In_Reply_To="Your mail <second@x>", Message_ID="<third@x>").conversation == "second@x"

    def test_else_by_its_own_id(self) -> None:
        assert drafted(Message_ID="<third@x>").conversation == "third@x"

    def test_without_any_id_it_has_none(self) -> None:
        assert drafted().conversation == ""


class TestTime:
    @pytest.mark.parametrize(
        "date", ["Sun, 1 Mar 2026 09:30:00 -0000", "Sun, 1 Mar 2026 09:30:00", "1 Mar 26 09:30 UT"]
    )
    def test_a_date_without_zone_is_utc(self, date: str) -> None:
        assert drafted(Date=date).occurred_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        "date",
        [
            "",
            "yesterday",
            "Sun, 1 Mar 0526 09:30:00 +0100",
            "Fri, 31 Dec 9999 23:59:59 -0800",
            "Sun, 1 Mar 2026 25:61:00 +0100",
            "Sun, 1 Mar 2026 09:30:00 +99999999999999999999",
            pytest.param(format_datetime(datetime.now(UTC) + timedelta(days=3)), id="ahead"),
        ],
    )
    def test_without_a_believable_date_it_is_when_it_was_last_received(self, date: str) -> None:
        last = "from b by c; Mon, 2 Mar 2026 10:00:00 +0000\nReceived: from a by b; Mon, 2 Mar 2026 09:00:00 +0000"
        assert drafted(Date=date, Received=last).occurred_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
        assert drafted(Date=date).occurred_at == FILE_TIME

    def test_a_received_line_without_date_is_passed_over(self) -> None:
        received = "by c with local\nReceived: from a by b; Mon, 2 Mar 2026 09:00:00 +0000"
        assert drafted(Date="", Received=received).occurred_at == datetime(2026, 3, 2, 9, tzinfo=UTC)

    def test_a_date_that_could_not_be_used_is_kept_as_written(self) -> None:
        assert drafted(Date="1 Vendémiaire").what.written_date == "1 Vendémiaire"
        assert drafted(Date="1 Vendémiaire", Received="by c; Mon, 2 Mar 2026 09:00 +0000").what.written_date != ""
        assert drafted().what.written_date == ""

    def test_a_file_of_the_future_is_of_now(self) -> None:
        future = datetime.now(UTC) + timedelta(days=400)
        assert draft_from(message(Date=""), own=OWN, fallback_at=future).occurred_at is None


class TestNature:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Auto_Submitted": "Auto-Replied; owner=x"},
            {"Auto_Submitted": "auto-generated", "In_Reply_To": "<1@x>"},
            {"Precedence": "auto_reply"},
            {"X_Autoreply": "yes"},
        ],
    )
    def test_automatic_replies(self, headers: dict[str, str]) -> None:
        assert isinstance(drafted(**headers).what, MailAutoReplied)

    @pytest.mark.parametrize("headers", [{"Auto_Submitted": "no"}, {"Auto_Submitted": "auto-generated"}, {}])
    def test_no_automatic_replies(self, headers: dict[str, str]) -> None:
        assert isinstance(drafted(**headers).what, MailReceived)

    def test_a_failed_delivery(self) -> None:
        assert isinstance(draft_from(report("failed"), own=OWN).what, MailBounced)
        assert isinstance(drafted(X_Failed_Recipients="kim@example.com").what, MailBounced)

    def test_a_delivery_that_did_not_fail_is_no_bounce(self) -> None:
        assert isinstance(draft_from(report("delivered"), own=OWN).what, MailAutoReplied)


def report(action: str) -> bytes:
    return f"""\
From: MAILER-DAEMON@example.org
To: {OWN}
Subject: Delivery report
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

About your message:
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; example.org

Final-Recipient: rfc822; kim@example.com
Action: {action}
Status: 5.1.1

--b--
""".encode()


class TestKey:
    def test_the_same_message_in_another_wrapping(self) -> None:
        raw = message("Line one\nLine two", Message_ID="<1@x>", Subject="A long subject that is folded")
        folded = raw.replace(b"subject that", b"subject\n that").replace(b"Line one\n", b"Line one  \n") + b"\n\n"
        copies = [raw, raw.replace(b"\n", b"\r\n"), folded, b"Received: by another\n" + raw]
        assert len({draft_from(copy, own=OWN).idempotency_key for copy in copies}) == 1

    def test_the_same_text_in_another_encoding(self) -> None:
        plain = message("Grüße", MIME_Version="1.0", Content_Type="text/plain; charset=utf-8")
        quoted = plain.replace("Grüße\n".encode(), b"Gr=C3=BC=C3=9Fe\n").replace(
            b"MIME-Version", b"Content-Transfer-Encoding: quoted-printable\nMIME-Version"
        )
        assert draft_from(plain, own=OWN).idempotency_key == draft_from(quoted, own=OWN).idempotency_key

    @pytest.mark.parametrize(
        "other",
        [{"Subject": "Ho"}, {"From": "jo@x.org"}, {"Date": "Sun, 1 Mar 2026 10:30:01 +0100"}, {"Message_ID": "<2@x>"}],
    )
    def test_another_message(self, other: dict[str, str]) -> None:
        headers = {"Message_ID": "<1@x>"}
        assert drafted(**headers).idempotency_key != drafted(**{**headers, **other}).idempotency_key

    def test_two_messages_with_one_id(self) -> None:
        one, two = (drafted(body, Message_ID="<1@x>") for body in ("one", "two"))
        assert one.idempotency_key != two.idempotency_key

    def test_the_time_of_the_file_plays_no_part(self) -> None:
        one, two = (
            draft_from(message(Date=""), own=OWN, fallback_at=FILE_TIME + timedelta(days=days)) for days in range(2)
        )
        assert one.idempotency_key == two.idempotency_key
        assert one.on_repeat == "first"


class TestLimits:
    def test_a_long_subject_is_shortened_as_title_and_whole_in_data(self) -> None:
        draft = drafted(Subject="ü" * 400)
        assert draft.title == "ü" * 248 + "…"
        assert draft.what.subject == "ü" * 400

    def test_long_ids_and_addresses_stay_apart(self) -> None:
        ids = [f"<{'i' * 300}{number}@example.com>" for number in range(2)]
        drafts = [drafted(Message_ID=id, From=f"{'a' * 300}{number}@example.com") for number, id in enumerate(ids)]
        assert len({draft.conversation for draft in drafts}) == 2
        assert len({draft.subjects for draft in drafts}) == 2
        assert len({draft.source for draft in drafts}) == 2
        assert all(len(draft.idempotency_key.encode()) <= 255 for draft in drafts)

    def test_a_huge_header_is_bounded(self) -> None:
        draft = drafted(Subject="word " * 200_000, To=", ".join(f"k{number}@x" for number in range(20_000)))
        assert len(draft.what.subject) <= 100_000
        assert len(draft.what.recipients) == 2_000


class TestText:
    def test_html_alone(self) -> None:
        html = "<head><title>no</title><style>p {}</style></head><body><p>Hello&nbsp;<b>Kim</b></p><!-- no --></body>"
        assert drafted(html, Content_Type="text/html").what.snippet == "Hello Kim"

    def test_plain_is_preferred(self) -> None:
        body = "--b\nContent-Type: text/html\n\n<p>html</p>\n--b\nContent-Type: text/plain\n\nplain\n--b--"
        assert drafted(body, Content_Type="multipart/alternative; boundary=b").what.snippet == "plain"

    def test_a_broken_structure_is_text(self) -> None:
        assert drafted("--a\n\nHello", Content_Type="multipart/mixed").what.snippet == "--a Hello"

    @pytest.mark.parametrize(
        ("charset", "raw"),
        [
            ("utf-8", "Grüße".encode()),
            ("iso-8859-1", "Grüße".encode("latin-1")),
            ("us-ascii", "Grüße".encode("latin-1")),
            ("us-ascii", "Grüße".encode()),
            ("x-unknown", "Grüße".encode()),
            ("hex", "Grüße".encode()),
            ("unicode_escape", "Grüße".encode()),
            ("undefined", "Grüße".encode()),
            ("gb2312", "镕 Grüße".encode("gb18030")),
            ("iso-2022-jp", "ああ".encode("euc_jp")),
        ],
    )
    def test_charsets_as_they_are_meant(self, charset: str, raw: bytes) -> None:
        headers = message(Content_Type=f"text/plain; charset={charset}", Subject="").removesuffix(b"Hello\n")
        draft = draft_from(b"Subject: " + raw + b"\n" + headers + raw, own=OWN)
        assert draft.what.snippet == draft.title
        assert "\ufffd" not in draft.title
        assert draft.title in {"Grüße", "镕 Grüße", "ああ"}

    def test_what_no_store_keeps_is_shown_as_replaced(self) -> None:
        draft = draft_from(message("a\0b", Subject="c\0d"), own=OWN)
        assert (draft.what.snippet, draft.title) == ("a\ufffdb", "c\ufffdd")

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("=?utf-8?b?R3LDvMOf?= =?utf-8?b?ZQ==?=", "Grüße"),
            ("=?utf-8?b?R3LDvMM=?= =?utf-8?b?n2U=?=", "Grüße"),
            ("=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
            ("Re: =?ISO-8859-1?Q?Gr=FC=DFe?= an alle", "Re: Grüße an alle"),
            ("=?utf-8?b?!?=", "!"),
            ("=?nonsense?q?a=20b?=", "a b"),
            ("=?broken", "=?broken"),
        ],
    )
    def test_encoded_words(self, written: str, read: str) -> None:
        assert drafted(Subject=written).title == read
