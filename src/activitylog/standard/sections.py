"""The sections of a customer file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from activitylog.overview import Section

__all__ = ["sections"]

sections: Final[Mapping[str, Section]] = {
    "communication": Section({"en": "Communication", "de": "Kommunikation"}, category="communication"),
    "tasks": Section({"en": "Tasks", "de": "Aufgaben"}, category="task"),
    "contracts": Section({"en": "Contracts", "de": "Verträge"}, category="contract"),
    "sales": Section({"en": "Sales", "de": "Vertrieb"}, category="sales"),
    "projects": Section({"en": "Projects", "de": "Projekte"}, category="project"),
}
"""For ``log.overview``: communication, tasks, contracts, sales and projects."""
