"""Objects of the host's that record activities and have a timeline."""

from __future__ import annotations

import pytest

from activitylog import ActivityLog, Ref, Tracked, scope
from activitylog.errors import InvalidInput


class Customer(Tracked):
    def __init__(self, id: int, name: str) -> None:
        self.id, self.name = id, name

    def __activity_ref__(self) -> Ref:
        return Ref("customer", self.id, self.name)


class Nameless(Tracked):
    pass


def test_an_object_records_activities_and_has_a_timeline(log: ActivityLog, acme: Ref):
    kim = Customer(42, "Kim Weber")
    with scope(log=log, tenant="south"):
        call = kim.record_activity("call", acme, note="Asked for a quote")
        assert (call.subjects, call.tenant) == ((Ref("customer", 42), acme), "south")
        assert call.subjects[0].label == "Kim Weber"
        assert list(kim.timeline()) == list(log.timeline("customer:42")) == [call]


def test_without_a_log_in_the_scope_or_a_ref_it_says_so(log: ActivityLog):
    with pytest.raises(InvalidInput, match=r"scope\(log="):
        Customer(42, "Kim").timeline()
    with pytest.raises(InvalidInput, match=r"scope\(log="):
        Customer(42, "Kim").record_activity("call")
    with scope(log=log), pytest.raises(InvalidInput, match="define __activity_ref__"):
        Nameless().record_activity("call")
