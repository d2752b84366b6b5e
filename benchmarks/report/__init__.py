"""The report: ``docs/benchmarks.md`` and its plots, of the results that are kept."""
