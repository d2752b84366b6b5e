"""Attachments: files of entries, and the place where their content is kept."""

from activitylog.attachments.attachment import Attachment
from activitylog.attachments.contents import Contents
from activitylog.attachments.file_store import FileStore
from activitylog.attachments.owners import FILE, Owner
from activitylog.attachments.shelf import Kept, Shelf

__all__ = ["FILE", "Attachment", "Contents", "FileStore", "Kept", "Owner", "Shelf"]
