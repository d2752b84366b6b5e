"""What the app is extended by; each is given to the app by `create_app`."""

from __future__ import annotations

from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy.orm import DeclarativeBase

from activitylog_flask import ActivityLogExtension


class Model(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Model)
login = LoginManager()
csrf = CSRFProtect()
activity = ActivityLogExtension()
