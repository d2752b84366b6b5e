"""All ways to what a log limited to a viewer gives: what reads, what writes, and what is not to be had.

Every public method of whatever such a log reaches stands here; a clause fails where a new one does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from io import BytesIO
from itertools import islice
from typing import Any, Final
from uuid import UUID
from zipfile import ZipFile

import orjson
from attrs import frozen

from activitylog.activity import Activity, Link
from activitylog.catalog import Catalog
from activitylog.draft import Draft
from activitylog.files import Files
from activitylog.folding import Fold
from activitylog.log import ActivityLog
from activitylog.metrics import Metrics
from activitylog.overview import Overview, Section
from activitylog.pages import Page
from activitylog.privacy import Privacy
from activitylog.refs import Ref, RefLike
from activitylog.subjects import Subjects
from activitylog.templates import Templates
from activitylog.testing.contract.leak_worlds import IDS, NOW, REFS
from activitylog.timeline import Timeline
from activitylog.viewers import Viewer

__all__ = ["ELSEWHERE", "QUESTIONS", "REACHED", "READS", "REFUSED", "WRITES", "Asked", "told", "ways"]

REACHED: Final = (ActivityLog, Timeline, Metrics, Overview, Files, Templates, Subjects, Catalog, Privacy)
"""The classes that a limited log gives, or is."""

QUESTIONS: Final[tuple[Mapping[str, Any], ...]] = (
    {},
    {"types": "mail"},
    {"types": ["salary", "old.type", "note"]},
    {"category": "talk"},
    {"channel": "email"},
    {"direction": "incoming"},
    {"actor": "user:3"},
    {"on_behalf_of": REFS[1]},
    {"assignee": "user:4"},
    {"team": ["", "south"]},
    {"status": "open"},
    {"open": True},
    {"open": False},
    {"source": "mail:1"},
    {"batch": ""},
    {"conversation": "c1"},
    {"tags": "hot"},
    {"since": NOW - timedelta(minutes=2), "until": NOW},
    {"due_until": NOW + timedelta(hours=1)},
    {"search": "secret"},
    {"search": "kim"},
    {"direct": True},
    {"pinned": True},
    {"pinned": False},
    {"archived": None, "deleted": None},
    {"deleted": True},
)
"""Filters that a timeline is asked with."""


@frozen
class Asked:
    """A limited log, and what is asked of it."""

    log: ActivityLog
    mark: str
    subjects: tuple[Ref, ...]
    filters: Mapping[str, Any]
    order: str
    size: int

    @property
    def timeline(self) -> Timeline[Activity]:
        """The timeline that is asked."""
        found = self.log.timeline(*self.subjects) if self.subjects else self.log.everything()
        found = found.filter(**self.filters)
        return getattr(found, self.order)() if self.order else found

    @property
    def metrics(self) -> Metrics:
        """The metrics of the timeline."""
        return self.timeline.metrics(tz="Europe/Berlin")

    @property
    def overview(self) -> Overview:
        """The overview of the first subject."""
        sections = {"talk": Section("Talk", category="talk"), "rest": Section("Rest", types=("note", "salary"))}
        return self.log.overview((*self.subjects, REFS[0])[0], sections=sections).filter(**self.filters)

    def pages(self) -> list[Any]:
        """Return all pages forth, and back again from the last one; of a store that goes round in circles not all."""
        page = self.timeline.page(self.size)
        found = [page]
        while page.next is not None and len(found) < _PAGES:
            page = self.timeline.page(self.size, after=page.next)
            found.append(page)
        while page.previous is not None and len(found) < 2 * _PAGES:
            page = self.timeline.page(self.size, before=page.previous)
            found.append(page)
        return found

    def archive(self, ref: RefLike) -> list[Any]:
        """Return what the archive of a person holds; without the random: ids of files."""
        with ZipFile(BytesIO(b"".join(self.log.privacy.export(ref)))) as archive:
            told = [orjson.loads(line) for line in archive.read("activities.jsonl").splitlines()]
            names = archive.namelist()
            return [names, [{**entry, "attachments": ()} for entry in told], archive.read("subject.json")]


Way = Callable[[Asked], Any]

_PAGES: Final = 100

_NEW: Final = tuple(UUID(int=one.int + 1_000) for one in IDS[:3])

READS: Final[Mapping[str, Way]] = {
    "ActivityLog.get": lambda a: each(a.log.get),
    "ActivityLog.history": lambda a: each(a.log.history),
    "ActivityLog.timeline": lambda a: some(a.log.timeline(REFS[0])),
    "ActivityLog.everything": lambda a: some(a.log.everything()),
    "ActivityLog.overview": lambda a: a.overview.counts(),
    "ActivityLog.resolve": lambda a: a.log.resolve([*REFS, "user:3", "user:4", "user:9", "mail:1"]),
    "ActivityLog.types": lambda a: [declared.name for declared in a.log.types],
    "ActivityLog.templates": lambda a: [template.name for template in a.log.templates],
    "ActivityLog.subjects": lambda a: a.log.subjects.status(REFS[0], "account"),
    "ActivityLog.privacy": lambda a: a.archive(REFS[0]),
    "Privacy.export": lambda a: [a.archive(ref) for ref in (*REFS, "user:3", "user:4")],
    "ActivityLog.files": lambda a: each(lambda one: a.log.files.open(one, IDS[0])),
    "Timeline.tenants": lambda a: list(a.timeline.tenants),
    "Timeline.language": lambda a: a.timeline.language,
    "Timeline.viewer": lambda a: sorted(a.timeline.viewer.principals),
    "Timeline.concerns": lambda a: [a.timeline.concerns(one) for one in some(a.log.everything())],
    "Timeline.filter": lambda a: [a.timeline.filter(**filters).count() for filters in QUESTIONS],
    "Timeline.oldest_first": lambda a: some(a.timeline.oldest_first()),
    "Timeline.by_due": lambda a: some(a.timeline.by_due()),
    "Timeline.folded": lambda a: a.timeline.folded(timedelta(minutes=1)).page(a.size),
    "Timeline.page": lambda a: a.pages(),
    "Timeline.arrived": lambda a: a.timeline.arrived(after=a.mark),
    "Timeline.__iter__": lambda a: some(a.timeline),
    "Timeline.first": lambda a: a.timeline.first(),
    "Timeline.exists": lambda a: a.timeline.exists(),
    "Timeline.count": lambda a: [a.timeline.count(), a.timeline.count(at_most=2)],
    "Timeline.count_by": lambda a: [
        *(a.timeline.count_by(name) for name in ("type", "category", "channel", "direction", "actor", "team")),
        *(a.timeline.count_by(name, "day", tz="Asia/Kolkata") for name in ("status", "assignee", "subject")),
        a.timeline.count_by("type", "status", "hour"),
    ],
    "Timeline.metrics": lambda a: a.timeline.metrics().trend(),
    "Metrics.volume": lambda a: [
        a.metrics.volume("day", by) for by in (None, "type", "channel", "direction", "actor", "team")
    ],
    "Metrics.channels": lambda a: a.metrics.channels(),
    "Metrics.preferred_channel": lambda a: a.metrics.preferred_channel(),
    "Metrics.last_contact": lambda a: a.metrics.last_contact(),
    "Metrics.silent": lambda a: a.metrics.silent(NOW - timedelta(minutes=1)),
    "Metrics.frequency": lambda a: a.metrics.frequency(),
    "Metrics.response_times": lambda a: [a.metrics.response_times(by) for by in (None, "actor", "team")],
    "Metrics.trend": lambda a: a.metrics.trend(),
    "Metrics.engagement": lambda a: a.metrics.engagement(),
    "Overview.__getitem__": lambda a: some(a.overview["talk"]),
    "Overview.__iter__": lambda a: some(a.overview),
    "Overview.__len__": lambda a: len(a.overview),
    "Overview.label": lambda a: a.overview.label("talk"),
    "Overview.filter": lambda a: a.overview.filter(types="mail").counts(),
    "Overview.counts": lambda a: a.overview.counts(mine="user:4"),
    "Overview.pages": lambda a: a.overview.pages(a.size),
    "Files.open": lambda a: each(lambda one: a.log.files.open(one, IDS[0])),
    "Templates.__iter__": lambda a: some(a.log.templates),
    "Templates.__getitem__": lambda a: a.log.templates["none"],
    "Templates.__contains__": lambda a: "none" in a.log.templates,
    "Templates.draft": lambda a: a.log.templates.draft("none", REFS[0]),
    "Subjects.group": lambda a: a.log.subjects.group(REFS[0]),
    "Subjects.status": lambda a: [a.log.subjects.status(ref, "account", at=at) for ref in REFS for at in (None, NOW)],
    "Catalog.get": lambda a: a.log.types.get("old.type"),
    "Catalog.of_data": lambda a: a.log.types.of_data(dict),
    "Catalog.__getitem__": lambda a: a.log.types["old.type"],
    "Catalog.__contains__": lambda a: "old.type" in a.log.types,
    "Catalog.__iter__": lambda a: [declared.name for declared in a.log.types],
    "Catalog.__len__": lambda a: len(a.log.types),
}
"""What gives something of the log."""

WRITES: Final[Mapping[str, Way]] = {
    "ActivityLog.edit": lambda a: each(lambda one: a.log.edit(one, note="edited")),
    "ActivityLog.transition": lambda a: each(lambda one: a.log.transition(one, "done")),
    "ActivityLog.assign": lambda a: each(lambda one: a.log.assign(one, "user:5")),
    "ActivityLog.tag": lambda a: each(lambda one: a.log.tag(one, add="new")),
    "ActivityLog.pin": lambda a: each(a.log.pin),
    "ActivityLog.due": lambda a: each(lambda one: a.log.due(one, NOW)),
    "ActivityLog.archive": lambda a: each(a.log.archive),
    "ActivityLog.delete": lambda a: each(a.log.delete),
    "ActivityLog.restore": lambda a: each(a.log.restore),
    "ActivityLog.share": lambda a: each(lambda one: a.log.share(one, readers=["user:4", "*"])),
    "Files.add": lambda a: each(lambda one: a.log.files.add(one, b"text", name="text.txt").sha256),
    "Files.remove": lambda a: each(lambda one: a.log.files.remove(one, IDS[0])),
    "ActivityLog.record": lambda a: a.log.record(Draft("note", REFS[0], id=_NEW[0], note="new", occurred_at=NOW)),
    "ActivityLog.record_many": lambda a: a.log.record_many(
        [Draft("mail", REFS[0], id=_NEW[1], note="new", occurred_at=NOW)]
    ),
    "ActivityLog.record_change": lambda a: a.log.record_change(
        REFS[0], before={"city": "Ulm"}, after={"city": "Bonn"}, id=_NEW[2], occurred_at=NOW
    ),
}
"""What changes something, and tells what it found."""

REFUSED: Final[Mapping[str, Way]] = {
    "ActivityLog.base": lambda a: a.log.base,
    "ActivityLog.storage": lambda a: a.log.storage,
    "ActivityLog.plans": lambda a: a.log.plans,
    "ActivityLog.retention": lambda a: a.log.retention,
    "ActivityLog.batch": lambda a: a.log.batch(IDS[0]),
    "ActivityLog.across": lambda a: a.log.across(["any"]),
    "ActivityLog.visible_to": lambda a: a.log.visible_to(Viewer.unlimited()),
    "ActivityLog.migrate": lambda a: a.log.migrate(),
    "ActivityLog.close": lambda a: a.log.close(),
    "ActivityLog.provide": lambda a: a.log.provide(lambda: None),
    "ActivityLog.on": lambda a: a.log.on(None),
    "ActivityLog.resolver": lambda a: a.log.resolver("contact"),
    "Timeline.explain": lambda a: a.timeline.explain(),
    "Privacy.erase": lambda a: a.log.privacy.erase(REFS[0]),
    "Files.sweep": lambda a: a.log.files.sweep(),
    "Templates.create": lambda a: a.log.templates.create("new", "note"),
    "Templates.retire": lambda a: a.log.templates.retire("new"),
    "Subjects.merge": lambda a: a.log.subjects.merge(REFS[0], into=REFS[1]),
    "Subjects.unmerge": lambda a: a.log.subjects.unmerge(REFS[0]),
    "Subjects.relink": lambda a: a.log.subjects.relink(REFS[0]),
    "Subjects.set_status": lambda a: a.log.subjects.set_status(REFS[0], "account", "off"),
    "Catalog.registry": lambda a: a.log.types.registry,
    "Catalog.create": lambda a: a.log.types.create("new"),
    "Catalog.change": lambda a: a.log.types.change("new"),
    "Catalog.retire": lambda a: a.log.types.retire("new"),
    "Catalog.restore": lambda a: a.log.types.restore("new"),
}
"""What only the log itself does."""

ELSEWHERE: Final = frozenset(
    {"ActivityLog.transaction", "ActivityLog.bound_to", "ActivityLog.committed", "ActivityLog.paused"}
)
"""What gives nothing, or the limited log again."""


def each(verb: Callable[[Any], Any]) -> list[Any]:
    """Return what a verb gives, or raises, for each id."""
    return [answer(lambda: verb(one)) for one in IDS]  # noqa: B023 -- called at once


def some(items: Iterable[Any]) -> list[Any]:
    """Return what comes, of a store that never ends not all."""
    return list(islice(items, 1_000))


def answer(ask: Callable[[], Any]) -> Any:
    """Return what is told of an answer, or of the error in its place."""
    try:
        return told(ask())
    except Exception as error:
        return type(error).__name__, str(error)


def told(found: Any) -> Any:
    """Return all that an answer tells, as plain values; without the random: marks of pages, ids of files."""
    match found:
        case Activity():
            return {**found.to_dict(), "attachments": [one.name for one in found.attachments]}
        case Fold():
            return found.count, [told(one) for one in found.activities]
        case Page():
            return [told(item) for item in found], found.next, found.previous
        case Link():
            return found.label, found.url
        case Mapping():
            return {str(key): told(value) for key, value in found.items()}
        case list() | tuple() | set():
            return [told(item) for item in found]
        case _:
            return found


def ways() -> frozenset[str]:
    """Return the public methods and properties of what a limited log reaches, as ``Class.name``."""
    special = {"__iter__", "__getitem__", "__contains__", "__len__"}
    return frozenset(
        f"{reached.__name__}.{name}"
        for reached in REACHED
        for owner in reached.__mro__
        if owner.__module__.startswith("activitylog")
        for name in vars(owner)
        if name in special or not name.startswith("_")
    )
