"""MariaDB, as the system has it, with its own defaults: its character set is latin1."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from servers.databases import Databases, MySQLDatabases
from servers.server import Server

__all__ = ["MariaDB"]

_PATH = "/usr/sbin:/usr/local/sbin:/usr/libexec"
_FAST = ("--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync", "--innodb-doublewrite=0")


class MariaDB(Server):
    """A MariaDB server on a Unix socket, whose root needs no password."""

    account: ClassVar[str | None] = "nobody"
    databases: ClassVar[type[Databases]] = MySQLDatabases
    first_database: ClassVar[str] = "mysql"

    @staticmethod
    def missing() -> str:
        return "" if _program("mariadbd") else "install MariaDB's server (Debian: apt-get install mariadb-server)"

    def url(self, database: str) -> str:
        return f"mysql+pymysql://root@localhost/{database}?unix_socket={self._socket}"

    def create(self) -> None:
        subprocess.run(
            [
                _program("mariadb-install-db"),
                "--no-defaults",
                f"--datadir={self.data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.directory,
            user=self.user,
        )

    def command(self) -> Sequence[str | Path]:
        fixed = ["--no-defaults", "--skip-networking", "--skip-name-resolve", "--max-connections=300"]
        places = [f"--datadir={self.data}", f"--socket={self._socket}", f"--pid-file={self.directory / 'pid'}"]
        places.append(f"--tmpdir={self.directory}")  # a server that starts removes what others have in a common one
        return [_program("mariadbd"), *fixed, *places, *(() if self._durable else _FAST)]

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            return not line.connect_ex(str(self._socket)) and bool(line.recv(1))

    @property
    def _socket(self) -> Path:
        return self.directory / "socket"


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=_PATH)
