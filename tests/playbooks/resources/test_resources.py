"""What helps with a step: said at the desk, found on the step's page, signed in and from a mail."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from partners.models import Member, Vendor
from playbooks.checking import check
from playbooks.comparing import differences
from playbooks.files.storing import NOT_OLDER, tidy
from playbooks.links import make_step_link
from playbooks.models import DraftChange, PlaybookVersion, Step, StoredFile
from playbooks.outline import outline_of
from playbooks.parts import fingerprint
from playbooks.publishing import publish, start_draft
from playbooks.reading import read
from playbooks.resources.items import files_of, resources_of
from playbooks.undoing import last_change, redo, take_back
from playbooks.writing import write
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_vendor, make_version
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db
LIST, ONE = "desk-playbook-resources", "desk-playbook-resource"
PDF = b"%PDF-1.7\n%%EOF"


def made(key: str, kind: str = "link", **words: str) -> dict[str, Any]:
    return {"key": key, "kind": kind, "texts": {"en": {"label": f"The {key}", **words}}}


HELPS = [
    made("shop", address="https://example.com/shop?a=1&b=2"),
    made("film", "video", address="https://youtu.be/dQw4w9WgXcQ"),
    made("other-film", "video", address="https://vimeo.com/76979871"),
]


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    return make_vendor("acme")


@pytest.fixture
def desk(vendor: Vendor, client: Client) -> Desk:
    return Desk(client, vendor).enter(Member.Role.MANAGER)


@pytest.fixture
def draft(vendor: Vendor) -> PlaybookVersion:
    steps: list[Any] = [{"key": "first", "when": "Now", "resources": HELPS}, {"key": "next", "when": "Now"}]
    return make_version(vendor, published=False, steps=steps)


@pytest.fixture
def step(draft: PlaybookVersion) -> Step:
    return draft.steps.get(position=0)


def ids(step: Step, *more: str) -> tuple[Any, ...]:
    return (step.version.playbook_id, step.pk, *more)


def filled(step: Step, key: str, **changes: Any) -> dict[str, Any]:
    step.refresh_from_db()
    resource = next(each for each in resources_of(step) if each.key == key)
    words = {f"{name}_en": text for name, text in resource.texts["en"].items() if name != "file"}
    return {"seen": fingerprint(resource), **words, **changes}


def reader(step: Step, who: str) -> tuple[Client, str, str]:
    """A client, the step's page, and where its files are."""
    client, user = Client(), make_user()
    enrollment = make_enrollment(make_partner(step.version.playbook.vendor, user=user), version=step.version)
    progress = enrollment.progress.get(position=0)
    if who == "signed in":
        client.force_login(user)
        page = f"/my/steps/{progress.pk}/"
    else:
        contact = enrollment.partner.contacts.get()
        page = make_step_link(contact=contact, progress=progress, now=NOW).removeprefix("http://127.0.0.1:8000")
    return client, page, f"{page}files/"


def published(version: PlaybookVersion) -> None:
    publish(version=version, by=None, now=NOW)
    version.refresh_from_db()


@pytest.mark.parametrize("who", ["signed in", "from a mail"])
def test_a_film_is_loaded_from_elsewhere_only_once_it_is_pressed(draft: PlaybookVersion, step: Step, who: str) -> None:
    published(draft)
    client, page, _files = reader(step, who)
    response = client.get(page)
    content = response.content.decode()
    assert 'href="https://example.com/shop?a=1&amp;b=2" rel="noopener noreferrer"' in content
    assert "The film" in content
    assert "<iframe" not in content
    assert "youtube" not in content.lower().replace("plays from youtube", "")
    assert "frame-src 'self';" in response["Content-Security-Policy"]
    response = client.get(page, {"play": "film"})
    content = response.content.decode()
    assert content.count("<iframe") == 1
    assert 'src="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"' in content
    assert 'referrerpolicy="strict-origin-when-cross-origin"' in content
    assert "frame-src 'self' https://www.youtube-nocookie.com;" in response["Content-Security-Policy"]
    assert "script-src 'self';" in response["Content-Security-Policy"]
    assert "<iframe" not in client.get(page, {"play": "shop"}).content.decode()


