"""Icons: small drawings on a grid of 24, chosen by a type's icon, channel or category.

They stand in each entry as they are: a sprite's ids would be double where two timelines are on one page, and a piece of
a page that the script fetches would depend on the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from activitylog import Activity

__all__ = ["DRAWINGS", "icon_of", "tone_of"]

DRAWINGS: Final[Mapping[str, str]] = {
    "bed": "M3 6v12M3 15h18v3M21 15v-2a3 3 0 0 0-3-3h-7v5M5.5 10.5h3",
    "bot": "M5 9h14v10H5zM12 9V5M9 5h6M9 13.5v1M15 13.5v1M2.5 13v3M21.5 13v3",
    "calendar": "M4 6h16v14H4zM4 10.5h16M8.5 3.5V8M15.5 3.5V8",
    "cart": "M3 4h2.5l2.2 11h10l2.3-8H6.3M9 19.5h.01M16.5 19.5h.01",
    "chat": "M4 5h16v11h-8l-5 4v-4H4z",
    "check": "M4 4h16v16H4zM8 12.2l2.8 2.8L16 9.5",
    "clip": "M19 11.5l-7.3 7.3a4.5 4.5 0 0 1-6.4-6.400l8-8a3 3 0 0 1 4.2 4.200l-7.8 7.800a1.5 1.5 0 0 "
    "1-2.1-2.100l7-7",
    "commit": "M12 8.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 12h6M15.5 12h6",
    "cross": "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM9 9l6 6M15 9l-6 6",
    "dot": "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
    "eye": "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"
    "M12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
    "file": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
    "folder": "M3 6h6l2 2.5h10V19H3z",
    "lock": "M5.5 11h13v9h-13zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    "mail": "M3 5.5h18v13H3zM3.5 6l8.5 7 8.5-7",
    "money": "M3 6.5h18v11H3zM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM6 12h.01M18 12h.01",
    "note": "M5 4h14v10l-6 6H5zM19 14h-6v6M8.5 8.5h7M8.5 12h4",
    "panel": "M4 4.5h16v15H4zM4 14.5h16",
    "pencil": "M4 20l1-4.5L16 4.5l3.5 3.5-11 11zM13.5 7l3.5 3.5",
    "people": "M9 4.5a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4zM2.5 19.5c.4-3.6 3-5.5 6.5-5.5s6.1 1.9 6.5 5.5"
    "M16 5a3 3 0 0 1 0 5.6M18 14.4c2 .7 3.2 2.5 3.5 5.1",
    "person": "M12 4a3.8 3.8 0 1 1 0 7.6A3.8 3.8 0 0 1 12 4zM4.5 20c.5-4 3.5-6 7.5-6s7 2 7.5 6",
    "phone": "M6 3.5h3.2l1.6 4.3-2.3 1.7a13 13 0 0 0 6 6l1.7-2.3 4.3 1.6V18a2.5 2.5 0 0 1-2.7 2.5A16 16 0 0 "
    "1 3.5 6.2 2.5 2.5 0 0 1 6 3.5z",
    "pin": "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11zM12 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
    "plus": "M12 5v14M5 12h14",
    "receipt": "M5.5 3.5l2.2 1.5 2.1-1.5 2.2 1.5 2.2-1.5 2.1 1.5 2.2-1.5v17l-2.2-1.5-2.1 1.5-2.2-1.5-2.2 "
    "1.5-2.1-1.5-2.2 1.5zM9 9.5h6M9 13.5h6",
    "refresh": "M19.5 8.5A8 8 0 0 0 4.5 10M4.5 5.5V10H9M4.5 15.5a8 8 0 0 0 15-1.5M19.5 18.5V14H15",
    "send": "M20.5 3.5l-17 6.5 7 3.5 3.5 7zM10.5 13.5l4-4",
    "share": "M12 14.5V4M8 7.5L12 3.5l4 4M5 12.5v7.5h14v-7.5",
    "tag": "M4 4h8l8.5 8.5-8 8L4 12zM8 8h.01",
    "ticket": "M3 7h18v3.5a1.7 1.7 0 0 0 0 3.4V17H3v-3.1a1.7 1.7 0 0 0 0-3.4zM14 7v10",
    "trash": "M4.5 6.5h15M9 6.5v-3h6v3M6.5 6.5l1 14h9l1-14M10 10.5v6M14 10.5v6",
    "truck": "M2.5 6h11v10h-11zM13.5 9.5h4l4 3.5v3h-8zM7 18.5h.01M17.5 18.5h.01",
}  # fmt: skip
"""By name: the path of each."""

_MEANT: Final[Mapping[str, str]] = {
    # by a part of a type's icon, a channel or a category, the first that fits
    "banknote": "money", "bed": "bed", "bot": "bot", "calendar": "calendar", "cart": "cart", "message": "chat",
    "chat": "chat", "check": "check", "commit": "commit", "git": "commit", "circle-x": "cross", "eye": "eye",
    "folder": "folder", "file": "file", "lock": "lock", "mailbox": "mail", "mail": "mail", "inbox": "mail",
    "post": "mail", "sticky": "note", "note": "note", "panel": "panel", "widget": "panel", "pencil": "pencil",
    "pin": "pin", "users": "people", "people": "people", "user": "person", "person": "person", "account": "person",
    "phone": "phone", "plus": "plus", "receipt": "receipt", "billing": "receipt", "invoice": "receipt",
    "refresh": "refresh", "repeat": "refresh", "subscription": "refresh", "send": "send", "share": "share",
    "export": "share", "tag": "tag", "ticket": "ticket", "support": "ticket", "trash": "trash", "truck": "truck",
    "communication": "chat", "task": "check", "contract": "file", "project": "folder", "sales": "cart",
    "change": "pencil", "booking": "calendar", "development": "commit", "access": "eye",
}  # fmt: skip

_TONES: Final[Mapping[str, str]] = {
    "access": "quiet", "account": "violet", "billing": "green", "booking": "teal", "change": "quiet",
    "communication": "blue", "contract": "teal", "development": "violet", "export": "quiet", "file": "quiet",
    "project": "teal", "sales": "green", "subscription": "green", "support": "rose", "task": "amber",
}  # fmt: skip


def icon_of(activity: Activity) -> str:
    """Return the path of the icon that fits an entry best."""
    if activity.redacted:
        return DRAWINGS["lock"]
    for name in (activity.icon, activity.channel, activity.category):
        for part, drawing in _MEANT.items():
            if part in name:
                return DRAWINGS[drawing]
    return DRAWINGS["dot"]


def tone_of(activity: Activity) -> str:
    """Return the colour of an entry: a name that the stylesheet knows."""
    return "quiet" if activity.redacted else _TONES.get(activity.category, "blue")
