"""Translations: `python -m scripts.messages update|compile|check`.

`update` collects what pages and code say into the catalogues, and `check` tells whether anybody has to;
both need gettext. `compile` needs nothing but polib, so that `make run` needs no gettext.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
SHOWN = 30


def catalogues() -> list[Path]:
    return sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))


def update() -> None:
    command = [sys.executable, "manage.py", "makemessages", "--all", "--no-wrap", "--add-location", "file"]
    ignored = ["node_modules", "var", ".venv*", "tests", "bench", "scripts", "docs"]
    for folder in ignored:
        command += ["--ignore", f"{folder}/*"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def compile_all() -> None:
    """Every catalogue, whatever the times of the files say: reading one takes some hundredths of a second.

    A file is replaced in one move, and only where it differs, as other programs may be reading it. Raises ``OSError``
    where a catalogue is broken or the folder cannot be written.
    """
    for path in catalogues():
        compiled = path.with_suffix(".mo")
        content = polib.pofile(str(path)).to_binary()
        if compiled.exists() and compiled.read_bytes() == content:
            continue
        fresh = compiled.with_name(f"{compiled.name}.{os.getpid()}.new")
        fresh.write_bytes(content)
        fresh.replace(compiled)


def check() -> list[str]:
    """What is wrong with the catalogues, a line each; they are left as they were."""
    with unchanged(catalogues()):
        update()
        return [fault for path in catalogues() for fault in faults(path)]


@contextmanager
def unchanged(paths: list[Path]) -> Iterator[None]:
    before = {path: path.read_bytes() for path in paths}
    try:
        yield
    finally:
        for path, content in before.items():
            path.write_bytes(content)


def faults(path: Path) -> Iterator[str]:
    """Entries that are missing, unsure, or that would lose a placeholder."""
    for entry in polib.pofile(str(path)):
        if entry.obsolete:
            continue
        where = f"{path.relative_to(ROOT)}: {entry.msgid!r}"
        if entry.fuzzy:
            yield f"{where} is marked fuzzy"
        elif not entry.translated():
            yield f"{where} has no translation"
        elif lost := lost_placeholders(entry):
            yield f"{where} has other placeholders in its translation: {', '.join(sorted(lost))}"


def lost_placeholders(entry: polib.POEntry) -> set[str]:
    wanted = set(PLACEHOLDER.findall(entry.msgid))
    if not entry.msgid_plural:
        return wanted ^ set(PLACEHOLDER.findall(entry.msgstr))
    allowed = wanted | set(PLACEHOLDER.findall(entry.msgid_plural))
    found = {item for text in entry.msgstr_plural.values() for item in PLACEHOLDER.findall(text)}
    return allowed ^ found


def main(command: str) -> int:
    if command == "compile":
        compile_all()
    elif command == "update":
        update()
    else:
        found = check()
        print("\n".join(found[:SHOWN]))
        if found:
            print(f"{len(found)} entries to mend in all. `make messages` collects new ones.")
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
