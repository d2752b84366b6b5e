"""Privacy: everything about a person to hand out, and a person erased."""

from activitylog.privacy.privacy import Privacy
from activitylog.privacy.report import ErasureReport

__all__ = ["ErasureReport", "Privacy"]
