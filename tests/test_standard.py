"""The types that ship: complete in both languages, and usable as they are."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from activitylog import ActivityLog, ActivityType, Actor, Ref, TypeRegistry, scope, standard
from activitylog.language import placeholders

CORE = {"record.created", "record.changed", "record.deleted", "timeline.viewed"}
TYPES = [declared for declared in standard.types if declared.name not in CORE]
NEEDED = {
    "seminar house": "booking.made stay.ended mail.sent invoice.created invoice.sent crm.exported account.created "
    "file.uploaded mailbox.used call consultation complaint",
    "customer file": "note mail.received mail.sent letter visit call task contract offer order delivery_note invoice "
    "credit_note project",
    "support desk": "chat.received chat.sent mail.received ticket.opened ticket.answered widget.submitted",
    "subscriptions": "subscription.created invoice.created account.blocked account.deactivated account.activated",
}
EXAMPLE = {"arrival": "2026-03-01", "departure": "2026-03-02"}


def texts(text: object) -> dict[str, str]:
    assert isinstance(text, dict)
    return text


@pytest.mark.parametrize("system", NEEDED)
def test_what_the_systems_need_is_there(system: str) -> None:
    assert set(NEEDED[system].split()) <= {declared.name for declared in TYPES}


@pytest.mark.parametrize("declared", TYPES, ids=lambda declared: declared.name)
class TestEachType:
    def test_texts_are_english_and_german(self, declared: ActivityType) -> None:
        statuses = [status.label for status in declared.statuses.values()]
        for text in (declared.label, *filter(None, [declared.summary]), *statuses):
            assert set(texts(text)) == {"en", "de"}
            assert all(texts(text).values())

    def test_it_has_an_icon_and_a_category(self, declared: ActivityType) -> None:
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", declared.icon)
        assert declared.category

    def test_people_write_nouns_and_systems_report_events(self, declared: ActivityType) -> None:
        assert declared.manual == ("." not in declared.name)

    def test_placeholders_are_fields_of_its_data(self, declared: ActivityType) -> None:
        for template in texts(declared.summary).values() if declared.summary else ():
            assert set(placeholders(template)) <= {field.name for field in attrs.fields(declared.data)}

    def test_an_entry_of_it_reads_well(self, declared: ActivityType) -> None:
        log = ActivityLog("memory://", types=TypeRegistry(standard.types), actor=Actor.user(3))
        data = None
        if declared.data is not None:
            required = [field.name for field in attrs.fields(declared.data) if field.default is attrs.NOTHING]
            data = {name: EXAMPLE.get(name, "2026-17") for name in required}
        for language in ("en", "de"):
            with scope(language=language):
                activity = log.record(declared.name, Ref("contact", 42), data=data)
                assert activity.label == texts(declared.label)[language]
                assert activity.summary == " ".join(activity.summary.split()) != ""
                assert "{" not in activity.summary
                assert activity.status == declared.initial
                assert (activity.status_label != "") == bool(declared.statuses)


def test_automatic_replies_and_bounces_have_no_direction() -> None:
    directions = {name: standard.types[name].direction for name in ("mail.auto_replied", "mail.bounced")}
    assert directions == {"mail.auto_replied": "", "mail.bounced": ""}
    assert standard.types["mail.received"].direction == "incoming"
    assert standard.types["mail.sent"].direction == "outgoing"


def test_the_guide_lists_them_all(repository: Path) -> None:
    rows = re.findall(
        r"^\| `(\S+)` \| (.+?) \| (.+?) \| (\S+) \| (\S*) ?\| (\S*) ?\| (.*?) ?\|$",
        (repository / "docs" / "guide" / "standard-types.md").read_text(),
        re.MULTILINE,
    )
    assert rows == [
        (
            each.name,
            texts(each.label)["en"],
            texts(each.label)["de"],
            each.category,
            each.channel,
            each.direction,
            ", ".join(each.statuses),
        )
        for each in TYPES
    ]
