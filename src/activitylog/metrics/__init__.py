"""What a timeline tells in numbers. The formulas stand in ``docs/guide/metrics.md``."""

from activitylog.metrics.metrics import Metrics
from activitylog.metrics.rows import (
    Channel,
    Engagement,
    Frequency,
    LastContact,
    Period,
    ResponseTimes,
    Silent,
    Trend,
    Volume,
)

__all__ = [
    "Channel",
    "Engagement",
    "Frequency",
    "LastContact",
    "Metrics",
    "Period",
    "ResponseTimes",
    "Silent",
    "Trend",
    "Volume",
]
