"""Mailboxes into a log."""

from __future__ import annotations

import mailbox
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activitylog import ActivityLog, TypeRegistry, errors, signals
from activitylog.importing import ImportReport, Unreadable, import_mail
from activitylog.mail import draft_from

OWN = "me@example.com"


def mail(number: int, text: str = "Hello", *, date: str = "Sun, 1 Mar 2026 09:30:00 +0000") -> bytes:
    dated = f"Date: {date}\n" if date else ""
    head = f"From: k{number}@example.com\nTo: {OWN}\nSubject: mail {number}\nMessage-ID: <{number}@x>\n{dated}"
    return f"{head}\n{text}\n".encode()


def numbers(report: ImportReport) -> tuple[int, int, int]:
    return report.recorded, report.known, len(report.unreadable)


class TestRealMail:
    def test_none_is_lost_and_a_second_import_adds_nothing(self, log: ActivityLog, sample_mails: Path) -> None:
        first = import_mail(log, sample_mails, own="user@example.com")
        assert numbers(first) == (26, 3, 0)  # 001 = authres, 009 = 010 = crlf-endings: the same, transported otherwise
        for file in sorted(sample_mails.glob("*.eml")):
            assert not log.record(draft_from(file.read_bytes(), own="user@example.com")).created, file.name
        assert numbers(import_mail(log, sample_mails, own="user@example.com")) == (0, 29, 0)
        assert log.everything().count() == 26

    def test_those_that_share_an_id_stay_apart(self, log: ActivityLog, sample_mails: Path) -> None:
        import_mail(log, sample_mails, own="user@example.com")
        shared = log.everything().filter(conversation="ut-4b--$u$5$11r-ev2b$m0$r@y1uuyl.v.18")
        senders = sorted(activity.data.sender for activity in shared)
        assert senders == [
            "bam@example.com",
            "bar@example.com",
            "baz@example.com",
            "foo@example.com",
            "info@paypal.com",
            "info@paypal.com",
            "mumble@example.com",
        ]

    def test_broken_charsets_are_read(self, log: ActivityLog, sample_mails: Path) -> None:
        import_mail(log, sample_mails, own="user@example.com")
        [chinese] = log.timeline("address:1234@e34.com")
        assert chinese.title.startswith("全新原装进口")
        [japanese] = log.timeline("address:sumikawa@ebina.hitachi.co.jp")
        assert japanese.data.snippet.startswith(">ああ、心当たりがあります。")


class TestWhereMailLies:
    def test_all_forms_give_the_same_activities(self, log: ActivityLog, tmp_path: Path) -> None:
        texts = ["Hello", "From here on\n\nFrom me at least\n>From him", "", "From Sun Mar 1 2026", "Grüße"]
        raw = [mail(number, text) for number, text in enumerate(texts)]
        mbox = mailbox.mbox(tmp_path / "saved")
        maildir = mailbox.Maildir(tmp_path / "maildir")
        for number, message in enumerate(raw):
            (tmp_path / f"{number}.EML").write_bytes(message)
            mbox.add(message)
            maildir.add(message)
        mbox.close()
        sent = maildir.add_folder("Sent")
        sent.add(raw[0])
        for path, expected in [
            (tmp_path / "0.EML", (1, 0, 0)),
            (tmp_path / "saved", (4, 1, 0)),
            (tmp_path / "maildir", (0, 6, 0)),
            (tmp_path, (0, 16, 0)),
        ]:
            assert numbers(import_mail(log, path, own=OWN)) == expected

    def test_an_mbox_whose_quoting_was_kept(self, log: ActivityLog, tmp_path: Path) -> None:
        box = (
            b"From k@x Sun Mar  1 09:30:00 2026\n"
            + mail(1, ">From here\n>>From there")
            + b"\nFrom - \n"
            + mail(2, "two")
        )
        (tmp_path / "box").write_bytes(box)
        assert numbers(import_mail(log, tmp_path / "box", own=OWN)) == (2, 0, 0)
        [first] = log.timeline("address:k1@example.com")
        assert first.data.snippet == "From here >From there"

    def test_other_files_are_passed_over_and_counted(self, log: ActivityLog, tmp_path: Path) -> None:
        (tmp_path / "deep" / "er").mkdir(parents=True)
        (tmp_path / "deep" / "er" / "1.eml").write_bytes(mail(1))
        (tmp_path / "index.msf").write_text("no mail")
        assert import_mail(log, tmp_path, own=OWN) == ImportReport(1, 0, (), passed_over=1)

    def test_a_single_file_is_mail_whatever_its_name(self, log: ActivityLog, tmp_path: Path) -> None:
        (tmp_path / "message.txt").write_bytes(mail(1))
        assert numbers(import_mail(log, tmp_path / "message.txt", own=OWN)) == (1, 0, 0)

    def test_nothing_there_is_an_error(self, log: ActivityLog, tmp_path: Path) -> None:
        with pytest.raises(errors.InvalidInput, match="path: there is nothing at"):
            import_mail(log, tmp_path / "missing", own=OWN)

    def test_what_could_not_be_read_is_listed(self, log: ActivityLog, tmp_path: Path) -> None:
        (tmp_path / "1.eml").write_bytes(mail(1))
        (tmp_path / "2.eml").write_bytes(b"")
        (tmp_path / "3.eml").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
        os.mkfifo(tmp_path / "4.eml")
        (tmp_path / "5.eml").symlink_to(tmp_path / "gone")
        report = import_mail(log, tmp_path, own=OWN)
        assert report.recorded == 1
        assert report.unreadable == (
            Unreadable(str(tmp_path / "2.eml"), "it is empty"),
            Unreadable(str(tmp_path / "3.eml"), "it has no mail header"),
            Unreadable(str(tmp_path / "4.eml"), "it is no regular file"),
            Unreadable(str(tmp_path / "5.eml"), "No such file or directory"),
        )


