"""Attachments: files of entries, and the place where their content is kept."""

from activitylog.attachments.attachment import Attachment
from activitylog.attachments.contents import Contents

__all__ = ["Attachment", "Contents"]
