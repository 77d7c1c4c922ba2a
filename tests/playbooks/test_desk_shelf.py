"""The list of playbooks, and three ways to a new one."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from partners.models import Member, Vendor
from playbooks.checking import check
from playbooks.enrolling import enroll
from playbooks.models import Playbook, PlaybookVersion
from playbooks.outline import outline_of
from playbooks.publishing import start_draft
from playbooks.starters import FOLDER
from playbooks.writing import write
from tests.factories import NOW, make_partner, make_user, make_vendor, make_version
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db
STARTER = (FOLDER / "backup-reseller.yaml").read_bytes()


def upload(content: bytes, name: str = "mine.yaml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_vendor_without_playbooks_is_offered_the_starters(desk: Desk) -> None:
    page = desk.get("desk-playbooks").content.decode()
    assert "Managed-services backup reseller" in page
    assert page.count("Copy this one") == 3
    assert Playbook.objects.count() == 0


def test_the_starters_speak_the_readers_language(desk: Desk) -> None:
    desk.client.cookies["django_language"] = "de"
    assert "Backup-Reseller für Managed Services" in desk.get("desk-playbooks").content.decode()


def test_the_list_shows_what_is_published_who_walks_it_and_drafts(desk: Desk, vendor: Vendor) -> None:
    version = make_version(vendor)
    enroll(partner=make_partner(vendor), version=version, by=None, now=NOW)
    start_draft(playbook=version.playbook, by=None, now=NOW)
    page = desk.get("desk-playbooks").content.decode()
    for words in ("Your start", "Version 1", "1 partner walks it", "Unpublished changes", "Starts on acceptance"):
        assert words in page
    saved = reverse("desk-playbook-export", args=[vendor.slug, version.playbook_id, 2])
    assert f'href="{saved}"' in page  # the draft, as on the playbook's own page
    assert desk.client.get(saved).status_code == 200


def test_another_vendors_playbooks_are_not_in_the_list(desk: Desk) -> None:
    make_version(make_vendor())
    assert "Your start" not in desk.get("desk-playbooks").content.decode()


def test_queries_do_not_grow_with_playbooks(desk: Desk, vendor: Vendor, django_assert_max_num_queries: object) -> None:
    for number in range(12):
        start_draft(playbook=make_version(vendor, slug=f"p{number}", default=number == 0).playbook, by=None, now=NOW)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert desk.get("desk-playbooks").content.count(b"Unpublished changes") == 12


@pytest.mark.parametrize(("name", "answer"), [("desk-playbooks", 200), ("desk-playbook-new", 403)])
def test_an_outsider_finds_nothing_and_a_viewer_is_offered_nothing(
    desk: Desk, vendor: Vendor, name: str, answer: int
) -> None:
    desk.enter(Member.Role.VIEWER)
    page = desk.get(name)
    assert page.status_code == answer
    assert b"Copy this one" not in page.content
    desk.client.force_login(make_user())
    assert desk.get(name).status_code == 404
    assert desk.post(name).status_code == 404


@pytest.mark.parametrize("name", ["desk-playbooks", "desk-playbook-new"])
def test_a_page_to_read_takes_no_posts(desk: Desk, name: str) -> None:
    assert desk.post(name).status_code == 405


@pytest.mark.parametrize(
    ("name", "ids"),
    [("desk-playbook-copy", ["backup-reseller"]), ("desk-playbook-empty", []), ("desk-playbook-load", [])],
)
def test_who_may_make_a_new_one(desk: Desk, vendor: Vendor, name: str, ids: list[str]) -> None:
    assert desk.get(name, *ids).status_code == 405
    data: dict[str, Any] = {"name": "Mine", "file": upload(STARTER)}
    desk.enter(Member.Role.VIEWER)
    assert desk.post(name, *ids, **data).status_code == 403
    desk.client.force_login(make_user())
    assert desk.post(name, *ids, **data).status_code == 404
    assert not Playbook.objects.exists()


def test_copying_a_starter_twice_makes_one(desk: Desk, vendor: Vendor) -> None:
    went = [desk.post("desk-playbook-copy", "backup-reseller")["Location"] for _ in range(2)]
    playbook = Playbook.objects.of(vendor).get()
    assert went[0] == went[1] == reverse("desk-playbook", args=["acme", playbook.pk])
    assert "Open your copy" in desk.get("desk-playbook-new").content.decode()


def test_a_starter_is_copied_in_the_languages_that_were_chosen(desk: Desk, vendor: Vendor) -> None:
    page = desk.get("desk-playbook-new").content.decode()
    assert 'name="languages" value="en" checked' in page
    desk.post("desk-playbook-copy", "backup-reseller", languages=["en"])
    playbook = Playbook.objects.of(vendor).get()
    draft = playbook.draft()
    assert draft is not None
    assert draft.languages == ["en"]
    assert {language for step in draft.steps.all() for language in step.texts} == {"en"}
    # Whoever then adds a step owes nobody German.
    stage = draft.stages.all()[0]
    desk.post("desk-playbook-step-new", playbook.pk, stage.pk, title="One more", count=stage.steps.count())
    assert not [problem for problem in check(version=draft) if "German" in problem.message]
    page = desk.get("desk-playbook", playbook.pk).content.decode()
    assert "This playbook is in English." in page
    assert f'<a href="{reverse("desk-playbook-details", args=["acme", playbook.pk])}">Add a language</a>' in page


def test_in_two_languages_it_is_said_how_to_leave_one_out(desk: Desk, vendor: Vendor) -> None:
    desk.post("desk-playbook-copy", "backup-reseller", languages=["en", "de"])
    playbook = Playbook.objects.of(vendor).get()
    draft = playbook.draft()
    assert draft is not None
    stage = draft.stages.all()[0]
    desk.post("desk-playbook-step-new", playbook.pk, stage.pk, title="One more", count=stage.steps.count())
    for page in ("desk-playbook", "desk-playbook-publish"):
        shown = desk.get(page, playbook.pk).content.decode()
        assert "This playbook is in English and German." in shown or "in German and English." in shown
        assert "Leave a language out</a>" in shown
    step = draft.steps.order_by("-pk")[0]
    assert "Leave a language out</a>" in desk.get("desk-playbook-step", playbook.pk, step.pk).content.decode()


def test_an_unknown_starter_is_not_there(desk: Desk) -> None:
    assert desk.post("desk-playbook-copy", "nothing").status_code == 404


def test_starting_empty_twice_makes_one(desk: Desk, vendor: Vendor) -> None:
    for _ in range(2):
        assert desk.post("desk-playbook-empty", name="  My plan ").status_code == 302
    draft = Playbook.objects.of(vendor).get().draft()
    assert draft is not None
    assert (draft.languages, draft.texts) == (["en"], {"en": {"name": "My plan"}})


def test_without_a_name_nothing_starts(desk: Desk) -> None:
    response = desk.post("desk-playbook-empty", name="")
    assert (response.status_code, Playbook.objects.count()) == (422, 0)
    assert "Give the playbook a name." in response.content.decode()


def test_a_file_becomes_a_draft_and_twice_the_same_one(desk: Desk, vendor: Vendor) -> None:
    said = ("Loaded as a draft.", "The file says exactly what your draft says, so nothing changed.")
    for words in said:
        page = desk.post("desk-playbook-load", file=upload(STARTER), follow=True).content.decode()
        assert [words in page for words in said] == [one == words for one in said]
    playbook = Playbook.objects.of(vendor).get()
    assert (playbook.slug, playbook.versions.count()) == ("backup-reseller", 1)


def test_faults_are_shown_with_their_lines(desk: Desk) -> None:
    bad = b"format: 1\nkey: a\nlanguages: [en]\nname: A\nstages:\n  - key: s\n    title: S\n    stepz: []\n"
    response = desk.post("desk-playbook-load", file=upload(bad))
    page = response.content.decode()
    assert (response.status_code, Playbook.objects.count()) == (422, 0)
    assert "mine.yaml was not loaded: 1 thing is wrong in it" in page
    assert "<td>8</td>" in page
    assert "Did you mean “steps”?" in page


def test_a_fault_is_shown_as_text_not_as_markup(desk: Desk) -> None:
    response = desk.post("desk-playbook-load", file=upload(b"<script>: 1\n"))
    assert b"<td><script>" not in response.content
    assert b"&lt;script&gt;" in response.content


def test_what_a_file_would_change_is_said_before_it_is_loaded(desk: Desk, vendor: Vendor) -> None:
    desk.post("desk-playbook-load", file=upload(STARTER))
    playbook = Playbook.objects.of(vendor).get()
    cut = STARTER[: STARTER.index(b"      - key:", STARTER.index(b"      - key:") + 1)]
    response = desk.post("desk-playbook-load", file=upload(cut))
    page = response.content.decode()
    assert response.status_code == 422
    assert "The file has 1 step," in page
    assert "steps would be taken out. Is the file cut off?" in page
    assert PlaybookVersion.objects.get().steps.count() > 1
    shown: dict[str, Any] = {"content": cut.decode()}
    for _twice in range(2):
        desk.post("desk-playbook-load", **(shown | {"as": "second"}))
    second = Playbook.objects.of(vendor).exclude(pk=playbook.pk).get().draft()
    assert second is not None
    assert second.steps.count() == 1
    assert second.text("name", "en").endswith(" (copy)")
    assert second.text("name", "de").endswith(" (Kopie)")
    assert desk.post("desk-playbook-load", **(shown | {"as": "draft"})).status_code == 302
    draft = playbook.draft()
    assert draft is not None
    assert draft.steps.count() == 1


def test_a_file_of_another_vendor_is_loaded_and_the_files_to_upload_again_are_named(desk: Desk, vendor: Vendor) -> None:
    guide = {"key": "guide", "kind": "file", "texts": {"en": {"label": "Our guide", "file": "0" * 32}}}
    theirs = make_version(make_vendor("other"), steps=[{"key": "a", "resources": [guide]}])
    page = desk.post("desk-playbook-load", file=upload(write(outline_of(theirs)).encode()), follow=True)
    assert "Upload these again, each at its step: “Our guide”" in page.content.decode()


def test_a_playbook_is_duplicated_once(desk: Desk, vendor: Vendor) -> None:
    version = make_version(vendor)
    for _twice in range(2):
        page = desk.post("desk-playbook-duplicate", version.playbook_id, follow=True).content.decode()
        assert "Your start (copy)" in page
    copy = Playbook.objects.of(vendor).exclude(pk=version.playbook_id).get()
    assert not copy.is_default
    draft = copy.draft()
    assert draft is not None
    assert [step.texts for step in draft.steps.order_by("position")] == [step.texts for step in version.steps.all()]
    assert desk.get("desk-playbook-duplicate", version.playbook_id).status_code == 405


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04", b"x" * (2 * 1024 * 1024 + 1)])
def test_what_is_no_playbook_is_refused(desk: Desk, content: bytes) -> None:
    assert desk.post("desk-playbook-load", file=upload(content)).status_code == 422


def test_no_file_is_refused(desk: Desk) -> None:
    assert "Choose a file first." in desk.post("desk-playbook-load").content.decode()
