"""What a viewer sees, and what they may change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from activitylog import REDACTED, ActivityLog, Actor, Attachment, Draft, Link, Ref, Section, TypeRegistry, Viewer, scope
from activitylog.errors import (
    ActivityNotFound,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    StaleVersion,
)
from activitylog.storage import ALWAYS, Field, In, Not

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEA, TIM = Actor.user(3, "Lea Müller"), Actor.user(4, "Tim Berg")
SUPPORT = Viewer(["user:4", "team:south"])


@pytest.fixture
def types():
    registry = TypeRegistry()
    registry.define("call", category="communication", channel="phone", manual=True, visibility="customer")
    registry.define("note", manual=True)
    registry.define("task", category="task", manual=True, statuses=("open", "done"))
    registry.define(
        "mail",
        category="communication",
        channel="email",
        direction="incoming",
        permission="mail.read",
        manual=True,
        statuses=("new", "read"),
        summary="{subject}",
        label={"en": "E-mail", "de": "E-Mail"},
    )
    registry.define("salary", permission="salary.read", otherwise="hidden")
    return registry


@pytest.fixture
def log(make_log, tmp_path):
    return make_log(actor=LEA, clock=lambda: NOW, files=str(tmp_path / "files"))


def ids(timeline):
    return [activity.id for activity in timeline]


# -- audiences ------------------------------------------------------------------------------------------------------


def test_an_internal_viewer_sees_what_a_reader_of_theirs_sees(log, kim):
    own = log.record("note", kim, readers="user:4")
    log.record("note", kim, readers="user:5")
    group = log.record("note", kim, readers=["user:5", "group:sales"])
    everybody = log.record("note", kim)
    assert ids(log.visible_to(Viewer("user:4")).timeline(kim)) == [everybody.id, own.id]
    assert ids(log.visible_to(Viewer(["user:9", "group:sales"])).timeline(kim)) == [everybody.id, group.id]
    assert ids(log.visible_to(Viewer()).timeline(kim)) == [everybody.id]
    assert log.visible_to(Viewer.unlimited()).timeline(kim).count() == 4


def test_a_team_is_a_wall(log, kim):
    with scope(team="north"):
        log.record("note", kim, readers=["user:4", "*"])
    south = log.record("note", kim, team="south")
    free = log.record("note", kim)
    assert ids(log.visible_to(SUPPORT).timeline(kim)) == [free.id, south.id]
    assert ids(log.visible_to(Viewer("user:4")).timeline(kim)) == [free.id]


def test_everybody_among_the_readers_of_a_team_is_the_team(log, kim):
    entry = log.record("note", kim, team="south", readers=["*", "user:9"])
    with pytest.raises(ActivityNotFound):
        log.visible_to(Viewer("user:9")).get(entry)
    assert log.visible_to(Viewer("team:south")).get(entry) == entry


def test_a_customer_sees_what_is_meant_for_customers_and_about_them(log, kim, acme):
    call = log.record("call", kim)
    log.record("note", kim)
    log.record("call", acme)
    log.record("call", kim, readers="user:4")
    customer = log.visible_to(Viewer(kim, internal=False))
    assert ids(customer.everything()) == [call.id]
    assert ids(customer.timeline(acme, kim)) == [call.id]


def test_a_customer_sees_what_is_about_their_merged_selves(log, kim):
    twin = Ref("contact", 43, "Kim W.")
    call = log.record("call", twin)
    log.subjects.merge(twin, into=kim)
    customer = log.visible_to(Viewer(kim, internal=False))
    assert ids(customer.timeline(kim)) == [call.id]
    assert customer.get(call).id == call.id


def test_what_belongs_to_a_company_is_not_about_it(make_log, kim, acme):
    log = make_log(parents=lambda refs: {kim: [acme]} if kim in refs else {})
    log.record("call", kim)
    assert log.timeline(acme).count() == 1
    assert log.visible_to(Viewer(acme, internal=False)).timeline(acme).count() == 0


def test_what_another_log_shares_is_seen_when_its_audience_is_known(log, types, kim):
    log.record("note", kim)
    viewer = Viewer("user:4")
    assert log.visible_to(viewer).timeline(kim).count() == 1
    other = ActivityLog(log.storage, types=types, actor=LEA)
    other.record("note", kim, readers="user:4")
    assert other.visible_to(viewer).timeline(kim).count() == 2
    log.record("note", kim, readers=["user:4", "user:6"])
    assert log.visible_to(viewer).timeline(kim).count() == 3


def test_of_very_many_audiences_the_readers_themselves_are_asked(log, kim, monkeypatch):
    monkeypatch.setattr("activitylog.audiences.VISIBLE_MAX", 2)
    own = [log.record("note", kim, readers=["user:4", f"user:{n}"], team="south" if n % 2 else None) for n in range(6)]
    log.record("note", kim, readers="user:9")
    log.record("note", kim, team="north")
    call = log.record("call", kim)
    expected = [call.id, *(one.id for one in reversed(own))]
    assert ids(log.visible_to(SUPPORT).timeline(kim)) == expected
    monkeypatch.setattr("activitylog.audiences.KNOWN_MAX", 2)
    log.record("note", kim, readers="user:10")
    assert ids(log.visible_to(SUPPORT).timeline(kim)) == expected
    assert ids(log.visible_to(Viewer(kim, internal=False)).timeline(kim)) == [call.id]


# -- permissions ----------------------------------------------------------------------------------------------------


def test_without_the_permission_of_its_type_an_entry_shows_that_there_was_one(log, kim, acme):
    log.record(
        "mail",
        kim,
        acme,
        data={"subject": "Salary"},
        title="Salary",
        note="secret",
        due_at=NOW,
        assignee="user:7",
        tags=["urgent"],
        conversation="c",
        source="mail:1",
        ended_at=NOW,
        occurred_at=NOW - timedelta(hours=1),
        attachments=[Attachment(b"x", name="x.txt")],
    )
    [found] = log.visible_to(SUPPORT).timeline(kim)
    assert found.redacted
    assert (found.type, found.category, found.label, found.summary) == ("mail", "communication", "E-mail", "E-mail")
    assert (found.actor, found.occurred_at, found.recorded_at) == (LEA, NOW - timedelta(hours=1), NOW)
    shown = {name for name, value in found.to_dict().items() if value}
    assert shown == {
        "id", "tenant", "type", "label", "summary", "category", "actor", "occurred_at", "recorded_at", "visibility",
        "manual", "redacted", "version",
    }  # fmt: skip
    assert found.version == 1
    [whole] = log.visible_to(Viewer(SUPPORT.principals, permissions=["mail.read"])).timeline(kim)
    assert (whole.redacted, whole.title, whole.summary) == (False, "Salary", "Salary")


def test_an_entry_of_a_hidden_type_is_not_there(log, kim):
    salary = log.record("salary", kim)
    limited = log.visible_to(SUPPORT)
    assert limited.timeline(kim).count() == 0
    with pytest.raises(ActivityNotFound):
        limited.get(salary)
    assert log.visible_to(Viewer(permissions=["salary.read"])).get(salary) == salary


def test_an_undeclared_type_is_hidden_without_its_permission(make_log, types, kim):
    types.define("old.type")
    before = make_log(types=types)
    entry = before.record("old.type", kim)
    log = ActivityLog(before.storage, types=TypeRegistry(), actor=LEA)
    assert log.get(entry).type == "old.type"
    with pytest.raises(ActivityNotFound):
        log.visible_to(SUPPORT).get(entry)
    allowed = log.visible_to(Viewer(permissions=["types.undeclared"]))
    assert ids(allowed.timeline(kim)) == [entry.id]


def test_the_permission_for_undeclared_types_is_none_for_declared_ones(log, kim):
    log.record("salary", kim)
    [mail] = [log.record("mail", kim)]
    [found] = log.visible_to(Viewer(permissions=["types.undeclared"])).timeline(kim)
    assert (found.id, found.redacted) == (mail.id, True)


def test_a_run_time_type_has_a_permission_too(log, kim):
    log.types.create("illness", permission="health", otherwise="hidden")
    log.record("custom.illness", kim)
    assert log.visible_to(SUPPORT).timeline(kim).count() == 0
    assert log.visible_to(Viewer(permissions=["health"])).timeline(kim).count() == 1


@pytest.mark.parametrize(
    "filters",
    [
        {"status": "new"},
        {"open": True},
        {"open": False},
        {"channel": "email"},
        {"direction": "incoming"},
        {"assignee": "user:7"},
        {"tags": "urgent"},
        {"pinned": False},
        {"pinned": True},
        {"conversation": "c"},
        {"source": "mail:1"},
        {"search": "secret"},
        {"search": "kim"},
        {"due_until": NOW + timedelta(days=1)},
        {"team": ""},
        {"on_behalf_of": "user:8"},
        {"batch": ""},
        {"deleted": True},
        {"archived": True},
    ],
    ids=str,
)
def test_what_is_hidden_matches_no_filter(log, kim, filters):
    log.record(
        "mail",
        kim,
        note="secret",
        assignee="user:7",
        tags="urgent",
        conversation="c",
        source="mail:1",
        due_at=NOW,
        actor=LEA.on_behalf_of("user:8"),
    )
    limited = log.visible_to(SUPPORT).timeline(kim)
    assert limited.count() == 1
    assert limited.filter(**filters).count() == 0
    assert limited.filter(**filters).page().items == ()


@pytest.mark.parametrize(
    "filters",
    [
        {"types": "mail"},
        {"category": "communication"},
        {"actor": LEA},
        {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)},
        {"direct": True},
        {"deleted": None, "archived": None},
    ],
    ids=str,
)
def test_what_is_shown_of_a_redacted_entry_can_be_asked_for(log, kim, filters):
    log.record("mail", kim, occurred_at=NOW)
    assert log.visible_to(SUPPORT).timeline(kim).filter(**filters).count() == 1


def test_a_redacted_entry_that_is_deleted_or_archived_is_not_there(log, kim):
    deleted, archived = log.record("mail", kim), log.record("mail", kim)
    log.delete(deleted)
    log.archive(archived)
    limited = log.visible_to(SUPPORT)
    assert limited.timeline(kim).filter(deleted=None, archived=None).count() == 0
    for gone in (deleted, archived):
        with pytest.raises(ActivityNotFound):
            limited.get(gone)


def test_the_order_of_due_dates_drops_what_is_redacted(log, kim):
    log.record("mail", kim, due_at=NOW)
    task = log.record("task", kim, due_at=NOW)
    assert ids(log.visible_to(SUPPORT).timeline(kim).by_due()) == [task.id]


def test_counts_by_what_is_hidden_have_a_key_for_it(log, kim, acme):
    log.record("mail", kim, acme, assignee="user:7")
    log.record("task", kim, assignee="user:7")
    limited = log.visible_to(SUPPORT).timeline(kim)
    assert {one.key: one.count for one in limited.count_by("status")} == {(REDACTED,): 1, ("open",): 1}
    assert {one.key: one.count for one in limited.count_by("assignee")} == {(REDACTED,): 1, (Ref("user", 7),): 1}
    assert {one.key: one.count for one in limited.count_by("subject")} == {(REDACTED,): 1, (kim,): 1}
    assert {one.key: one.count for one in limited.count_by("type", "actor")} == {
        ("mail", LEA.ref): 1,
        ("task", LEA.ref): 1,
    }
    assert {one.key: one.count for one in limited.count_by("day", "channel")} == {
        (NOW.date(), REDACTED): 1,
        (NOW.date(), ""): 1,
    }
    assert (limited.count(), limited.count(at_most=1)) == (2, 1)


def test_an_overview_counts_the_redacted_apart(log, kim):
    log.record("mail", kim, assignee=TIM.ref)
    log.record("call", kim, assignee=TIM.ref)
    sections = {"talk": Section("Talk", category="communication")}
    counts = log.visible_to(SUPPORT).overview(kim, sections=sections).counts(mine=TIM)
    assert counts["talk"][REDACTED] == (1, 0)
    assert counts["talk"][""] == (1, 1)


def test_pages_of_redacted_and_whole_entries_follow_each_other(log, kim):
    recorded = [
        log.record(("mail", "note", "salary", "call")[n % 4], kim, occurred_at=NOW - timedelta(minutes=n)).id
        for n in range(20)
    ]
    expected = [id for n, id in enumerate(recorded) if n % 4 != 2]
    limited = log.visible_to(SUPPORT).timeline(kim)
    found, page = [], limited.page(4)
    while True:
        found += ids(page)
        if page.next is None:
            break
        page = limited.page(4, after=page.next)
    assert found == expected
    back = limited.page(4, before=page.previous)
    assert ids(back) == expected[-7:-3]


def test_a_token_made_under_other_rights_shows_no_more(log, kim):
    for n in range(6):
        log.record("salary" if n % 2 else "note", kim, occurred_at=NOW - timedelta(minutes=n))
    page = log.timeline(kim).page(2)
    limited = log.visible_to(SUPPORT).timeline(kim)
    rest = limited.page(10, after=page.next)
    assert {activity.type for activity in rest} == {"note"}
    assert len(rest) == 2
    assert {activity.type for activity in limited.arrived(after=log.timeline(kim).page().mark)} <= {"note"}


# -- one entry --------------------------------------------------------------------------------------------------------


def test_not_visible_and_not_there_are_the_same(log, kim):
    hidden = log.record("note", kim, readers="user:9", attachments=[Attachment(b"x", name="x.txt")])
    [file] = hidden.attachments
    limited = log.visible_to(SUPPORT)
    verbs = {
        "get": limited.get,
        "history": limited.history,
        "delete": limited.delete,
        "restore": limited.restore,
        "pin": limited.pin,
        "archive": limited.archive,
        "edit": lambda a: limited.edit(a, note="x"),
        "transition": lambda a: limited.transition(a, "done"),
        "assign": lambda a: limited.assign(a, kim),
        "share": lambda a: limited.share(a, readers="*"),
        "tag": lambda a: limited.tag(a, add=["x"]),
        "due": lambda a: limited.due(a, NOW),
        "add": lambda a: limited.files.add(a, b"y", name="y.txt"),
        "open": lambda a: limited.files.open(a, file),
        "remove": lambda a: limited.files.remove(a, file),
    }
    for name, verb in verbs.items():
        errors = []
        for id in (hidden.id, uuid4()):
            with pytest.raises(ActivityNotFound) as raised:
                verb(id)
            errors.append(str(raised.value).replace(str(id), "…"))
        assert errors[0] == errors[1], name
    assert log.get(hidden).version == 1


def test_a_redacted_entry_can_be_got_but_not_looked_into_or_changed(log, kim):
    mail = log.record("mail", kim, attachments=[Attachment(b"x", name="x.txt")])
    limited = log.visible_to(SUPPORT)
    assert limited.get(mail).redacted
    for refused in (
        lambda: limited.history(mail.id),
        lambda: limited.files.open(mail.id, mail.attachments[0]),
        lambda: limited.edit(mail.id, note="x"),
        lambda: limited.transition(mail.id, "read"),
        lambda: limited.share(mail.id, readers="user:4"),
    ):
        with pytest.raises(NotAllowed, match="redacted"):
            refused()
    assert log.get(mail).version == 1


def test_who_is_no_editor_may_not_change_an_entry(log, kim):
    entry = log.record("task", kim, editors="user:9", note="as it was")
    limited = log.visible_to(SUPPORT)
    for refused in (
        lambda: limited.edit(entry, note="x"),
        lambda: limited.transition(entry, "done"),
        lambda: limited.share(entry, editors="user:4"),
        lambda: limited.delete(entry),
        lambda: limited.files.add(entry, b"x", name="x.txt"),
        lambda: limited.tag(entry, add="x"),
    ):
        with pytest.raises(NotAllowed, match="editors are others"):
            refused()
    assert log.get(entry) == entry
    assert log.visible_to(Viewer("user:9")).edit(entry, note="x").note == "x"


def test_everybody_among_the_editors_is_no_customer(log, kim):
    free, named = log.record("call", kim), log.record("call", kim, editors=kim)
    customer = log.visible_to(Viewer(kim, internal=False))
    with pytest.raises(NotAllowed):
        customer.edit(free.id, note="x")
    assert customer.edit(named.id, note="x").note == "x"
    assert log.visible_to(SUPPORT).edit(free.id, note="y").note == "y"


def test_a_stale_edit_shows_the_viewer_what_they_may_see(log, kim):
    entry = log.record("note", kim)
    log.edit(entry.id, note="newer")
    with pytest.raises(StaleVersion) as raised:
        log.visible_to(SUPPORT).edit(entry, note="x")
    assert raised.value.current.note == "newer"


def test_history_after_a_change_of_readers(log, kim):
    entry = log.record("note", kim, readers="user:9", note="only for nine")
    log.edit(entry.id, note="still only for nine")
    log.share(entry.id, readers="*", comment="now for all")
    log.edit(entry.id, note="for all")
    found = log.visible_to(SUPPORT).history(entry)
    assert [one.action for one in found] == [REDACTED, REDACTED, REDACTED, "edited"]
    assert [one.version for one in found] == [1, 2, 3, 4]
    assert all(one.actor is None and one.comment == "" and one.changes == () for one in found[:3])
    [change] = found[3].changes
    assert (change.old, change.new) == ("still only for nine", "for all")
    log.share(entry.id, readers="user:9")
    with pytest.raises(ActivityNotFound):
        log.visible_to(SUPPORT).history(entry)
    assert len(log.visible_to(Viewer("user:9")).history(entry)) == 5


def test_the_file_of_another_entry_is_not_opened_by_its_id(log, kim):
    hidden = log.record("note", kim, readers="user:9", attachments=[Attachment(b"secret", name="x.txt")])
    seen = log.record("note", kim)
    with pytest.raises(InvalidInput, match="attachment"):
        log.visible_to(SUPPORT).files.open(seen, hidden.attachments[0].id)


# -- recording --------------------------------------------------------------------------------------------------------


def test_a_viewer_records_like_anybody(log, kim):
    limited = log.visible_to(SUPPORT)
    recorded = limited.record("mail", kim, note="mine")
    assert (recorded.note, recorded.created) == ("mine", True)
    assert limited.get(recorded).redacted


def test_a_known_key_tells_a_viewer_nothing_but_that_it_is_known(log, kim):
    draft = Draft("note", kim, title="Offer", idempotency_key="offer:1", readers="user:9", tags="hot", note="")
    first = log.record(draft)
    limited = log.visible_to(SUPPORT)
    again = limited.record("note", kim, title="Offer", idempotency_key="offer:1")
    assert (again.created, again.tags, again.title) == (False, (), "Offer")
    assert again.id != first.id
    with pytest.raises(IdempotencyConflict) as raised:
        limited.record("note", kim, title="Other", idempotency_key="offer:1")
    assert raised.value.first is None
    assert str(first.id) not in str(raised.value)
    accepted = limited.record("note", kim, title="Other", idempotency_key="offer:1", on_repeat="first")
    assert (accepted.created, accepted.title) == (False, "Other")
    assert log.record("note", kim, title="Offer", idempotency_key="offer:1").id == first.id


# -- the host's own rule, and who must be named -----------------------------------------------------------------------


def test_a_policy_of_the_host_is_one_more_wall(make_log, kim):
    seen = []

    def policy(viewer):
        seen.append(viewer)
        return ALWAYS if viewer.permissions else Not(In(Field.CHANNEL, ["phone"]))

    log = make_log(policy=policy)
    call, note = log.record("call", kim), log.record("note", kim)
    assert ids(log.visible_to(SUPPORT).timeline(kim)) == [note.id]
    with pytest.raises(ActivityNotFound):
        log.visible_to(SUPPORT).edit(call, note="x")
    boss = Viewer(permissions=["boss"])
    assert ids(log.visible_to(boss).timeline(kim)) == [note.id, call.id]
    assert set(seen) == {SUPPORT, boss}
    assert log.timeline(kim).count() == 2


def test_a_policy_that_gives_no_condition_shows_nothing(make_log, kim):
    log = make_log(policy=lambda viewer: True)
    log.record("call", kim)
    with pytest.raises(InvalidInput, match="^policy: "):
        log.visible_to(SUPPORT).timeline(kim).page()


def test_where_a_viewer_is_required_nobody_reads_without_one(make_log, kim):
    log = make_log(require_viewer=True)
    entry = log.record("call", kim)
    for refused in (
        lambda: log.timeline(kim),
        lambda: log.everything(),
        lambda: log.get(entry),
        lambda: log.history(entry),
        lambda: log.edit(entry, note="x"),
        lambda: log.overview(kim, sections={"a": Section("A", category="x")}),
    ):
        with pytest.raises(NotAllowed, match="visible_to"):
            refused()
    assert log.visible_to(SUPPORT).get(entry).id == entry.id
    assert log.visible_to(Viewer.unlimited()).timeline(kim).count() == 1


def test_a_limited_log_cannot_be_widened(log, kim):
    limited = log.visible_to(SUPPORT)
    for refused in (
        lambda: limited.visible_to(Viewer.unlimited()),
        lambda: limited.across(["default", "north"]),
        lambda: limited.base,
        lambda: limited.storage,
        lambda: limited.plans,
        lambda: limited.batch(uuid4()),
        lambda: limited.timeline(kim).explain(),
        lambda: limited.types.create("x"),
        lambda: limited.types.change("x"),
        lambda: limited.types.retire("x"),
        lambda: limited.types.restore("x"),
        lambda: limited.templates.create("x", "call"),
        lambda: limited.templates.retire("x"),
        lambda: limited.subjects.merge("a:1", into="a:2"),
        lambda: limited.subjects.unmerge("a:1"),
        lambda: limited.subjects.relink("a:1"),
        lambda: limited.subjects.set_status("a:1", "x", "y"),
        lambda: limited.files.sweep(),
        lambda: limited.migrate(),
        lambda: limited.close(),
        lambda: limited.provide(lambda: None),
        lambda: limited.resolver("contact"),
        lambda: limited.on(None),
    ):
        with pytest.raises(NotAllowed, match="viewer"):
            refused()
    customer = log.visible_to(Viewer(kim, internal=False))
    for refused in (lambda: list(customer.templates), lambda: customer.subjects.group(kim)):
        with pytest.raises(NotAllowed, match="viewer"):
            refused()


def test_a_bound_log_stays_limited(log, kim):
    log.record("note", kim, readers="user:9")
    limited = log.visible_to(SUPPORT)
    if "transactions" in {str(each) for each in log.storage.capabilities}:
        with limited.transaction() as within:
            assert within.timeline(kim).count() == 0
    assert limited.timeline(kim).count() == 0


def test_a_timeline_keeps_the_viewer_of_when_it_was_made(log, kim):
    log.record("note", kim, readers="user:9")
    timeline = log.visible_to(SUPPORT).timeline(kim)
    assert timeline.filter(types="note").oldest_first().count() == 0
    assert timeline.folded(timedelta(hours=1)).page().items == ()


# -- resolver labels --------------------------------------------------------------------------------------------------


def test_resolvers_are_asked_for_what_the_viewer_sees_named(log, kim, acme):
    asked = []

    @log.resolver("contact")
    def contacts(ids):
        asked.extend(ids)
        return {id: Link(f"Contact {id}", f"/contacts/{id}") for id in ids}

    hidden, actor, assignee = Ref("contact", 1), Ref("contact", 2), Ref("contact", 3)
    redacted = Ref("contact", 5)
    log.record("note", hidden, readers="user:9")
    log.record("note", kim, actor=Actor.customer(actor), assignee=assignee)
    log.record("mail", redacted, actor=Actor.customer(redacted), assignee=Ref("contact", 6))
    refs = [kim, hidden, actor, assignee, redacted, Ref("contact", 6), Ref("contact", 7), Ref("contact", 4)]
    limited = log.visible_to(Viewer(["user:4", "contact:4"]))
    found = limited.resolve(refs)
    assert [found[ref].label for ref in refs] == [
        "Contact 42", "contact:1", "Contact 2", "Contact 3", "Contact 5", "contact:6", "contact:7", "Contact 4",
    ]  # fmt: skip
    assert sorted(asked) == ["2", "3", "4", "42", "5"]
    assert log.resolve([hidden])[hidden].label == "Contact 1"


def test_what_read_entries_name_is_resolved_without_asking_the_store(log, kim, acme, monkeypatch):
    asked = []

    @log.resolver("contact")
    def contacts(ids):
        asked.extend(ids)
        return {id: Link(f"Contact {id}", f"/contacts/{id}") for id in ids}

    behalf, assignee = Ref("contact", 2), Ref("contact", 3)
    log.record(
        "note", kim, acme, actor=Actor.user(4, "Tom").on_behalf_of(behalf), assignee=assignee, source="contact:4"
    )
    log.record("mail", kim, assignee=Ref("contact", 9))
    limited = log.visible_to(SUPPORT)
    page = limited.timeline(kim).page()
    monkeypatch.setattr(type(log.storage), "fetch", None)
    found = limited.resolve(page)
    assert sorted(asked) == ["2", "3", "4", "42"], "each once, and nothing that is redacted"
    assert (found[kim].url, found[acme].label, found[Ref("user", 4)].label) == ("/contacts/42", "ACME", "Tom")


def test_a_timeline_says_whose_it_is_who_asks_and_in_which_language(log, kim):
    with scope(tenant="south", language="de"):
        timeline = log.visible_to(SUPPORT).timeline(kim)
    assert (timeline.tenants, timeline.language, timeline.viewer) == (("south",), "de", SUPPORT)
    both = log.across(["south", "north"]).everything()
    assert (both.tenants, both.viewer.is_limited) == (("north", "south"), False)


def test_a_subject_status_is_read_through_the_door(make_log, types, kim):
    types.define("account.status", of_subject=True, statuses=("active", "blocked"), permission="account.read")
    log = make_log(types=types)
    log.subjects.set_status(kim, "account.status", "blocked")
    assert log.visible_to(Viewer(permissions=["account.read"])).subjects.status(kim, "account.status") == "blocked"
    assert log.visible_to(SUPPORT).subjects.status(kim, "account.status") == "active"


# -- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Viewer("*"), "principals"),
        (lambda: Viewer(["user:1", "*"]), "principals"),
        (lambda: Viewer(7), "principals"),
        (lambda: Viewer("no ref"), "principals"),
        (lambda: Viewer([None, "user:3"]), "principals"),
        (lambda: Viewer(permissions="mail.read"), "permissions"),
        (lambda: Viewer(permissions=[""]), "permissions"),
        (lambda: Viewer(permissions=[7]), "permissions"),
        (lambda: Viewer(internal="no"), "internal"),
    ],
)
def test_a_viewer_that_is_none_is_refused(make, field):
    with pytest.raises(InvalidInput) as raised:
        make()
    assert raised.value.field == field


def test_a_viewer_is_a_viewer(log):
    for other in (None, "user:3", LEA):
        with pytest.raises(InvalidInput, match="^viewer: "):
            log.visible_to(other)


@pytest.mark.parametrize(
    "options",
    [{"require_viewer": 1}, {"require_tenant": "yes"}, {"policy": "all"}, {"log_reads": 5}, {"log_reads": timedelta()}],
    ids=str,
)
def test_options_of_rights_are_checked(make_log, options):
    [name] = options
    with pytest.raises(InvalidInput) as raised:
        make_log(**options)
    assert raised.value.field == name


def test_all_principals_of_an_iterator_are_taken():
    assert Viewer(f"group:{name}" for name in "ab").principals == {"group:a", "group:b"}
    assert Viewer(iter(["group:a"])).principals == {"group:a"}
    assert Viewer([]).principals == Viewer(()).principals == frozenset()


@pytest.mark.parametrize(
    "way",
    [
        lambda log, kim: log.privacy.erase(kim),
        lambda log, kim: log.retention.hold(kim, reason="why"),
        lambda log, kim: log.retention.rule("note", keep=3),
        lambda log, kim: log.retention.holds(),
        lambda log, kim: log.subjects.merge(kim, into="contact:1"),
        lambda log, kim: log.subjects.group(kim),
        lambda log, kim: log.types.create("new"),
        lambda log, kim: log.templates.create("new", "note"),
        lambda log, kim: list(log.templates),
        lambda log, kim: log.files.sweep(),
        lambda log, kim: log.resolve([kim]),
    ],
)
def test_where_a_viewer_is_required_nothing_is_changed_without_one(make_log, kim, way):
    log = make_log(actor=LEA, require_viewer=True)
    log.record("note", kim, note="for Kim")
    with pytest.raises(NotAllowed):
        way(log, kim)


def test_types_are_not_changed_through_a_limited_log(log, kim):
    log.record("salary", kim)
    limited = log.visible_to(SUPPORT)
    with pytest.raises(NotAllowed):
        limited.types.registry.override("salary", permission="")
    assert not limited.timeline(kim).exists()


def test_why_an_entry_is_held_is_not_told_to_a_viewer(log, kim):
    entry = log.record("call", kim)
    log.retention.hold(entry, reason="lawsuit 17 against them")
    for viewer in (Viewer("user:4"), Viewer(kim, internal=False)):
        limited = log.visible_to(viewer)
        assert "lawsuit" not in repr([(one.action, one.comment, one.changes) for one in limited.history(entry)])


def test_no_error_behind_the_error_names_what_is_hidden(log, kim):
    log.record("salary", kim, idempotency_key="salary:1")
    with pytest.raises(IdempotencyConflict) as refused:
        log.visible_to(Viewer("user:4")).record("salary", kim, note="another", idempotency_key="salary:1")
    assert getattr(refused.value.__context__, "first", None) is None
