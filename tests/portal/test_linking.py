"""The modules of the visual editor, which name each other by addresses that there are."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings

from onboarding_portal import linking

pytestmark = [pytest.mark.machine, pytest.mark.dataless]

ROOT = Path(settings.BASE_DIR) / "node_modules"


def test_a_package_becomes_the_file_beside_it() -> None:
    source = "import { A, B } from 'prosemirror-model';\nimport C from \"orderedmap\";\nimport D from './own.js';\n"
    linked = source.replace("prosemirror-model", "./prosemirror-model.js").replace("orderedmap", "./orderedmap.js")
    assert linking.linked(source) == linked


def test_a_package_that_is_not_served_is_told() -> None:
    with pytest.raises(linking.NotServed):
        linking.linked("import { A } from 'left-pad';")


@pytest.mark.parametrize("name", linking.MODULES)
def test_every_module_leads_to_modules_that_are_served(name: str, tmp_path: Path) -> None:
    made = linking.link(ROOT / linking.MODULES[name], tmp_path / f"{name}.js")
    imports = re.findall(r"^import\s[^;]*?from\s*['\"]([^'\"]+)", made.read_text(encoding="utf-8"), re.MULTILINE)
    assert {f"{linking.FOLDER}/{each.removeprefix('./')}" for each in imports} <= set(linking.SERVED)


def test_a_file_is_made_once_and_anew_where_its_source_is_younger(tmp_path: Path) -> None:
    source, target = tmp_path / "source.js", tmp_path / "made" / "target.js"
    source.write_text("import A from 'orderedmap';", encoding="utf-8")
    made = linking.link(source, target).stat().st_mtime_ns
    assert linking.link(source, target).stat().st_mtime_ns == made
    source.write_text("import B from 'orderedmap';", encoding="utf-8")
    later = target.stat().st_mtime + 5
    os.utime(source, (later, later))
    assert "import B" in linking.link(source, target).read_text(encoding="utf-8")
