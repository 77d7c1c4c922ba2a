from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from partners.models import Vendor
from playbooks.models import Playbook
from playbooks.outline import outline_of
from playbooks.publishing import publish
from playbooks.starters import FOLDER, available_starters
from playbooks.storing import DraftInTheWay, store
from tests.factories import NOW, make_vendor

pytestmark = pytest.mark.django_db
OUTLINE = available_starters()[0].outline
CHANGED = replace(OUTLINE, stages=OUTLINE.stages[:1])
FILE = str(FOLDER / "backup-reseller.yaml")


def test_an_outline_becomes_a_draft(vendor: Vendor) -> None:
    draft = store(outline=OUTLINE, vendor=vendor, by=None, now=NOW)
    assert draft.is_draft
    assert outline_of(draft) == OUTLINE
    assert list(draft.steps.values_list("position", flat=True)) == list(range(draft.steps.count()))


def test_the_same_outline_twice_changes_nothing(vendor: Vendor) -> None:
    draft = store(outline=OUTLINE, vendor=vendor, by=None, now=NOW)
    assert store(outline=OUTLINE, vendor=vendor, by=None, now=NOW) == draft
    publish(version=draft, by=None, now=NOW)
    assert store(outline=OUTLINE, vendor=vendor, by=None, now=NOW) == draft
    assert draft.playbook.versions.count() == 1


def test_a_changed_outline_becomes_the_next_draft(vendor: Vendor) -> None:
    publish(version=store(outline=OUTLINE, vendor=vendor, by=None, now=NOW), by=None, now=NOW)
    draft = store(outline=CHANGED, vendor=vendor, by=None, now=NOW)
    assert (draft.is_draft, draft.number) == (True, 2)


def test_a_draft_that_says_something_else_is_not_overwritten(vendor: Vendor) -> None:
    draft = store(outline=OUTLINE, vendor=vendor, by=None, now=NOW)
    with pytest.raises(DraftInTheWay):
        store(outline=CHANGED, vendor=vendor, by=None, now=NOW)
    assert outline_of(draft) == OUTLINE
    replaced = store(outline=CHANGED, vendor=vendor, by=None, now=NOW, replace_draft=True)
    assert outline_of(replaced) == CHANGED
    assert replaced.playbook.versions.count() == 1


def test_storing_takes_the_same_number_of_queries_whatever_the_length(
    vendor: Vendor, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        store(outline=OUTLINE, vendor=vendor, by=None, now=NOW)


def test_the_command_imports_and_publishes(vendor: Vendor, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        call_command("import_playbook", FILE, vendor="acme", publish=True)
    assert capsys.readouterr().out == "backup-reseller: version 1 is published.\n" * 2
    assert Playbook.objects.of(vendor).get().versions.count() == 1


def test_the_command_tells_faults_with_file_and_line(vendor: Vendor, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("format: 1\nkey: a\nlanguages: [en]\nname: A\nstagse: []\n")
    with pytest.raises(CommandError, match=r"p\.yaml:5: “stagse” is not known here. Did you mean “stages”\?"):
        call_command("import_playbook", str(file), vendor="acme")


def test_what_cannot_be_published_is_not_loaded_either(vendor: Vendor, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("format: 1\nkey: a\nlanguages: [en]\nname: A\n")
    with pytest.raises(CommandError, match="There is no stage yet"):
        call_command("import_playbook", str(file), vendor="acme", publish=True)
    assert not Playbook.objects.of(vendor).exists()


def test_the_command_refuses_an_unknown_vendor_and_a_missing_file(vendor: Vendor, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no vendor “nobody”"):
        call_command("import_playbook", FILE, vendor="nobody")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_playbook", str(tmp_path / "none.yaml"), vendor="acme")


def test_what_is_exported_can_be_imported(vendor: Vendor, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_playbook", FILE, vendor="acme", publish=True)
    capsys.readouterr()
    call_command("export_playbook", "backup-reseller", "--vendor=acme", "--version=1")
    file = tmp_path / "exported.yaml"
    file.write_text(capsys.readouterr().out)
    other = make_vendor("other")
    call_command("import_playbook", str(file), vendor="other")
    draft = Playbook.objects.of(other).get().draft()
    assert draft is not None
    assert outline_of(draft) == OUTLINE


def test_exporting_what_is_not_there_is_refused(vendor: Vendor) -> None:
    store(outline=OUTLINE, vendor=vendor, by=None, now=NOW)
    with pytest.raises(CommandError, match="no version 7"):
        call_command("export_playbook", "backup-reseller", "--vendor=acme", "--version=7")
    with pytest.raises(CommandError, match="has no playbook"):
        call_command("export_playbook", "nothing", "--vendor=acme")