class TestTimes:
    def test_without_any_date_it_is_the_time_of_the_file(self, log: ActivityLog, tmp_path: Path) -> None:
        file = tmp_path / "1.eml"
        file.write_bytes(mail(1, date=""))
        os.utime(file, (1_700_000_000, 1_700_000_000))
        import_mail(log, file, own=OWN)
        assert log.everything().first().occurred_at == datetime.fromtimestamp(1_700_000_000, UTC)

    def test_a_copy_of_the_file_adds_nothing(self, log: ActivityLog, tmp_path: Path) -> None:
        for number in range(3):
            file = tmp_path / f"{number}.eml"
            file.write_bytes(mail(1, date=""))
            os.utime(file, (1_700_000_000 + number, 1_700_000_000 + number))
        assert numbers(import_mail(log, tmp_path, own=OWN)) == (1, 2, 0)

    def test_in_an_mbox_it_is_the_time_of_the_envelope(self, log: ActivityLog, tmp_path: Path) -> None:
        (tmp_path / "box").write_bytes(b"From k@x Sun Mar  1 09:30:00 2026\n" + mail(1, date=""))
        import_mail(log, tmp_path / "box", own=OWN)
        assert log.everything().first().occurred_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class TestRecording:
    def test_one_that_is_refused_does_not_hold_up_the_others(self, log: ActivityLog, tmp_path: Path) -> None:
        def veto(sender: ActivityLog, drafts: tuple) -> None:
            if any(draft.title == "mail 2" for draft in drafts):
                raise errors.Refused("not this one")

        for number in range(5):
            (tmp_path / f"{number}.eml").write_bytes(mail(number))
        with signals.recording.connected_to(veto, sender=log):
            report = import_mail(log, tmp_path, own=OWN)
        assert report == ImportReport(4, 0, (Unreadable(str(tmp_path / "2.eml"), "not this one"),))

    def test_progress_and_origin(self, log: ActivityLog, tmp_path: Path) -> None:
        told: list[int] = []
        for number in range(205):
            (tmp_path / f"{number:03}.eml").write_bytes(mail(number))
        import_mail(log, tmp_path, own=OWN, progress=told.append)
        assert told == [200, 205]
        assert log.everything().first().context.origin == "import"

    def test_the_hosts_contacts(self, log: ActivityLog, tmp_path: Path) -> None:
        (tmp_path / "1.eml").write_bytes(mail(1))
        import_mail(log, tmp_path, own=OWN, contact=lambda address, name: f"contact:{address[:2]}")
        assert log.timeline("contact:k1").count() == 1

    def test_a_log_without_the_types_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "1.eml").write_bytes(mail(1))
        with pytest.raises(errors.UnknownType, match=r"mail\.received"):
            import_mail(ActivityLog("memory://", types=TypeRegistry()), tmp_path, own=OWN)
