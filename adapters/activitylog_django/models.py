"""The tables of the SQL store as models, to be read by Django's ORM.

Django makes no tables of them: the numbered steps of the store do, which the migrations run. What is written passes by
the log only, which checks, links and announces it.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy

from activitylog.errors import NotAllowed
from activitylog_django.fields import IdField, InstantField, JsonField, KeyField, TextsField

__all__ = ["Document", "Entry", "EntryVersion", "Link", "SchemaStep"]


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise NotAllowed("activities are written by the log, not by the ORM: use get_log()")


class ReadOnlyQuerySet(models.QuerySet):
    """Reads, and writes nothing."""

    create = get_or_create = update_or_create = bulk_create = bulk_update = update = delete = _refuse


class ReadOnly(models.Model):
    """A row that the log wrote."""

    objects = ReadOnlyQuerySet.as_manager()

    class Meta:
        """Said once for all."""

        abstract = True
        managed = False

    save = delete = _refuse


class Entry(ReadOnly):
    """An activity as it is now; its key is the tenant with the id."""

    id = IdField(primary_key=True)
    tenant = KeyField()
    type = KeyField()
    type_version = models.IntegerField()
    category = KeyField()
    channel = KeyField()
    direction = KeyField()
    actor = KeyField()
    actor_label = models.TextField()
    actor_role = KeyField()
    behalf = KeyField()
    behalf_label = models.TextField()
    behalf_role = KeyField()
    team = KeyField()
    assignee = KeyField()
    assignee_label = models.TextField()
    assignee_role = KeyField()
    status = KeyField()
    occurred_at = InstantField()
    ended_at = InstantField(null=True)
    recorded_at = InstantField()
    due_at = InstantField(null=True)
    source = KeyField()
    source_label = models.TextField()
    source_role = KeyField()
    batch = KeyField()
    conversation = KeyField()
    reply_to = KeyField()
    template = KeyField()
    visibility = KeyField()
    audience = KeyField()
    idempotency_key = KeyField(null=True)
    pinned = models.BooleanField()
    held = models.BooleanField()
    archive_at = InstantField(null=True)
    purge_at = InstantField(null=True)
    version = models.IntegerField()
    modified_at = InstantField(null=True)
    modified_by = KeyField()
    modified_by_label = models.TextField()
    modified_by_role = KeyField()
    modified_behalf = KeyField()
    modified_behalf_label = models.TextField()
    modified_behalf_role = KeyField()
    action = KeyField()
    comment = models.TextField()
    deleted_at = InstantField(null=True)
    archived_at = InstantField(null=True)
    readers = TextsField()
    editors = TextsField()
    tags = TextsField()
    files = JsonField()
    links = JsonField()
    title = models.TextField()
    note = models.TextField()
    data = JsonField(null=True)
    changes = JsonField(null=True)
    context = JsonField(null=True)
    digest = KeyField()
    words = models.TextField()

    class Meta(ReadOnly.Meta):
        """The table of entries."""

        db_table = "activitylog_entries"
        verbose_name = gettext_lazy("activity")
        verbose_name_plural = gettext_lazy("activities")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Link(ReadOnly):
    """What an entry is linked to; a row is named by tenant, ref, time and id together, and ``id`` is the entry's."""

    id = IdField(primary_key=True)
    tenant = KeyField()
    ref = KeyField()
    occurred_at = InstantField()
    role = KeyField()
    type = KeyField()
    category = KeyField()
    channel = KeyField()
    direction = KeyField()
    actor = KeyField()
    assignee = KeyField()
    status = KeyField()
    team = KeyField()
    audience = KeyField()
    pinned = models.BooleanField()
    deleted_at = InstantField(null=True)
    archived_at = InstantField(null=True)
    held = models.BooleanField()
    recorded_at = InstantField()
    archive_at = InstantField(null=True)
    purge_at = InstantField(null=True)

    class Meta(ReadOnly.Meta):
        """The table of links."""

        db_table = "activitylog_links"
        default_permissions = ()


class EntryVersion(ReadOnly):
    """An earlier version of an entry; a row is named by tenant, id and version together."""

    id = IdField(primary_key=True)
    tenant = KeyField()
    version = models.IntegerField()
    record = models.TextField()

    class Meta(ReadOnly.Meta):
        """The table of versions."""

        db_table = "activitylog_versions"
        default_permissions = ()


class Document(ReadOnly):
    """A document of a tenant's, such as a template; a row is named by tenant, kind and name together."""

    name = KeyField(primary_key=True)
    tenant = KeyField()
    kind = KeyField()
    body = models.TextField()
    version = models.IntegerField()

    class Meta(ReadOnly.Meta):
        """The table of documents."""

        db_table = "activitylog_documents"
        default_permissions = ()


class SchemaStep(ReadOnly):
    """A step of the schema that was run."""

    number = models.IntegerField(primary_key=True)
    kind = KeyField()
    applied_at = InstantField()

    class Meta(ReadOnly.Meta):
        """The table of steps."""

        db_table = "activitylog_schema"
        default_permissions = ()
