"""``timeline`` and ``stats``, as they come out of a pipe."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activitylog import ActivityLog, Actor, Ref, TypeRegistry, standard
from activitylog.cli import main

LEA = Actor.user(3, "Lea Müller")
TASK = "2026-03-09 09:30 UTC\tLea Müller\tTask: Send  [31mit\ttask\tDone"
INVOICE = "2026-03-02 09:30 UTC\tbilling run\tInvoice 2026-17 created\tinvoice.created\t"
CALL = "2026-03-01 09:30 UTC\tLea Müller\tPhone call: Asked for a quote\tcall\t"
HEAD = "when\twho\twhat\ttype\tstatus"


def shown(capsys: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    assert main(argv) == 0
    output = capsys.readouterr()
    assert output.err == ""
    return output.out.splitlines()


def talk(store: str) -> None:
    """Let somebody write and be answered."""
    log = ActivityLog(store, types=TypeRegistry(standard.types), actor=LEA)
    start = datetime(2026, 3, 1, 8, tzinfo=UTC)
    for minutes, ask in ((-500, True), (-490, False), (0, True), (0.75, False), (60, True), (330, False), (720, True)):
        mail = (standard.MailReceived if ask else standard.MailSent)()
        log.record(mail, Ref("contact", 43), occurred_at=start + timedelta(minutes=minutes))
    log.close()


class TestTimeline:
    def test_newest_first(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert shown(capsys, "timeline", "contact:42", "--store", store) == [HEAD, TASK, INVOICE, CALL]

    def test_oldest_first_in_german(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        lines = shown(capsys, "timeline", "contact:42", "--store", store, "--language", "de", "--oldest-first")
        assert [line.split("\t")[2] for line in lines[1:]] == [
            "Telefonat: Asked for a quote",
            "Rechnung 2026-17 erstellt",
            "Aufgabe: Send  [31mit",
        ]

    def test_a_tenant_and_who_acted_for_whom(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        lines = shown(capsys, "timeline", "contact:42", "--store", store, "--tenant", "south")
        assert lines == [HEAD, "2026-03-03 09:30 UTC\tLea Müller for Kim Weber\tNote: in the south\tnote\t"]

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            (["--type", "call"], [CALL]),
            (["--type", "call", "--type", "task"], [TASK, CALL]),
            (["--actor", "system:billing run"], [INVOICE]),
            (["--since", "2026-03-02"], [TASK, INVOICE]),
            (["--until", "2026-03-02T10:30+01:00"], [CALL]),
            (["--search", "QUO"], [CALL]),
            (["--search", "nothing"], []),
        ],
    )
    def test_filters(
        self, store: str, capsys: pytest.CaptureFixture[str], filters: list[str], expected: list[str]
    ) -> None:
        assert shown(capsys, "timeline", "contact:42", "--store", store, *filters) == [HEAD, *expected]

    def test_pages_by_the_tokens_that_it_shows(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        page = ["timeline", "contact:42", "--store", store, "--limit", "2"]
        *first, hint = shown(capsys, *page)
        assert first == [HEAD, TASK, INVOICE]
        token = re.fullmatch(r"page after this one: (--after) (\S+)", hint)
        assert token
        *second, hint = shown(capsys, *page, *token.groups())
        assert second == [HEAD, CALL]
        token = re.fullmatch(r"page before this one: (--before) (\S+)", hint)
        assert token
        assert shown(capsys, *page, *token.groups())[:3] == first


class TestStats:
    def test_everything(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert shown(capsys, "stats", "--store", store, "--since", "2026-03-01", "--until", "2026-03-11") == [
            "3 entries",
            "type\tcount",
            "call\t1",
            "invoice.created\t1",
            "task\t1",
            "week\tcount",
            "2026-02-23\t1",
            "2026-03-02\t1",
            "2026-03-09\t1",
            "channel\tcontacts\tincoming\toutgoing\tlast",
            "phone\t1\t0\t0\t2026-03-01 09:30 UTC",
            "answered by\tanswered\tunanswered\tmedian\t90 % within",
            "all\t0\t0\t\t",
            "since\tuntil\tentries\tcontacts\tgrowth",
            "2026-02-19 00:00 UTC\t2026-03-01 00:00 UTC\t0\t0\t",
            "2026-03-01 00:00 UTC\t2026-03-11 00:00 UTC\t3\t1\t",
        ]

    def test_a_subject_in_german(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        talk(store)
        stretch = ["--since", "2026-03-01", "--until", "2026-03-02"]
        lines = shown(capsys, "stats", "contact:43", "--store", store, "--language", "de-AT", *stretch)
        assert lines == [
            "5 Einträge",
            "Typ\tAnzahl",
            "mail.received\t3",
            "mail.sent\t2",
            "Woche\tAnzahl",
            "2026-02-23\t5",
            "Kanal\tKontakte\teingehend\tausgehend\tzuletzt",
            "email\t5\t3\t2\t2026-03-01 20:00 UTC",
            "beantwortet von\tbeantwortet\tunbeantwortet\tMedian\t90 % binnen",
            "alle\t2\t1\t45 s\t4 h 30 min",
            "niemand\t0\t1\t\t",
            "user:3\t2\t0\t45 s\t4 h 30 min",
            "von\tbis\tEinträge\tKontakte\tWachstum",
            "2026-02-28 00:00 UTC\t2026-03-01 00:00 UTC\t2\t2\t",
            "2026-03-01 00:00 UTC\t2026-03-02 00:00 UTC\t5\t5\t+150 %",
            "Kennzahl\tWert",
            "bevorzugter Kanal\temail",
            "letzter Kontakt\t2026-03-01 20:00 UTC",
            "Kontakte je Woche\t56.00",
            "Engagement (von 100)\t72",
        ]

    def test_by_what_is_asked(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        argv = ["stats", "contact:42", "--store", store, "--by", "actor, hour", "--since", "2026-03-02"]
        assert shown(capsys, *argv, "--tz", "Europe/Berlin") == [
            "2 entries",
            "actor\thour\tcount",
            "system:billing run\t2026-03-02 10:00+01:00\t1",
            "user:3\t2026-03-09 10:00+01:00\t1",
        ]

    def test_a_subject_without_entries(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert shown(capsys, "stats", "contact:1", "--store", store, "--by", "assignee") == [
            "0 entries",
            "assignee\tcount",
        ]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["timeline", "contact"], "not of the form 'kind:id'"),
        (["timeline", "contact:42", "--limit", "0"], "limit: "),
        (["timeline", "contact:42", "--after", "forged"], "page token"),
        (["timeline", "contact:42", "--since", "2026-02-30"], "since: '2026-02-30' is no date"),
        (["timeline", "contact:42", "--until", "2026-03-01T09:30"], "naive"),
        (["timeline", "contact:42", "--language", "!"], "language: "),
        (["stats", "--by", "colour"], "'colour'"),
        (["stats", "--tz", "Europe/Ulm"], "tz: "),
    ],
)
def test_what_is_wrong_is_one_line(store: str, capsys: pytest.CaptureFixture[str], argv: list[str], says: str) -> None:
    assert main([*argv, "--store", store]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("activitylog: ")
    assert says in line


@pytest.mark.parametrize("command", [["timeline", "contact:1"], ["stats"], ["export", "-"]])
def test_reading_does_not_create_a_store(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "typo.db"
    assert main([*command, "--store", f"sqlite:///{missing}"]) == 2
    assert "there is no file" in capsys.readouterr().err
    assert not missing.exists()
