"""Debian packages: installed where we may, else named with the words to type."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence


class MissingPackages(SystemExit):
    """Ends the command; its text says what to type."""


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str], *, why: str) -> None:
    """Install the packages, or end with a message that names them."""
    names = " ".join(packages)
    if not may_install():
        raise MissingPackages(
            f"error: {why} needs {names}. On Debian or Ubuntu, type:\n    sudo apt-get install {names}"
        )
    if not try_to_install(packages, why=why):
        raise MissingPackages(f"error: apt-get could not install {names}; {why} needs it.")


def try_to_install(packages: Sequence[str], *, why: str) -> bool:
    print(f"installing {' '.join(packages)} ({why})", flush=True)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "--yes", "--no-install-recommends", "-qq", *packages]
    if run(command, env) == 0:
        return True
    run(["apt-get", "update", "-qq"], env)  # the list of packages may be older than the archive, or empty
    return run(command, env) == 0


def run(command: Sequence[str], env: dict[str, str]) -> int:
    return subprocess.run(command, env=env, stdout=sys.stderr, check=False).returncode
