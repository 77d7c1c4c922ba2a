"""Make this copy ready: `python3 -m scripts.install [run|test]`. Does what is missing and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts import environment, frontend, stamps
from scripts.environment import ROOT

MARKUP = ("templates", "partners", "playbooks", "followups", "onboarding_portal")
LOCKS = {"run": "requirements.txt", "test": "requirements-dev.txt"}


def main(purpose: str) -> None:
    environment.check_version()
    environment.ensure_venv()
    environment.ensure_packages("requirements-installer.txt")
    environment.ensure_packages(LOCKS[purpose])
    frontend.ensure_packages()
    compile_messages()
    if purpose == "run":
        collect_static()


def compile_messages() -> None:
    if any(True for _ in ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        subprocess.run([environment.python(), "-m", "scripts.messages", "compile"], cwd=ROOT, check=True)


def collect_static() -> None:
    """The files as the web process serves them: named by content, compressed. Skipped when nothing changed."""
    sources = [file for file in (ROOT / "static").rglob("*") if file.is_file()]
    for name in MARKUP:  # what of a style sheet is served depends on the words in them
        sources += [file for file in (ROOT / name).rglob("*") if file.suffix in (".html", ".py")]
    decide = [
        "requirements.txt",
        "package-lock.json",
        "onboarding_portal/staticfiles.py",
        "onboarding_portal/settings.py",
    ]
    var = Path(os.environ.get("VAR_DIR") or ROOT / "var")
    stamp = var / "static-collected"
    value = stamps.fingerprint([*sources, *(ROOT / name for name in decide)])
    if stamps.is_current(stamp, value) and (var / "static" / "staticfiles.json").exists():
        return
    print("collecting the static files", flush=True)
    command = [str(environment.python()), "manage.py", "collectstatic", "--no-input", "--clear", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, check=True)
    stamps.write(stamp, value)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
