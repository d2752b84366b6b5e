"""Notices between the processes of a site, on PostgreSQL."""

from __future__ import annotations

from threading import Event

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.test import override_settings

from activitylog_django import get_log
from activitylog_django.component import _feed
from activitylog_sql import Notices


@pytest.mark.parametrize("store", ["postgresql"])
def test_what_is_committed_is_told_to_other_processes_and_hears_them(db):
    connection = connections[db]
    other = Notices(lambda: connection.get_new_connection(connection.get_connection_params()))
    heard = Event()
    with override_settings(ACTIVITYLOG={**settings.ACTIVITYLOG, "LIVE": True, "NOTIFY": True}):
        other.listen(heard.set)
        assert heard.wait(60)  # it listens
        heard.clear()
        with transaction.atomic():
            get_log().record("note", "contact:1")
            assert not heard.is_set()
        assert heard.wait(60)
        assert _feed() is not None
        other.close()


def test_elsewhere_there_are_no_notices_and_that_is_said(db):
    with (
        override_settings(ACTIVITYLOG={**settings.ACTIVITYLOG, "NOTIFY": True}),
        pytest.raises(ImproperlyConfigured, match=r"ACTIVITYLOG\['NOTIFY'\]"),
    ):
        get_log()
