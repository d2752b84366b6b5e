"""Which stores a run tests, the databases that its tests are given, and what it says about the other stores."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import pytest

from activitylog import ActivityLog, Actor, Ref, TypeRegistry
from activitylog.storage import Capability
from effort import fraction
from servers.pool import STORES, Pool
from servers.server import Server
from servers.shared import KINDS, Missing, SharedServers

SERVERS = pytest.StashKey[SharedServers]()
REQUIRED = "ACTIVITYLOG_TEST_REQUIRE"
BROWSER = "chromium"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stores", default="", help=f"run only the tests of these, comma-separated: {', '.join(STORES)}")


def pytest_configure(config: pytest.Config) -> None:
    for source, named, known in (("--stores", chosen(config), STORES), (REQUIRED, required(), (*STORES, BROWSER))):
        if unknown := sorted(named.difference(known)):
            raise pytest.UsageError(f"{source} names {', '.join(unknown)}: there are {', '.join(known)}")
    fraction()  # a wrong one is told before any test is collected
    handed = getattr(config, "workerinput", None)
    config.stash[SERVERS] = SharedServers(Path(handed["servers"])) if handed else SharedServers.begin()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["servers"] = str(node.config.stash[SERVERS].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash and not hasattr(config, "workerinput"):
        config.stash[SERVERS].close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With ``--stores`` leave the tests of these, whose place or parameter names one of them."""
    wanted = chosen(config)
    kept = [item for item in items if not wanted or stores_of(item) & wanted]
    if fraction() < 1:
        kept = [item for item in kept if item.get_closest_marker("soak") is None or "sqlite" in stores_of(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def stores_of(item: pytest.Item) -> set[str]:
    """Return the stores that a test names: in a parameter, its folder (``mysql/``) or its file (``test_mysql_…``)."""
    parameters = getattr(item, "callspec", None)
    words = {value for value in parameters.params.values() if isinstance(value, str)} if parameters else set()
    return words.union(item.path.parts, item.path.stem.split("_")).intersection(STORES)


def chosen(config: pytest.Config) -> set[str]:
    return _names(config.getoption("--stores"))


def required() -> set[str]:
    return _names(os.environ.get(REQUIRED, ""))


def _names(given: str) -> set[str]:
    return {name.strip() for name in given.split(",") if name.strip()}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    said = {store: config.stash[SERVERS].said(store) for store in KINDS}
    wanted = chosen(config) or set(STORES)
    tested = [store for store in STORES if store in wanted and said.get(store, "") == ""]
    terminalreporter.section("stores")
    terminalreporter.line(f"tested: {', '.join(tested)}")
    for store, kind in KINDS.items():
        if store not in wanted:
            continue
        if said[store]:
            terminalreporter.line(f"not tested: {store}: {said[store]}, or name a server in {kind.variable}")
        elif said[store] is None:
            terminalreporter.line(f"not tested: {store}: no test of this run asked for it")


def _not_had(name: str, reason: object) -> NoReturn:
    if name in required():
        pytest.fail(f"{name} is required, but not to be had: {reason}")
    pytest.skip(f"{name}: {reason}")


@pytest.fixture(scope="session")
def not_had() -> Callable[[str, object], NoReturn]:
    """Leaves a test out for want of a store or a browser, or fails it where the run requires that."""
    return _not_had


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Pool]:
    """The databases of this process of the run."""
    pool = Pool(pytestconfig.stash[SERVERS], os.environ.get("PYTEST_XDIST_WORKER", "main"))
    yield pool
    pool.close()


@pytest.fixture
def empty_database(databases: Pool, tmp_path: Path) -> Callable[..., str]:
    """Gives, for the name of a store, the URL of a database with the schema and nothing in it; each call another.

    Its tables are whole, or split into as many ``partitions`` as are asked for.
    """
    numbers = count()

    def give(store: str, partitions: int | None = None) -> str:
        try:
            return databases.empty(store, next(numbers), tmp_path, partitions)
        except Missing as reason:
            _not_had(store, reason)

    return give


@pytest.fixture
def fresh_database(databases: Pool, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Gives, for the name of a store, the URL of a new database without a schema; each call another."""
    with ExitStack() as made:

        def give(store: str) -> str:
            try:
                return made.enter_context(databases.fresh(store, tmp_path))
            except Missing as reason:
                _not_had(store, reason)

        yield give


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest, empty_database: Callable[[str], str]) -> str:
    """The URL of an empty store, of each kind in turn."""
    return empty_database(request.param)


@pytest.fixture
def server(pytestconfig: pytest.Config) -> Iterator[Callable[[str], Server]]:
    """Gives, for the name of a store, a running server of the test's own, which it may kill and start again."""
    with ExitStack() as started:

        def give(store: str) -> Server:
            try:
                own = pytestconfig.stash[SERVERS].private(store)
            except Missing as reason:
                _not_had(store, reason)
            started.callback(shutil.rmtree, own.directory)
            started.callback(own.kill)
            return own.start()

        yield give


@pytest.fixture
def log_options() -> dict[str, Any]:
    """What the logs of a folder's tests have in common beside their types."""
    return {"actor": Actor.user(3, "Lea Müller")}


@pytest.fixture
def make_log(store_url: str, types: TypeRegistry, log_options: dict[str, Any]) -> Iterator[Callable[..., ActivityLog]]:
    """Opens logs on the store, with the types of the folder."""
    made: list[ActivityLog] = []

    def make(**options: Any) -> ActivityLog:
        log = ActivityLog(store_url, **{"types": types, **log_options, **options})
        made.append(log)
        return log

    yield make
    for log in made:
        log.close()


@pytest.fixture
def log(make_log: Callable[..., ActivityLog]) -> ActivityLog:
    return make_log()


@pytest.fixture
def kim() -> Ref:
    return Ref("contact", 42, "Kim Weber")


@pytest.fixture
def acme() -> Ref:
    return Ref("company", 7, "ACME")


@pytest.fixture
def transactional_log(log: ActivityLog) -> ActivityLog:
    """The log, on a store that declares transactions: without them there is nothing to be rolled back."""
    if Capability.TRANSACTIONS not in log.storage.capabilities:
        pytest.skip("the store does not declare transactions")
    return log


@pytest.fixture
def shared_log(log: ActivityLog) -> ActivityLog:
    """The log, on a store that declares to be shared: others belong to the process that made them."""
    if Capability.SHARED not in log.storage.capabilities:
        pytest.skip("the store belongs to one process")
    return log
