"""Lay MongoDB's engine down in the clone's ``.servers`` folder, without root: ``python install.py``.

The engine is a Node package. Where the system's C library is too old for it, one of the next Debian release goes beside
it, for this one process: the system is not changed. What fails is written down, for the tests to tell.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

__all__ = ["command_line", "failure", "is_installed"]

_HERE = Path(__file__).parent
_PLACE = _HERE.parents[2] / ".servers"
_ENGINE = _PLACE / "mongodb"
_PART = _PLACE / "mongodb.part"
_FAILURE = _PLACE / "mongodb.failed"

_NEEDED_GLIBC = (2, 38)
_NEXT_RELEASE = "trixie"
_LIBRARIES = ("libc6", "libgcc-s1", "libstdc++6")
_PINS = ("package.json", "package-lock.json")


class _NotInstalled(Exception):
    """What stands in the way, and how to remove it."""


def is_installed() -> bool:
    """Tell whether the engine that the pins name is there."""
    return all((_ENGINE / pin).is_file() and _same(_ENGINE / pin, _HERE / pin) for pin in _PINS)


def failure() -> str:
    """Say why the engine is not there."""
    return _FAILURE.read_text() if _FAILURE.exists() else "run make test, which installs MongoDB's engine first"


def command_line() -> Sequence[str | Path]:
    """Return how to run the engine, but for its folder and socket."""
    node = [_program("node"), _HERE / "serve.js", _ENGINE / "node_modules"]
    libraries = next((_ENGINE / "glibc").glob("usr/lib/*-linux-gnu"), None)
    if libraries is None:
        return node
    [loader] = libraries.glob("ld-linux-*.so.*")
    return [loader, "--library-path", libraries, *node]


def install() -> None:
    """Install it, or write down why that was not to be done."""
    if is_installed():
        return
    shutil.rmtree(_PART, ignore_errors=True)
    _PART.mkdir(parents=True)
    try:
        _add_packages()
        if _glibc() < _NEEDED_GLIBC:
            _add_glibc()
    except _NotInstalled as reason:
        _FAILURE.write_text(str(reason))
        print(f"MongoDB's engine is not installed: {reason}")
    else:
        shutil.rmtree(_ENGINE, ignore_errors=True)
        _PART.rename(_ENGINE)
        _FAILURE.unlink(missing_ok=True)


def _add_packages() -> None:
    _program("node")
    for pin in _PINS:
        shutil.copy(_HERE / pin, _PART)
    _run(_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--loglevel=error")


def _add_glibc() -> None:
    apt, packages = _PART / "apt", _PART / "apt" / "archives"
    for folder in ("lists/partial", "cache/archives/partial", "archives"):
        (apt / folder).mkdir(parents=True)
    (apt / "sources.list").write_text(f"deb {_mirror()} {_NEXT_RELEASE} main\n")
    settings = {
        "Dir::Etc::SourceList": apt / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "true",
    }
    apt_get = [_program("apt-get"), "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    _run(*apt_get, "update")
    _run(*apt_get, "download", *_LIBRARIES, folder=packages)
    for package in packages.glob("*.deb"):
        _run(_program("dpkg"), "-x", package, _PART / "glibc")
    shutil.rmtree(apt)


def _mirror() -> str:
    release = platform.freedesktop_os_release()
    if release.get("ID") != "debian":
        raise _NotInstalled(f"it needs a C library of {_dotted(_NEEDED_GLIBC)}, and finds {_dotted(_glibc())}")
    asked = [_program("apt-get"), "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)"]
    for line in _run(*asked).splitlines():
        name, component, address = line.split(" ", 2)
        if (name, component) in {(release["VERSION_CODENAME"], "main"), ("stable", "main")}:
            return address
    raise _NotInstalled("apt's sources do not name the mirror of this Debian release")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise _NotInstalled(f"install {name} (Debian: apt-get install nodejs npm)")
    return found


def _run(*command: str | Path, folder: Path = _PART) -> str:
    """Run a command, and return what it printed."""
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise _NotInstalled(f"{Path(command[0]).name} failed: {said[-1] if said else done.returncode}")
    return done.stdout


def _glibc() -> tuple[int, ...]:
    named = re.fullmatch(r"glibc (\d+)\.(\d+).*", os.confstr("CS_GNU_LIBC_VERSION") or "")
    if named is None:
        raise _NotInstalled("it needs Linux with the GNU C library")
    return int(named[1]), int(named[2])


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


if __name__ == "__main__":
    install()
