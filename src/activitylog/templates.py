"""Templates: ``log.templates``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypedDict, Unpack

from attrs import evolve

from activitylog.attachments import Attachment, Owner
from activitylog.call import Call
from activitylog.documents import change_document, documents_of, one_document
from activitylog.draft import Draft, drafted, single
from activitylog.errors import InvalidInput, UnknownTemplate
from activitylog.filling import filled_fields
from activitylog.language import Text
from activitylog.limits import CODE, IDENTIFIER, checked_text
from activitylog.refs import RefLike
from activitylog.storage import Document
from activitylog.template import TEMPLATE, Template, checked_template, stored_template, template_body
from activitylog.types import ActivityType, Direction

__all__ = ["TemplateFields", "Templates"]


class TemplateFields(TypedDict, total=False):
    """The fields of a ``Draft`` that a template can have."""

    title: Text
    note: Text
    data: Any
    tags: Iterable[str]
    readers: Iterable[RefLike] | RefLike | None
    editors: Iterable[RefLike] | RefLike | None
    assignee: RefLike | None
    source: RefLike | None
    pinned: bool
    status: str
    direction: Direction | None
    channel: str | None
    team: str | None
    conversation: str


class Templates:
    """The templates of a tenant: iterate them, retired ones too, or look one up by its name.

    They are read from the store each time: what another process makes or retires is seen at once.
    """

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call

    def create(
        self,
        name: str,
        type: str | ActivityType,
        *,
        attachments: Iterable[Attachment] = (),
        archive_after: timedelta | None = None,
        purge_after: timedelta | None = None,
        **fields: Unpack[TemplateFields],
    ) -> Template:
        """Keep a template under a name that no other has; that of a retired one can be taken again.

        Title, note, tags and the texts within data can hold placeholders: ``{contact.salutation}``, a dotted public
        name, to be filled by ``draft``; ``{{`` is a brace. Title and note may be texts by language.

        Args:
            name: of up to 255 bytes.
            type: of what is made of it.
            attachments: files, up to 100; kept once, however often drafts are made of the template.
            archive_after: at which age that leaves the normal timeline.
            purge_after: at which age it leaves the store.
            fields: as of ``Draft``; what belongs to one activity only, such as its times, is given to the draft.

        Raises:
            InvalidInput, UnknownType: the name is taken, or a value or a placeholder does not fit.
        """
        call = self._call().trusted("templates.create")
        checked_text("name", name, IDENTIFIER, required=True)
        declared = call.types[type.name if isinstance(type, ActivityType) else checked_text("type", type, CODE)]
        others = {"attachments": attachments, "archive_after": archive_after, "purge_after": purge_after}
        template = checked_template(name, declared, fields, others)
        _check_free(one_document(call.store, call.tenant, TEMPLATE, name))  # before files are read
        with _with_files(call, template) as whole:
            before = _take_name(call, whole)
        if before is not None and before.attachments:
            call.contents.of(call.tenant).release(call.store, [file.sha256 for file in before.attachments])
        return whole

    def retire(self, name: str) -> Template:
        """Make no more drafts of a template; what was made of it stays as it is.

        Raises:
            UnknownTemplate: there is none of this name.
        """
        call = self._call().trusted("templates.retire")

        def retired(stored: Document | None) -> str:
            return template_body(evolve(_known(stored), retired=True))

        checked_text("template", name, IDENTIFIER)
        _, after = change_document(call.store, call.tenant, TEMPLATE, name, retired)
        return stored_template(after)

    def draft(self, name: str, /, *subjects: RefLike, **values: Any) -> Draft:
        """Return a draft made of a template, to be looked at, changed by ``replace``, and recorded.

        Placeholders are filled from the values, by their public names (keys of mappings, attributes of objects); then
        by ``subject`` (the first; also ``subject.label``, ``.id``, ``.kind``), ``subjects`` and ``actor``; then by the
        fields of the template's data. None, and what has no text of its own, fills nothing.

        Raises:
            UnknownTemplate: there is none of this name.
            InvalidInput: it is retired, or a text becomes too long.
            MissingPlaceholders: nothing fills some placeholders; ``names`` has all of them.
        """
        call = self._call().for_staff("templates")
        template = _named(call, name)
        if template.retired:
            raise InvalidInput("template", "is retired: no drafts are made of it any more")
        about = [single("subjects", subject) for subject in subjects]
        fields = filled_fields(template, call.language, about, call.actor(), values)
        fields |= {name: getattr(template, name) for name in ("attachments", "archive_after", "purge_after")}
        return drafted(template.type, about, fields, made_at=call.now, template=name)

    def __getitem__(self, name: str) -> Template:
        return _named(self._call().for_staff("templates"), name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(template.name == name for template in self)

    def __iter__(self) -> Iterator[Template]:
        call = self._call().for_staff("templates")
        return map(stored_template, documents_of(call.store, call.tenant, TEMPLATE))


def _named(call: Call, name: str) -> Template:
    checked_text("template", name, IDENTIFIER)
    return _known(one_document(call.store, call.tenant, TEMPLATE, name))


def _known(stored: Document | None) -> Template:
    if stored is None:
        raise UnknownTemplate
    return stored_template(stored)


def _check_free(stored: Document | None) -> None:
    """Raise where a template has its name still; that of a retired one can be taken again.

    Raises:
        InvalidInput: the name is taken.
    """
    if stored is not None and not stored_template(stored).retired:
        raise InvalidInput("name", "there is a template of this name already: retire it first, or take another")


def _take_name(call: Call, template: Template) -> Template | None:
    """Store a template, and return the retired one in whose place it is."""

    def taken(stored: Document | None) -> str:
        _check_free(stored)
        return template_body(template)

    before, _ = change_document(call.store, call.tenant, TEMPLATE, template.name, taken)
    return None if before is None else stored_template(before)


@contextmanager
def _with_files(call: Call, template: Template) -> Iterator[Template]:
    """Give the template with its files kept; what nothing owns afterwards goes again."""
    if not template.attachments:
        yield template
        return
    with call.contents.of(call.tenant).kept(call.store, template.attachments) as kept:
        files = kept.files(template.attachments)
        kept.own(call.store, [(Owner.template(template.name), files)])
        yield evolve(template, attachments=tuple(map(Attachment.of_file, files)))
