"""Notices between the processes of an app, on PostgreSQL."""

from __future__ import annotations

from threading import Event

import pytest

from activitylog.errors import InvalidInput
from activitylog_sql import Notices


def test_what_is_committed_is_told_to_other_processes_postgresql(empty_database, site):
    url = empty_database("postgresql")
    app = site(url, ACTIVITYLOG_LIVE=True, ACTIVITYLOG_NOTIFY=True)
    client = app.test_client()
    client.get("/sign-in/3")
    client.post("/contact/1/rename", data={"name": "Ada"})  # with the first use of the log it begins to tell
    heard, other = Event(), Notices(url)
    other.listen(heard.set)
    assert heard.wait(60)  # it listens
    heard.clear()
    assert client.post("/contact/1/rename", data={"name": "Kim"}).status_code == 200
    assert heard.wait(60)
    other.close()
    app.extensions["activitylog"]._notices.close()


def test_elsewhere_there_are_no_notices_and_that_is_said(empty_database, site):
    with pytest.raises(InvalidInput, match="ACTIVITYLOG_NOTIFY"):
        site(empty_database("sqlite"), ACTIVITYLOG_NOTIFY=True)
