"""The activity log at home in Django: an app for ``INSTALLED_APPS``, and ``ACTIVITYLOG`` in the settings."""

from activitylog_django.log import get_log
from activitylog_django.querysets import TrackedQuerySet
from activitylog_django.refs import SubjectMixin, ref_of
from activitylog_django.track import track

__all__ = ["SubjectMixin", "TrackedQuerySet", "get_log", "ref_of", "track"]
