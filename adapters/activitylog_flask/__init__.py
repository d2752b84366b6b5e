"""Flask: an extension with its log, a timeline for templates, and the URLs behind it."""

from activitylog_flask.extension import ActivityLogExtension, current_log
from activitylog_flask.refs import ref_of

__all__ = ["ActivityLogExtension", "current_log", "ref_of"]
