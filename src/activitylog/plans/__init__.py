"""Plans: one action for many subjects, looked at before it is done, and the batch that comes of it."""

from activitylog.plans.batch import Batch, BatchFields
from activitylog.plans.plan import Plan, Plans

__all__ = ["Batch", "BatchFields", "Plan", "Plans"]
