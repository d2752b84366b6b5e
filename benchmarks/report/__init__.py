"""The report: ``docs/benchmarks.md`` and its plots, of the results that are kept."""

from benchmarks.report.page import write

__all__ = ["write"]