@pytest.mark.parametrize("who", ["signed in", "from a mail"])
def test_a_file_is_found_by_those_who_walk_the_step(desk: Desk, draft: PlaybookVersion, step: Step, who: str) -> None:
    desk.post(LIST, *ids(step), kind="file", label_en="Price list", count="3")
    upload = SimpleUploadedFile("prices.pdf", PDF)
    response = desk.post(ONE, *ids(step, "price-list"), **filled(step, "price-list", upload_en=upload))
    assert response.status_code == 302
    stored = StoredFile.objects.get()
    published(draft)
    client, page, files = reader(step, who)
    assert f"{files}{stored.key}/" in client.get(page).content.decode()
    response = client.get(f"{files}{stored.key}/")
    assert response.getvalue() == PDF
    assert response["Content-Disposition"] == 'attachment; filename="prices.pdf"'
    elsewhere = make_version(make_vendor()).steps.get(position=0)
    stranger, _page, theirs = reader(elsewhere, who)
    assert stranger.get(f"{theirs}{stored.key}/").status_code == 404
    assert stranger.get(f"/my/files/{stored.key}/").status_code in (302, 404)
    own = desk.client.get(f"/v/acme/files/{stored.key}/")
    assert own.status_code == 200
    assert own.getvalue() == PDF
    desk.client.force_login(make_member(make_vendor()).user)
    assert desk.client.get(f"/v/acme/files/{stored.key}/").status_code == 404


def test_one_is_added_once_changed_and_taken_out(desk: Desk, step: Step) -> None:
    for _ in range(2):
        response = desk.post(LIST, *ids(step), kind="link", label_en="The terms", count="3")
        assert response["Location"].endswith("/resources/the-terms/")
    desk.post(ONE, *ids(step, "the-terms"), **filled(step, "the-terms", address_en=" https://example.com/terms "))
    step.refresh_from_db()
    assert step.resources[3] == {
        "key": "the-terms",
        "kind": "link",
        "texts": {"en": {"label": "The terms", "address": "https://example.com/terms"}},
    }
    for _ in range(2):
        assert desk.post("desk-playbook-resource-remove", *ids(step, "shop")).status_code == 302
    step.refresh_from_db()
    assert [each["key"] for each in step.resources] == ["film", "other-film", "the-terms"]
    assert "The terms" in desk.get("desk-playbook-look", *ids(step)).content.decode()
    assert "The terms</span>" in desk.get("desk-playbook-step", *ids(step)).content.decode()


@pytest.mark.parametrize(
    ("key", "wrong", "words"),
    [
        ("shop", {"label_en": " "}, "Say what it is."),
        ("shop", {"address_en": "javascript:alert(1)"}, "Copy the whole address"),
        ("shop", {"address_en": "http://example.com/"}, "Copy one with https://"),
        ("film", {"address_en": "https://evil.example/film"}, "no film at YouTube or Vimeo"),
    ],
)
def test_what_is_wrong_is_said(desk: Desk, step: Step, key: str, wrong: dict[str, str], words: str) -> None:
    response = desk.post(ONE, *ids(step, key), **filled(step, key, **wrong))
    assert response.status_code == 422
    assert words in response.content.decode()


def test_a_long_address_is_kept_and_one_that_is_too_long_is_not_cut(desk: Desk, step: Step) -> None:
    start = "https://example.sharepoint.com/?id="
    long, longer = (start + "a" * (length - len(start)) for length in (2000, 2001))
    assert desk.post(ONE, *ids(step, "shop"), **filled(step, "shop", address_en=long)).status_code == 302
    step.refresh_from_db()
    shop = next(each for each in step.resources if each["key"] == "shop")
    assert shop["texts"]["en"]["address"] == long
    assert read(write(outline_of(step.version)).encode()) == outline_of(step.version)
    refused = desk.post(ONE, *ids(step, "shop"), **filled(step, "shop", address_en=longer))
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "at most 2000 characters (it has 2001)" in page
    assert longer in page
    assert "maxlength" not in next(line for line in page.split("<") if longer in line)


def test_a_file_that_lies_is_refused_and_none_is_kept(desk: Desk, step: Step, media: Path) -> None:
    desk.post(LIST, *ids(step), kind="file", label_en="Logo", count="3")
    lie = SimpleUploadedFile("logo.png", b"<svg><script>alert(1)</script></svg>")
    response = desk.post(ONE, *ids(step, "logo"), **filled(step, "logo", upload_en=lie))
    assert response.status_code == 422
    assert "not what its name says" in response.content.decode()
    assert not StoredFile.objects.exists()


