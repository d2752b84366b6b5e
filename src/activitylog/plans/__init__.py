"""Plans: one action for many subjects, looked at before it is done, and the batch that comes of it."""

from activitylog.plans.batch import Batch
from activitylog.plans.plan import Plan, Plans

__all__ = ["Batch", "Plan", "Plans"]
