"""The site's settings: $STORE says where its data lies."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.utils.translation import gettext_lazy as _
from sqlalchemy.engine import make_url

BASE_DIR = Path(__file__).parent.parent
DATA = Path(os.environ.get("DATA") or BASE_DIR / "build")
DATA.mkdir(parents=True, exist_ok=True)


# -- rows and log share an SQL database, and so its transactions; in any other store is only the log --

STORE = os.environ.get("STORE", "")
SHARED = STORE.startswith("postgresql")


def database() -> dict[str, Any]:
    if not SHARED:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / ("log-elsewhere.db" if STORE else "site.db"),
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL", "timeout": 20},
        }
    url = make_url(STORE)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "USER": url.username or "",
        "PASSWORD": url.password or "",
        "HOST": url.query.get("host") or url.host or "",
        "PORT": url.port or "",
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ACTIVITYLOG = {
    "TYPES": "sample_crm.activities.types",
    "PARENTS": "crm.teams.parents",
    "POLICY": "crm.teams.policy",
    "FILES": str(DATA / "files"),
    "LIVE": True,
}
if STORE and not SHARED:
    ACTIVITYLOG["STORE"] = STORE


# -- the site --

DEBUG = os.environ.get("DEBUG", "1") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY") or token_hex()  # of a random one, sessions end with the process
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "kontor.urls"
INSTALLED_APPS = [
    "crm",
    "activitylog_django",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "crm.middleware.nothing_from_elsewhere",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "activitylog_django.middleware.activity_log_middleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",  # of the timeline's URLs, too
    "crm.middleware.who_is_asking",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR.parent / "sample_crm" / "static"]
X_FRAME_OPTIONS = "DENY"

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "contacts"
LOGOUT_REDIRECT_URL = "sign-in"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True
