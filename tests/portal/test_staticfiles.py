import os
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.checks import Error
from django.core.management import call_command
from pytest_django import Settings

from onboarding_portal.staticfiles import VENDOR_FILES, ManifestStorage, NodePackageFinder, trim_tabler

pytestmark = pytest.mark.machine

TABLER = "vendor/tabler/tabler.min.css"


def test_every_file_of_the_allow_list_is_installed() -> None:
    missing = [name for name in VENDOR_FILES if finders.find(name) is None]
    assert missing == []


def test_nothing_else_of_the_packages_is_served() -> None:
    assert finders.find("vendor/tabler/tabler.css") is None
    assert finders.find("@tabler/core/dist/css/tabler.min.css") is None
    assert [name for name, _ in NodePackageFinder().list([])] == list(VENDOR_FILES)


def test_find_all_gives_a_list() -> None:
    found = NodePackageFinder().find(TABLER, find_all=True)
    assert [Path(path).name for path in found] == ["tabler.min.css"]
    assert NodePackageFinder().find("nothing.css", find_all=True) == []


def test_of_tabler_the_part_is_served_that_pages_use(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    root = Path(settings.BASE_DIR) / "node_modules"
    whole, part = root / VENDOR_FILES[TABLER], trim_tabler(root)
    assert part.stat().st_size < whole.stat().st_size / 5
    content = part.read_text()
    assert content.startswith("/*!")
    assert ".form-control{" in content
    assert ".btn-primary{" in content
    assert "timeline-event" not in content
    made = part.stat().st_mtime_ns
    assert trim_tabler(root).stat().st_mtime_ns == made
    os.utime(part, (0, 0))
    assert trim_tabler(root).stat().st_mtime_ns >= made


def test_packages_that_are_not_installed_are_an_error_with_a_hint(settings: Settings, tmp_path: Path) -> None:
    assert NodePackageFinder().check() == []
    settings.BASE_DIR = tmp_path
    found = NodePackageFinder().check()
    assert [type(message) for message in found] == [Error]
    assert found[0].id == "onboarding_portal.E010"
    assert "npm ci" in str(found[0].hint)


@pytest.mark.slow
def test_collecting_names_files_by_content_and_drops_source_maps(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "onboarding_portal.staticfiles.ManifestStorage"}
    }
    call_command("collectstatic", verbosity=0, interactive=False)
    storage = ManifestStorage(location=tmp_path, base_url="/static/")
    for name in VENDOR_FILES:
        served = tmp_path / storage.stored_name(name)
        assert re.search(r"\.[0-9a-f]{12}\.", served.name)
        assert b"sourceMappingURL" not in served.read_bytes()
    letters = (tmp_path / storage.stored_name("css/letters.css")).read_text()
    assert storage.stored_name("vendor/inter/files/inter-latin-wght-normal.woff2") in letters.replace("../", "")
    style_sheet = tmp_path / storage.stored_name("vendor/inter/inter.css")
    fonts = re.findall(r"url\(\W*(files/.+?)\W*\)", style_sheet.read_text())
    assert len(fonts) == 7
    assert all((style_sheet.parent / font).is_file() for font in fonts)
    assert style_sheet.with_name(f"{style_sheet.name}.br").is_file()
