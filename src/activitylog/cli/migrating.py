"""``activitylog migrate``."""

from __future__ import annotations

from argparse import Namespace

from activitylog.cli.opening import opened
from activitylog.cli.output import line

__all__ = ["migrate"]


def migrate(arguments: Namespace) -> int:
    """Create or upgrade the schema; safe to repeat."""
    with opened(arguments) as log:
        log.migrate(search_index=arguments.search_index, partitions=arguments.partitions)
    index = {None: "", True: ", and has its search index", False: ", and has no search index"}[arguments.search_index]
    split = "" if arguments.partitions is None else f", in {arguments.partitions} partitions"
    line(f"the store's schema is up to date{split}{index}")
    return 0
