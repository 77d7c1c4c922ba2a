"""The front-end packages: npm, by lock file, with a Node from a Python package where there is none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from scripts import environment, stamps
from scripts.environment import ROOT, VENV

OLDEST_NODE = 20
MODULES = ROOT / "node_modules"


def ensure_packages() -> None:
    stamp = MODULES / ".installed"
    value = stamps.fingerprint([ROOT / "package.json", ROOT / "package-lock.json"])
    if stamps.is_current(stamp, value):
        return
    env = dict(os.environ)
    if not has_node():
        environment.ensure_packages("requirements-node.txt")
        env["PATH"] = f"{VENV.absolute() / 'bin'}{os.pathsep}{env['PATH']}"
    print("installing the front-end packages", flush=True)
    npm = shutil.which("npm", path=env["PATH"])
    done = subprocess.run([npm or "npm", "ci", "--no-progress", "--loglevel=error"], cwd=ROOT, env=env, check=False)
    if done.returncode != 0:
        raise SystemExit("error: npm ci failed; the lines above say why.")
    stamps.write(stamp, value)


def has_node() -> bool:
    if not shutil.which("npm") or not shutil.which("node"):
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", version)
    return found is not None and int(found[1]) >= OLDEST_NODE
