"""The command line: ``activitylog import | timeline | stats | export | privacy | retention | migrate``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from activitylog.errors import ActivityLogError, StorageError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 where the store failed, 2 where what was given is wrong."""
    try:
        from activitylog.cli.arguments import parser  # here, so that a missing extra is one line too

        arguments = parser().parse_args(argv)
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except StorageError as error:
        return _failed(error, 1)
    except ActivityLogError as error:
        return _failed(error, 2)
    except BrokenPipeError:  # whoever read has enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _failed("interrupted; what was recorded stays, repeat the command to go on", 130)
    return code


def _failed(error: object, code: int) -> int:
    print(f"activitylog: {' '.join(str(error).split())}", file=sys.stderr)
    return code
