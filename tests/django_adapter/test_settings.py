"""``settings.ACTIVITYLOG``, the log of the site that is made of it, and what is wrong with a setting."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import attrs
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from activitylog import ActivityLog, Actor, TypeRegistry, scope
from activitylog.errors import InvalidInput, UnknownType
from activitylog_django import get_log
from activitylog_django.configuration import Configuration
from activitylog_django.testing import recorded_activities

MEMORY = {"STORE": "memory://", "TYPES": "django_adapter.crm.activities.types"}


def given(**changed):
    return override_settings(ACTIVITYLOG={**MEMORY, **changed})


def parents(refs):
    return {ref: ["company:7"] for ref in refs}


def no_actor(request):
    return None


def test_there_is_one_log_in_each_process_made_when_it_is_asked_for():
    with given(), ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: id(get_log()), range(50)))) == 1


def test_other_settings_make_another_log():
    with given():
        first = get_log()
        first.record("call", "contact:1")
        with given(TENANT="south"):
            assert get_log() is not first
            assert get_log().record("call", "contact:1").tenant == "south"
        assert get_log() is not first
        assert not get_log().everything().exists()


def test_without_types_the_standard_ones_are_there_and_an_actor_for_what_runs_by_itself():
    with override_settings(ACTIVITYLOG={"STORE": "memory://"}):
        entry = get_log().record("call", "contact:1")
    assert (entry.actor, entry.tenant) == (Actor.system("django"), "default")


def test_functions_and_registries_are_given_as_they_are_or_by_their_path():
    types = TypeRegistry()
    types.define("visit")
    with given(TYPES=types, PARENTS=f"{__name__}.parents"):
        entry = get_log().record("visit", "contact:1")
        assert [str(ref) for ref in entry.parents] == ["company:7"]
        with pytest.raises(UnknownType):
            get_log().record("call", "contact:1")


def test_an_actor_can_be_named_for_what_has_no_request():
    with given(ACTOR=Actor.system("nightly")):
        assert get_log().record("call", "contact:1").actor == Actor.system("nightly")
    with given(ACTOR=f"{__name__}.no_actor"), pytest.raises(InvalidInput, match="nobody is named"):
        get_log().record("call", "contact:1")


def test_where_a_function_knows_the_tenant_nothing_happens_without_one():
    with given(TENANT=lambda request: "south"):
        with pytest.raises(InvalidInput, match="tenant: none is named"):
            get_log().record("call", "contact:1")
        with scope(tenant="north"):
            assert get_log().record("call", "contact:1").tenant == "north"
    with given(TENANT=lambda request: "south", REQUIRE_TENANT=False):
        assert get_log().record("call", "contact:1").tenant == "default"
    with given(REQUIRE_TENANT=True), pytest.raises(InvalidInput, match="tenant: none is named"):
        get_log().record("call", "contact:1")


def test_files_lie_in_memory_where_the_entries_do():
    with given():
        log = get_log()
        entry = log.record("note", "contact:1")
        attachment = log.files.add(entry, b"text", name="a.txt")
        assert log.files.open(entry, attachment).read() == b"text"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"STOER": "memory://"}, r"ACTIVITYLOG\['STOER'\]: there is no such key: did you mean 'STORE'\?"),
        ({"store": "memory://"}, r"did you mean 'STORE'"),
        ({"QQ": 1}, r"there are STORE, DATABASE, TYPES"),
        ({"STORE": "nonsense://x"}, r"ACTIVITYLOG\['STORE'\]: no store that serves 'nonsense'"),
        ({"STORE": 5}, r"ACTIVITYLOG\['STORE'\]: no store that serves"),
        ({"STORE": "shop.store"}, r"ACTIVITYLOG\['STORE'\]: 'shop.store' cannot be imported"),
        ({"DATABASE": "third"}, r"ACTIVITYLOG\['DATABASE'\]: DATABASES has no 'third'; it has default, second"),
        ({"TYPES": "shop.types"}, r"ACTIVITYLOG\['TYPES'\]: 'shop.types' cannot be imported"),
        ({"TYPES": {}}, r"ACTIVITYLOG\['TYPES'\]: a TypeRegistry is expected, not dict"),
        ({"ACTOR": 3}, r"ACTIVITYLOG\['ACTOR'\]: an Actor, or a function of the request or None, is expected, not int"),
        ({"IMPERSONATOR": 3}, r"ACTIVITYLOG\['IMPERSONATOR'\]: a function of the request"),
        ({"TENANT": 3}, r"ACTIVITYLOG\['TENANT'\]: a text without a dot, or a function of the request"),
        ({"TENANT": ""}, r"ACTIVITYLOG\['TENANT'\]"),
        ({"TENANT": "shop.tenant"}, r"ACTIVITYLOG\['TENANT'\]: 'shop.tenant' cannot be imported"),
        ({"REQUIRE_TENANT": "yes.no"}, r"ACTIVITYLOG\['REQUIRE_TENANT'\]"),
        ({"REQUIRE_TENANT": 1}, r"ACTIVITYLOG\['REQUIRE_TENANT'\]: True or False is expected, not int"),
        ({"VIEWER": 3}, r"ACTIVITYLOG\['VIEWER'\]: a function of the request"),
        ({"PARENTS": 3}, r"ACTIVITYLOG\['PARENTS'\]: a function of refs"),
        ({"POLICY": 3}, r"ACTIVITYLOG\['POLICY'\]: a function of a viewer"),
        ({"FILES": 3}, r"ACTIVITYLOG\['FILES'\]"),
        ({"ON_UNAVAILABLE": "ignore"}, r"ACTIVITYLOG\['ON_UNAVAILABLE'\]: 'raise' or 'log' is expected"),
        ({"LOG_READS": 60}, r"ACTIVITYLOG\['LOG_READS'\]: a timedelta is expected, not int"),
        ({"LOG_READS": timedelta()}, r"ACTIVITYLOG\['LOG_READS'\]: a timedelta of a millisecond at least"),
        ({"LANGUAGE": 3}, r"ACTIVITYLOG\['LANGUAGE'\]: a language tag is expected, not int"),
        ({"LANGUAGE": "Große"}, r"ACTIVITYLOG\['LANGUAGE'\]: a language tag"),
        ({"TZ": "Mars/North"}, r"ACTIVITYLOG\['TZ'\]"),
        ({"TRUSTED_PROXIES": "10.0.0.1"}, r"ACTIVITYLOG\['TRUSTED_PROXIES'\]: several addresses"),
        ({"TRUSTED_PROXIES": ["x"]}, r"ACTIVITYLOG\['TRUSTED_PROXIES'\]: 'x' does not appear"),
        ({"RESOLVERS": []}, r"ACTIVITYLOG\['RESOLVERS'\]: a mapping from kinds"),
        ({"RESOLVERS": {"contact": 3}}, r"ACTIVITYLOG\['RESOLVERS'\]: of 'contact' a function of ids is expected"),
        ({"RESOLVERS": {"Große": parents}}, r"ACTIVITYLOG\['RESOLVERS'\]: 'Große' is no kind of refs"),
        ({"PAGE_SIZE": 0}, r"ACTIVITYLOG\['PAGE_SIZE'\]: a positive whole number"),
        ({"UPLOAD_MAX": True}, r"ACTIVITYLOG\['UPLOAD_MAX'\]: a positive whole number"),
    ],
)
def test_a_wrong_setting_is_named_with_the_remedy(settings, message):
    with given(**settings), pytest.raises(ImproperlyConfigured, match=message):
        get_log()


def test_the_setting_itself_is_a_dict():
    with override_settings(ACTIVITYLOG=["memory://"]), pytest.raises(ImproperlyConfigured, match="a dict is expected"):
        get_log()


def test_secrets_of_a_url_are_not_told():
    with given(STORE="postgresql+nonsense://kim:geheim@host/db"), pytest.raises(Exception) as raised:
        get_log()
    assert "geheim" not in str(raised.value)


def test_a_test_case_sees_what_it_records(log):
    with recorded_activities() as seen:
        entry = log.record("call", "contact:1")
    assert seen == [entry]
    assert isinstance(log, ActivityLog)


def test_the_guide_names_every_key(repository):
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", (repository / "docs/guide/django.md").read_text(), re.MULTILINE)
    assert sorted(re.findall(r"\w+", " ".join(rows))) == sorted(key.name.upper() for key in attrs.fields(Configuration))
