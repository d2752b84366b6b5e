"""Saves of a SQLAlchemy model that is watched, or not."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, configure_mappers, mapped_column, sessionmaker

from activitylog import ActivityLog, scope
from activitylog_sql import track_changes
from benchmarks.facts import LEA
from benchmarks.measure import clocked

__all__ = ["SessionSaves", "flushes"]


class SessionSaves:
    """Contacts of one who watches them, ``nobody``, ``activitylog`` or ``continuum``, in a database of their own."""

    def __init__(self, watcher: str, count: int, url: str) -> None:
        self._open = ExitStack()
        self._engine = create_engine(url)
        self.sessions = sessionmaker(self._engine)
        if watcher == "continuum":
            from sqlalchemy_continuum import make_versioned

            make_versioned(user_cls=None)
        self.contact = _contact(versioned=watcher == "continuum")
        configure_mappers()
        self.contact.metadata.create_all(self._engine)
        if watcher == "activitylog":
            log = ActivityLog(self._engine)
            log.migrate()
            track_changes(self.sessions, self.contact, log=log)
            self._open.enter_context(scope(actor=LEA))
            self._open.callback(log.close)
        with self.sessions.begin() as session:
            session.add_all([self.contact(name=f"Contact {number}") for number in range(count)])

    def close(self) -> None:
        self._open.close()
        self._engine.dispose()


def _contact(*, versioned: bool) -> Any:
    class Base(DeclarativeBase):
        pass

    class Contact(Base):
        __tablename__ = "contact"
        if versioned:
            __versioned__: dict[str, Any] = {}
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        city: Mapped[str] = mapped_column(default="")
        email: Mapped[str] = mapped_column(default="")
        visits: Mapped[int] = mapped_column(default=0)

    return Contact


def flushes(saves: SessionSaves) -> float:
    """Change a field of each contact and flush it, all within one transaction."""
    with saves.sessions() as session:
        contacts = session.query(saves.contact).all()

        def work() -> None:
            for contact in contacts:
                contact.visits += 1
                session.flush()
            session.commit()

        return clocked(work, len(contacts))
