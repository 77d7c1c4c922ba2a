"""Compile requirements*.in: universal, for the oldest Python we support, with hashes, without index addresses."""

from __future__ import annotations

import os
import subprocess
import sys

from scripts import environment

OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make requirements",
    "--quiet",
]


def main(arguments: list[str]) -> None:
    for name in ("requirements", "requirements-dev", "requirements-installer", "requirements-node"):
        # What tests run on is what production runs on.
        same_versions = ["--constraint", "requirements.txt"] if name == "requirements-dev" else []
        command = [str(environment.VENV / "bin" / "uv"), "pip", "compile", *OPTIONS, *same_versions, *arguments]
        command += [f"{name}.in", "--output-file", f"{name}.txt"]
        environ = os.environ | environment.uv_settings()
        subprocess.run(command, cwd=environment.ROOT, env=environ, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