def test_two_authors_at_once_lose_nothing(desk: Desk, step: Step) -> None:
    mine = filled(step, "shop", label_en="Mine")
    desk.post(ONE, *ids(step, "shop"), **filled(step, "shop", label_en="Theirs"))
    response = desk.post(ONE, *ids(step, "shop"), **mine)
    assert response.status_code == 409
    assert "<li>Theirs</li>" in response.content.decode()
    assert 'value="Mine"' in response.content.decode()


def test_what_leads_nowhere_blocks_publishing_and_leads_to_the_place(desk: Desk, step: Step) -> None:
    Step.objects.filter(pk=step.pk).update(resources=[made("nowhere"), made("gone", "file", file="0" * 32)])
    nowhere, gone = check(version=step.version)
    assert "leads nowhere yet" in nowhere.message
    assert "is not here. Upload it." in gone.message
    page = desk.get("desk-playbook-publish", step.version.playbook_id).content.decode()
    assert "/resources/nowhere/" in page
    assert "/resources/gone/" in page


def test_what_is_published_stays_and_goes_on_in_the_next_draft(desk: Desk, draft: PlaybookVersion, step: Step) -> None:
    published(draft)
    desk.post("desk-playbook-resource-remove", *ids(step, "shop"))
    step.refresh_from_db()
    assert step.resources == HELPS
    following = start_draft(playbook=draft.playbook, by=None, now=NOW)
    assert following.steps.get(position=0).resources == HELPS
    Step.objects.filter(version=following, position=0).update(resources=HELPS[:1])
    (change,) = differences(outline_of(draft), outline_of(following), language="en")
    assert [field.label for field in change.fields] == ["What helps with it"]


def test_others_change_nothing(desk: Desk, step: Step) -> None:
    theirs = make_version(make_vendor(), published=False, steps=[{"key": "a", "resources": HELPS}])
    other = theirs.steps.get()
    assert desk.get(ONE, theirs.playbook_id, other.pk, "shop").status_code == 404
    assert desk.post("desk-playbook-resource-remove", theirs.playbook_id, other.pk, "shop").status_code == 404
    assert desk.get(ONE, *ids(step, "no-such")).status_code == 404
    desk.enter(Member.Role.VIEWER)
    assert "preview" in desk.get(LIST, *ids(step))["Location"]
    assert desk.post("desk-playbook-resource-remove", *ids(step, "shop")).status_code == 403


def test_a_file_that_was_replaced_is_tidied_up_and_one_in_use_stays(desk: Desk, step: Step, clock: Clock) -> None:
    desk.post(LIST, *ids(step), kind="file", label_en="Logo", count="3")
    for name in ("old.pdf", "new.pdf"):
        clock.instant += timedelta(hours=1)
        upload = SimpleUploadedFile(name, PDF)
        desk.post(ONE, *ids(step, "logo"), **filled(step, "logo", upload_en=upload))
    assert StoredFile.objects.count() == 2
    assert tidy(now=NOW) == 0
    assert tidy(now=NOW + 2 * NOT_OLDER) == 0  # the change can be taken back
    DraftChange.objects.all().delete()
    assert tidy(now=NOW + 2 * NOT_OLDER) == 1
    assert StoredFile.objects.get().name == "new.pdf"


def test_a_file_that_redo_brings_back_is_still_there(desk: Desk, step: Step) -> None:
    desk.post(LIST, *ids(step), kind="file", label_en="Logo", count="3")
    desk.post(ONE, *ids(step, "logo"), **filled(step, "logo", upload_en=SimpleUploadedFile("logo.pdf", PDF)))
    change = last_change(step.version)
    assert change is not None
    take_back(version=step.version, change=change.pk, by=None, now=NOW)
    assert tidy(now=NOW + 2 * NOT_OLDER) == 0
    redo(version=step.version, change=change.pk, by=None, now=NOW)
    step.refresh_from_db()
    assert StoredFile.objects.get().key in files_of(resources_of(step))


def test_they_are_put_in_order(desk: Desk, step: Step) -> None:
    keys = [each["key"] for each in step.resources]
    assert len(keys) == 3
    page = desk.get(LIST, *ids(step)).content.decode()
    assert page.count("pb-up") == page.count("pb-down") == 3
    for place, expected in (("2", [keys[1], keys[2], keys[0]]), ("0", keys)):
        desk.post("desk-playbook-resource-move", *ids(step, keys[0]), place=place)
        step.refresh_from_db()
        assert [each["key"] for each in step.resources] == expected
    response = desk.post("desk-playbook-resource-move", *ids(step, "gone"), place="0", follow=True)
    assert "Somebody took this out meanwhile" in response.content.decode()
