"""A log whose store lies elsewhere than the host's data: it writes after the host's commit."""

from __future__ import annotations

import pytest

from activitylog import ActivityLog, Actor, Draft, Ref, TypeRegistry, signals
from activitylog.deferring import DeferredStorage
from activitylog.errors import IdempotencyConflict, StaleVersion
from activitylog.storage import Storage
from activitylog.storage.discovery import open_storage

KIM = Ref("contact", 42, "Kim")


class Transactions:
    """The host's: a block that is left by an exception is rolled back."""

    def __init__(self) -> None:
        self.callbacks: list = []
        self.levels = 0

    def are_open(self) -> bool:
        return self.levels > 0

    def after_commit(self, callback) -> None:
        if self.levels:
            self.callbacks.append(callback)
        else:
            callback()

    def __enter__(self) -> None:
        self.levels += 1

    def __exit__(self, kind, *_) -> None:
        self.levels -= 1
        if self.levels == 0:
            callbacks, self.callbacks = self.callbacks, []
            for callback in callbacks if kind is None else ():
                callback()


@pytest.fixture
def host() -> Transactions:
    return Transactions()


@pytest.fixture
def elsewhere(store_url: str) -> Storage:
    return open_storage(store_url)


@pytest.fixture
def log(elsewhere: Storage, host: Transactions, tmp_path):
    types = TypeRegistry()
    types.define("call", manual=True)
    types.define("task", manual=True, statuses=("open", "done"))
    log = ActivityLog(DeferredStorage(elsewhere, host), types=types, actor=Actor.user(3), files=str(tmp_path))
    yield log
    log.close()


def heard(signal, log) -> list:
    found: list = []
    signal.connect(lambda sender, **kw: found.append(kw), sender=log, weak=False)
    return found


def test_outside_of_the_hosts_transactions_it_writes_at_once(log, host):
    assert log.record("call", KIM).created
    assert log.timeline(KIM).count() == 1


def test_what_is_recorded_in_one_is_there_and_announced_after_the_commit(log, host):
    told = heard(signals.recorded, log)
    with host:
        with host:
            call = log.record("call", KIM, note="first")
        log.record_many([Draft("call", KIM), Draft("task", KIM)])
        assert (log.timeline(KIM).count(), told) == (0, [])
    assert log.timeline(KIM).oldest_first().page()[0].id == call.id
    assert [len(each["activities"]) for each in told] == [1, 2]


def test_what_is_rolled_back_is_never_written(log, host):
    told, lost = heard(signals.recorded, log), heard(signals.lost, log)
    with pytest.raises(KeyError), host:
        log.record("call", KIM)
        raise KeyError
    assert (log.timeline(KIM).count(), told, lost) == (0, [], [])


def test_a_change_waits_too_and_is_undone_with_the_host(log, host):
    task = log.record("task", KIM)
    with pytest.raises(KeyError), host:
        log.transition(task, "done")
        raise KeyError
    assert log.get(task).status == "open"
    with host:
        assert log.transition(task, "done").status == "done"
        assert log.get(task).status == "open"
    assert log.get(task).status == "done"


def test_what_cannot_be_written_after_the_commit_is_lost_with_its_drafts(log, host, caplog):
    log.record("call", KIM, note="one", idempotency_key="k")
    told, lost = heard(signals.recorded, log), heard(signals.lost, log)
    draft = Draft("call", KIM, note="a secret", idempotency_key="k")
    with host:
        log.record(draft)
    assert [(each["drafts"], type(each["error"])) for each in lost] == [((draft,), IdempotencyConflict)]
    assert told == []
    assert "secret" not in caplog.text
    assert "not recorded: 1 × call" in caplog.text


def test_a_change_that_comes_too_late_is_logged_and_the_others_are_made(log, host, elsewhere, caplog):
    task, other = log.record("task", KIM), log.record("task", KIM)
    direct = ActivityLog(elsewhere, types=log.types.registry, actor=Actor.user(4))
    done = heard(signals.transitioned, log)
    with host:
        log.transition(task, "done")
        log.transition(other, "done")
        direct.pin(task)
    assert [log.get(each).status for each in (task, other)] == ["open", "done"]
    assert StaleVersion.__name__ in caplog.text
    assert [each["activities"][0].id for each in done] == [other.id]


def test_files_of_what_is_recorded_come_with_it(log, host):
    with host:
        call = log.record("call", KIM)
    note = log.files.add(call, b"x", name="a.txt")
    assert [each.id for each in log.get(call).attachments] == [note.id]
