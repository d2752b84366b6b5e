"""The commands of the site: `python examples/django_site/manage.py seed`, then `runserver`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[1]))  # where `sample_crm` is
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kontor.settings")
    execute_from_command_line(sys.argv)
