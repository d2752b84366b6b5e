"""``activitylog migrate``."""

from __future__ import annotations

from argparse import Namespace

from activitylog.cli.opening import opened
from activitylog.cli.output import line

__all__ = ["migrate"]


def migrate(arguments: Namespace) -> int:
    """Create or upgrade the schema; safe to repeat."""
    with opened(arguments) as log:
        log.migrate(search_index=arguments.search_index)
    index = {None: "", True: ", and has its search index", False: ", and has no search index"}[arguments.search_index]
    line(f"the store's schema is up to date{index}")
    return 0
