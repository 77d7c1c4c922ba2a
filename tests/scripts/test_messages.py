import os
import re
from pathlib import Path

import polib
import pytest

from scripts import messages

pytestmark = pytest.mark.machine

HEADER = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    return folder / "django.po"


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Done"\nmsgstr ""', "has no translation"),
        ('#, fuzzy\nmsgid "Done"\nmsgstr "Fertig"', "is marked fuzzy"),
        ('msgid "Hello %(name)s"\nmsgstr "Hallo"', r"other placeholders in its translation: %\(name\)s"),
        ('msgid "Hello {name}"\nmsgstr "Hallo {nmae}"', "{name}, {nmae}"),
        (
            'msgid "One step"\nmsgid_plural "%(count)s steps"\nmsgstr[0] "Ein Schritt"\nmsgstr[1] "Schritte"',
            r"%\(count\)s",
        ),
    ],
)
def test_what_is_wrong_is_told(catalogue: Path, entry: str, fault: str) -> None:
    catalogue.write_text(f"{HEADER}{entry}\n")
    assert re.search(fault, "\n".join(messages.faults(catalogue)))


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "Done"\nmsgstr "Fertig"',
        '#~ msgid "Gone"\n#~ msgstr ""',
        'msgid "One step"\nmsgid_plural "%(count)s steps"\nmsgstr[0] "Ein Schritt"\nmsgstr[1] "%(count)s Schritte"',
    ],
)
def test_what_is_right_is_not(catalogue: Path, entry: str) -> None:
    catalogue.write_text(f"{HEADER}{entry}\n")
    assert list(messages.faults(catalogue)) == []


def test_compiling_needs_no_gettext(catalogue: Path) -> None:
    catalogue.write_text(f'{HEADER}msgid "Done"\nmsgstr "Fertig"\n')
    messages.compile_all()
    assert in_german(catalogue.with_suffix(".mo")) == {"Done": "Fertig"}


def in_german(compiled: Path) -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in polib.mofile(str(compiled))}


def test_what_is_compiled_follows_the_words_and_no_file_times(catalogue: Path) -> None:
    catalogue.write_text(f'{HEADER}msgid "Done"\nmsgstr "Fertig"\n')
    messages.compile_all()
    compiled = catalogue.with_suffix(".mo")
    os.utime(compiled, (2_000_000_000, 2_000_000_000))
    catalogue.write_text(f'{HEADER}msgid "Done"\nmsgstr "Erledigt"\n')  # as a checkout of an older state does
    os.utime(catalogue, (1_000_000_000, 1_000_000_000))
    messages.compile_all()
    assert in_german(compiled) == {"Done": "Erledigt"}


def test_what_is_the_same_is_not_written_again(catalogue: Path) -> None:
    catalogue.write_text(f'{HEADER}msgid "Done"\nmsgstr "Fertig"\n')
    messages.compile_all()
    compiled = catalogue.with_suffix(".mo")
    os.utime(compiled, (1_000_000_000, 1_000_000_000))
    messages.compile_all()
    assert compiled.stat().st_mtime == 1_000_000_000
    assert sorted(path.name for path in catalogue.parent.iterdir()) == ["django.mo", "django.po"]


def test_what_was_cut_short_is_compiled_again(catalogue: Path) -> None:
    catalogue.write_text(f'{HEADER}msgid "Done"\nmsgstr "Fertig"\n')
    compiled = catalogue.with_suffix(".mo")
    compiled.write_bytes(b"\xde\x12\x04")
    messages.compile_all()
    assert in_german(compiled) == {"Done": "Fertig"}
