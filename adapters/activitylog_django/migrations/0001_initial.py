"""The first step of the schema: entries with their links and versions, and documents."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from activitylog_django import fields
from activitylog_django.operations import RunSteps


class Migration(migrations.Migration):
    """Makes the tables."""

    initial = True

    dependencies: ClassVar[list[Any]] = []

    operations: ClassVar[list[Any]] = [
        RunSteps(upto=1),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("name", fields.KeyField(primary_key=True)),
                ("tenant", fields.KeyField()),
                ("kind", fields.KeyField()),
                ("body", models.TextField()),
                ("version", models.IntegerField()),
            ],
            options={
                "db_table": "activitylog_documents",
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", fields.IdField(primary_key=True)),
                ("tenant", fields.KeyField()),
                ("type", fields.KeyField()),
                ("type_version", models.IntegerField()),
                ("category", fields.KeyField()),
                ("channel", fields.KeyField()),
                ("direction", fields.KeyField()),
                ("actor", fields.KeyField()),
                ("actor_label", models.TextField()),
                ("actor_role", fields.KeyField()),
                ("behalf", fields.KeyField()),
                ("behalf_label", models.TextField()),
                ("behalf_role", fields.KeyField()),
                ("team", fields.KeyField()),
                ("assignee", fields.KeyField()),
                ("assignee_label", models.TextField()),
                ("assignee_role", fields.KeyField()),
                ("status", fields.KeyField()),
                ("occurred_at", fields.InstantField()),
                ("ended_at", fields.InstantField(null=True)),
                ("recorded_at", fields.InstantField()),
                ("due_at", fields.InstantField(null=True)),
                ("source", fields.KeyField()),
                ("source_label", models.TextField()),
                ("source_role", fields.KeyField()),
                ("batch", fields.KeyField()),
                ("conversation", fields.KeyField()),
                ("reply_to", fields.KeyField()),
                ("template", fields.KeyField()),
                ("visibility", fields.KeyField()),
                ("audience", fields.KeyField()),
                ("idempotency_key", fields.KeyField(null=True)),
                ("pinned", models.BooleanField()),
                ("held", models.BooleanField()),
                ("archive_at", fields.InstantField(null=True)),
                ("purge_at", fields.InstantField(null=True)),
                ("version", models.IntegerField()),
                ("modified_at", fields.InstantField(null=True)),
                ("modified_by", fields.KeyField()),
                ("modified_by_label", models.TextField()),
                ("modified_by_role", fields.KeyField()),
                ("modified_behalf", fields.KeyField()),
                ("modified_behalf_label", models.TextField()),
                ("modified_behalf_role", fields.KeyField()),
                ("action", fields.KeyField()),
                ("comment", models.TextField()),
                ("deleted_at", fields.InstantField(null=True)),
                ("archived_at", fields.InstantField(null=True)),
                ("readers", fields.TextsField()),
                ("editors", fields.TextsField()),
                ("tags", fields.TextsField()),
                ("files", fields.JsonField()),
                ("links", fields.JsonField()),
                ("title", models.TextField()),
                ("note", models.TextField()),
                ("data", fields.JsonField(null=True)),
                ("changes", fields.JsonField(null=True)),
                ("context", fields.JsonField(null=True)),
                ("digest", fields.KeyField()),
                ("words", models.TextField()),
            ],
            options={
                "verbose_name": "activity",
                "verbose_name_plural": "activities",
                "db_table": "activitylog_entries",
                "managed": False,
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="EntryVersion",
            fields=[
                ("id", fields.IdField(primary_key=True)),
                ("tenant", fields.KeyField()),
                ("version", models.IntegerField()),
                ("record", models.TextField()),
            ],
            options={
                "db_table": "activitylog_versions",
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", fields.IdField(primary_key=True)),
                ("tenant", fields.KeyField()),
                ("ref", fields.KeyField()),
                ("occurred_at", fields.InstantField()),
                ("role", fields.KeyField()),
                ("type", fields.KeyField()),
                ("category", fields.KeyField()),
                ("channel", fields.KeyField()),
                ("direction", fields.KeyField()),
                ("actor", fields.KeyField()),
                ("assignee", fields.KeyField()),
                ("status", fields.KeyField()),
                ("team", fields.KeyField()),
                ("audience", fields.KeyField()),
                ("pinned", models.BooleanField()),
                ("deleted_at", fields.InstantField(null=True)),
                ("archived_at", fields.InstantField(null=True)),
                ("held", models.BooleanField()),
                ("recorded_at", fields.InstantField()),
                ("archive_at", fields.InstantField(null=True)),
                ("purge_at", fields.InstantField(null=True)),
            ],
            options={
                "db_table": "activitylog_links",
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SchemaStep",
            fields=[
                ("number", models.IntegerField(primary_key=True)),
                ("kind", fields.KeyField()),
                ("applied_at", fields.InstantField()),
            ],
            options={
                "db_table": "activitylog_schema",
                "managed": False,
                "default_permissions": (),
            },
        ),
    ]
