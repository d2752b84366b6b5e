"""The activity log and customer timeline that any Python application embeds."""

from activitylog.activity import Activity, ActivityLike, Link
from activitylog.actors import Actor
from activitylog.attachments import Attachment, FileStore
from activitylog.catalog import Catalog
from activitylog.changes import REDACTED, Change
from activitylog.context import Context
from activitylog.counting import Count
from activitylog.draft import Draft
from activitylog.fields import FieldKind
from activitylog.folding import Fold
from activitylog.holds import Hold
from activitylog.log import ActivityLog
from activitylog.metrics import Metrics
from activitylog.overview import Overview, Section
from activitylog.pages import Page
from activitylog.plans import Batch, Plan
from activitylog.privacy import ErasureReport
from activitylog.refs import HasRef, Ref, RefLike
from activitylog.reports import Report
from activitylog.retention_report import RetentionReport, RetentionRow
from activitylog.revisions import Revision
from activitylog.scope import scope
from activitylog.statuses import Status
from activitylog.template import Template
from activitylog.timeline import Timeline
from activitylog.tracked import Tracked
from activitylog.types import ActivityType, TypeRegistry
from activitylog.viewers import Viewer

__all__ = [
    "REDACTED",
    "Activity",
    "ActivityLike",
    "ActivityLog",
    "ActivityType",
    "Actor",
    "Attachment",
    "Batch",
    "Catalog",
    "Change",
    "Context",
    "Count",
    "Draft",
    "ErasureReport",
    "FieldKind",
    "FileStore",
    "Fold",
    "HasRef",
    "Hold",
    "Link",
    "Metrics",
    "Overview",
    "Page",
    "Plan",
    "Ref",
    "RefLike",
    "Report",
    "RetentionReport",
    "RetentionRow",
    "Revision",
    "Section",
    "Status",
    "Template",
    "Timeline",
    "Tracked",
    "TypeRegistry",
    "Viewer",
    "scope",
]
