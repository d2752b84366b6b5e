"""``python -m activitylog`` is the command line."""

import sys

from activitylog.cli import main

sys.exit(main())
