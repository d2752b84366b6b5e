"""What ``@track`` records of the objects of models."""

from __future__ import annotations

import pytest

from django_adapter.crm.models import Contact


def test_a_new_object_is_recorded_with_its_values(log):
    kim = Contact.objects.create(name="Kim Weber", city="Ulm")
    [entry] = log.timeline(kim)
    assert entry.type == "record.created"
