"""What the documents name is there, and what runs can be looked up in them."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

pytestmark = pytest.mark.machine

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)|\bsrc=\"([^\"]+)\"")
LARGEST_PICTURE = 200_000


def named(pattern: str) -> set[tuple[str, str]]:
    """What the documents name by a pattern, with the document that does."""
    return {(path.name, found) for path in DOCUMENTS for found in re.findall(pattern, path.read_text())}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_picture_leads_somewhere(document: Path) -> None:
    links = [link or source for link, source in LINK.findall(document.read_text())]
    targets = [link.partition("#")[0] for link in links if not link.startswith(("https://", "http://", "#"))]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_picture_is_shown_and_light() -> None:
    shown = {Path(link or source).name for path in DOCUMENTS for link, source in LINK.findall(path.read_text())}
    pictures = list((ROOT / "docs" / "screenshots").glob("*.png"))
    assert pictures
    assert {picture.name for picture in pictures} - shown == set()
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []


def test_every_command_exists() -> None:
    commands = named(r"manage\.py ([a-z_]+)")
    assert commands
    assert {(where, name) for where, name in commands if name not in get_commands()} == set()


def test_every_command_of_ours_is_described() -> None:
    # The demo's own lies deeper: nobody is meant to call it.
    ours = {path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")}
    assert ours - {name for _where, name in named(r"manage\.py ([a-z_]+)")} == set()


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    asked = named(r"(?m)(?:`|^|[A-Z]+=\S+ )make ([a-z-]+)")
    assert asked
    assert {(where, name) for where, name in asked if name not in targets} == set()


def test_the_operator_reads_of_every_variable_and_of_no_other() -> None:
    settings = (ROOT / "onboarding_portal" / "settings.py").read_text()
    read = set(re.findall(r"\benv(?:\.[a-z]+)?\(\s*\"([A-Z_]+)\"", settings))
    section = (ROOT / "docs" / "operator.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert read
    assert {name for cell in rows for name in re.findall(r"`([A-Z_]+)`", cell)} == read
