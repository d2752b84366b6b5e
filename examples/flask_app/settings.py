"""The app's configuration: one URL says where its data lies."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex
from typing import Any

from flask_app.teams import parents, policy
from sample_crm.activities import types

SQL = ("sqlite", "postgresql", "mysql", "mariadb")


def settings(store: str, folder: Path) -> dict[str, Any]:
    """Rows and log share an SQL database, and so its transactions. Of any other store only the log is in it."""
    scheme = store.partition(":")[0].partition("+")[0] or "sqlite"
    shared = scheme in SQL
    return {
        "SECRET_KEY": os.environ.get("SECRET_KEY") or token_hex(),  # of a random one, sessions end with the process
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 30_000_000,
        "WTF_I18N_ENABLED": False,  # WTForms has translations of its own
        "SQLALCHEMY_DATABASE_URI": store if store and shared else f"sqlite:///{scheme}.db",
        "ACTIVITYLOG_STORE": None if shared else store,
        "ACTIVITYLOG_TYPES": types,
        "ACTIVITYLOG_PARENTS": parents,
        "ACTIVITYLOG_POLICY": policy,
        "ACTIVITYLOG_FILES": str(folder / "files"),
        "ACTIVITYLOG_TZ": "Europe/Berlin",
        "ACTIVITYLOG_LIVE": True,
    }
