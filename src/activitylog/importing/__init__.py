"""What exists already, as activities: mailboxes, git history, and exports of other logs. All can be repeated."""

from activitylog.importing.git import import_git
from activitylog.importing.jsonl import export_jsonl, import_jsonl
from activitylog.importing.mail import import_mail
from activitylog.importing.report import ImportReport, Unreadable

__all__ = ["ImportReport", "Unreadable", "export_jsonl", "import_git", "import_jsonl", "import_mail"]
