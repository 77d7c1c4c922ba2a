"""The virtual environment: made once, filled by hash, and made again if a first run was cut short."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import debian, stamps

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV") or ROOT / ".venv")
OLDEST = (3, 11)

UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}
"""pip's settings, and the variables that tell uv the same."""


def python() -> Path:
    return VENV / "bin" / "python"


def check_version() -> None:
    if sys.version_info < OLDEST:
        has = ".".join(str(part) for part in sys.version_info[:2])
        raise SystemExit(
            f"error: Python 3.11 or later is needed, {sys.executable} is {has}. Try: make run PYTHON=python3.12"
        )


def ensure_venv() -> None:
    if has_pip(python()):
        return
    print(f"making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
    remove(VENV)
    if make_venv():
        return
    package = f"python3.{sys.version_info.minor}-venv"
    if not debian.may_install() and make_venv_with_pip_from_outside():
        return
    debian.install([package], why="making a virtual environment")
    remove(VENV)
    if not make_venv():
        raise SystemExit(f"error: {sys.executable} -m venv {VENV} fails. Run it by hand to see why.")


def has_pip(interpreter: Path) -> bool:
    try:
        done = subprocess.run([interpreter, "-c", "import pip"], capture_output=True, check=False)
    except OSError:  # not there, or half written
        return False
    return done.returncode == 0


def make_venv() -> bool:
    done = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, check=False)
    return done.returncode == 0 and has_pip(python())


def make_venv_with_pip_from_outside() -> bool:
    """Debian keeps ensurepip in a package of its own; a pip beside this Python can stand in for it."""
    remove(VENV)
    bare = subprocess.run([sys.executable, "-m", "venv", "--without-pip", VENV], capture_output=True, check=False)
    if bare.returncode != 0:
        return False
    pip = [sys.executable, "-m", "pip", "--python", str(python()), "install", "--quiet", "pip"]
    return subprocess.run(pip, capture_output=True, check=False).returncode == 0


def remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def ensure_packages(lock: str) -> None:
    """Install what a requirements file pins, unless this very file was installed already."""
    stamp = VENV / f".installed-{lock}"
    value = stamps.fingerprint([ROOT / lock])
    if stamps.is_current(stamp, value):
        return
    print(f"installing {lock}", flush=True)
    if lock == "requirements-installer.txt":
        command = [str(python()), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    else:
        command = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes"]
        command += ["--python", str(python())]
    command += ["-r", str(ROOT / lock)]
    if subprocess.run(command, env=os.environ | uv_settings(), check=False).returncode != 0:
        raise SystemExit(f"error: the packages of {lock} could not be installed; the lines above say why.")
    stamps.write(stamp, value)


def uv_settings() -> dict[str, str]:
    """What pip is told about the package index, by file or by variable, told to uv as well.

    All indexes are looked through, as pip does; the hashes make that safe.
    """
    listing = subprocess.run([python(), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    told = {"UV_HTTP_TIMEOUT": "120", "UV_INDEX_STRATEGY": "unsafe-best-match", "UV_LINK_MODE": "copy"}
    for name, value in re.findall(r"^[^.=]+\.([\w-]+)=(.*)$", listing.stdout, re.MULTILINE):
        if name in UV_NAMES:
            told[UV_NAMES[name]] = " ".join(ast.literal_eval(value).split())
    return {name: value for name, value in told.items() if name not in os.environ}
