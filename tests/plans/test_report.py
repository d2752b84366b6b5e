"""Reports: rows, counts, texts and CSV."""

from __future__ import annotations

import csv
from collections import Counter
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog import ActivityLog, Actor, Ref, Report, TypeRegistry, scope
from activitylog.reports import ReportRow


def test_before_and_after_the_execution(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts).exclude(contacts[3]).assign("user:7")
    before = plan.report()
    assert isinstance(before, Report)
    assert before.counts() == {"planned": 4, "left out": 1, "excluded": 1}
    assert [(row.subject.label, row.outcome, row.reason, row.activity) for row in before[2:4]] == [
        ("Cem", "planned", "", None),
        ("Dora", "left out", "excluded", None),
    ]
    batch = plan.execute()
    after = batch.report()
    assert after == plan.report()
    assert after.counts() == {"created": 4, "left out": 1, "excluded": 1}
    assert {row.subject: row.activity for row in after if row.activity} == {
        entry.subjects[0]: entry.id for entry in batch.timeline()
    }
    assert {row.assignee for row in after} == {Ref("user", 7), None}
    assert (len(after), after[0], list(reversed(after))[-1]) == (5, next(iter(after)), after[0])


def test_a_shared_activity_names_five_hundred(log: ActivityLog):
    plan = log.plans.make("call", [f"contact:{number}" for number in range(507)], mode="shared")
    assert plan.report().counts() == {"planned": 500, "left out": 7, "over the 500 of a shared activity": 7}
    plan.exclude(*(f"contact:{number}" for number in range(4)))
    told: list[tuple[int, int]] = []
    batch = plan.execute(progress=lambda done, total: told.append((done, total)))
    [entry] = batch.timeline()
    assert [subject.id for subject in entry.subjects] == [str(number) for number in range(4, 504)]
    report = batch.report()
    assert report.counts() == {
        "left out": 7, "created": 500, "excluded": 4, "over the 500 of a shared activity": 3,
    }  # fmt: skip
    assert {row.activity for row in report} == {entry.id, None}
    assert told == [(500, 500)]


def test_the_table_speaks_the_language_of_its_reader(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", [*contacts, contacts[0]], check=lambda c: "kein Zugriff" if c.id == "2" else None)
    plan.assign(Ref("user", 7, "Lea Müller")).exclude(contacts[2])
    assert plan.report().to_text().splitlines() == [
        "For whom          Assignee    Outcome   Reason        Activity",
        "----------------  ----------  --------  ------------  --------",
        "Ada (contact:1)   Lea Müller  planned",
        "Ben (contact:2)               left out  kein Zugriff",
        "Cem (contact:3)               left out  excluded",
        "Dora (contact:4)  Lea Müller  planned",
        "Eva (contact:5)   Lea Müller  planned",
        "Ada (contact:1)               left out  duplicate",
        "",
        "Total: 6",
        "planned: 3",
        "left out: 3 (kein Zugriff 1, excluded 1, duplicate 1)",
    ]
    with scope(language="de-AT"):
        report = plan.report()
        assert log.plans.make("call", contacts).report().to_text().splitlines()[-1] == "geplant: 5"
    assert "ausgelassen: 3 (kein Zugriff 1, ausgenommen 1, doppelt 1)" in report.to_text()
    with scope(language="de"):
        german = log.plans.make("call", contacts)
    assert "Für wen" in german.report().to_text(), "the plan keeps the language in which it was made"
    assert "planned" in german.report().to_csv()


def test_a_label_cannot_break_the_table(log: ActivityLog):
    plan = log.plans.make("call", [Ref("contact", 1, "Kim\n\x1b[2J"), Ref("contact", 2)])
    assert plan.report().to_text().splitlines()[2] == "Kim  [2J (contact:1)            planned"


@pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"])
def test_a_spreadsheet_runs_no_cell(label: str):
    text = Report((ReportRow(Ref("contact", 1, label), outcome="left out", reason=label),)).to_csv()
    [_, row] = csv.reader(StringIO(text, newline=""))
    assert (row[1], row[5]) == (f"'{label}", f"'{label}")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
names = st.builds(Ref, st.just("contact"), texts.filter(bool), texts)
report_rows = st.builds(
    ReportRow,
    names,
    st.none() | names,
    st.sampled_from(["planned", "created", "left out"]),
    texts,
    st.none() | st.uuids(),
)


@given(st.lists(report_rows, max_size=8))
def test_csv_reads_back(rows: list[ReportRow]):
    text = Report(tuple(rows)).to_csv()
    header, *found = csv.reader(StringIO(text, newline=""))
    assert header == ["subject", "subject_label", "assignee", "assignee_label", "outcome", "reason", "activity"]

    def cell(value: str) -> str:
        return f"'{value}" if value[:1] in tuple("=+-@\t\r\n＝＋－＠") else value

    assert found == [
        list(map(cell, [
            str(row.subject), row.subject.label, str(row.assignee or ""), row.assignee.label if row.assignee else "",
            row.outcome, row.reason, str(row.activity or ""),
        ]))
        for row in rows
    ]  # fmt: skip
    assert text.endswith("\r\n")


@given(st.lists(report_rows, max_size=8))
def test_a_table_has_a_line_for_each_row(rows: list[ReportRow]):
    lines = Report(tuple(rows)).to_text().splitlines()
    assert len(lines) == len(rows) + 4 + len({row.outcome for row in rows})


@given(
    given=st.lists(st.integers(0, 9), max_size=15),
    refused=st.sets(st.integers(0, 9)),
    out=st.sets(st.integers(0, 9)),
    run=st.booleans(),
    mode=st.sampled_from(["each", "shared"]),
)
def test_rows_are_the_contacts_each_with_one_outcome(
    given: list[int], refused: set[int], out: set[int], run: bool, mode: str
):
    types = TypeRegistry()
    types.define("call")
    log = ActivityLog("memory://", types=types, actor=Actor.user(1))
    check = lambda contact: "refused" if int(contact.id) in refused else None  # noqa: E731
    plan = log.plans.make("call", [f"contact:{number}" for number in given], mode=mode, check=check)
    plan.exclude(*(f"contact:{number}" for number in out & set(given)))
    if run:
        plan.execute()
    report = plan.report()
    assert [row.subject.id for row in report] == list(map(str, given))
    wanted = set(given) - refused - out
    done = [int(row.subject.id) for row in report if row.outcome == ("created" if run else "planned")]
    assert sorted(done) == sorted(wanted)
    reasons = Counter(row.reason for row in report if row.outcome == "left out")
    assert reasons["duplicate"] == len(given) - len(set(given))
    assert reasons["refused"] == len(refused & set(given))
    assert reasons["excluded"] == len((out - refused) & set(given))
    assert {row.outcome for row in report} <= {"created" if run else "planned", "left out"}
    assert log.everything().count() == (0 if not run or not wanted else len(wanted) if mode == "each" else 1)
