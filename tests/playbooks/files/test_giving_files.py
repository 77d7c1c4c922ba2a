"""A file as evidence: sent, kept, replaced, given out to those alone who may see it, and gone with its step."""

import io
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from partners.models import User
from playbooks import walking
from playbooks.files.storing import tidy
from playbooks.links import make_step_link
from playbooks.models import Enrollment, Evidence, Progress, StoredFile
from tests.clock import Clock
from tests.factories import (
    NOW,
    make_enrollment,
    make_field,
    make_member,
    make_partner,
    make_user,
    make_vendor,
    make_version,
)

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF"


@dataclass(frozen=True)
class Way:
    client: Client
    page: str
    files: str

    def done(self, *, note: str = "Here it is", name: str = "Offer 1.pdf", content: bytes | None = PDF) -> Any:
        sent: dict[str, Any] = {"evidence-note": note}
        if content is not None:
            sent["evidence-offer"] = SimpleUploadedFile(name, content)
        return self.client.post(f"{self.page}done/", sent)

    def read(self) -> str:
        return self.client.get(self.page).content.decode()


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def user() -> User:
    return make_user(name="Kim")


@pytest.fixture
def enrollment(user: User, clock: Clock) -> Enrollment:
    vendor = make_vendor("acme")
    steps: list[Any] = [{"key": "offer", "evidence": [make_field("note"), make_field("offer", "file")]}, "next"]
    return make_enrollment(make_partner(vendor, user=user), version=make_version(vendor, steps=steps))


@pytest.fixture
def step(enrollment: Enrollment) -> Progress:
    return enrollment.progress.get(position=0)


@pytest.fixture(params=["signed in", "from a mail"])
def way(request: pytest.FixtureRequest, user: User, step: Progress) -> Way:
    client = Client()
    if request.param == "signed in":
        client.force_login(user)
        return Way(client, f"/my/steps/{step.pk}/", "/my/files/")
    contact = step.enrollment.partner.contacts.get()
    page = make_step_link(contact=contact, progress=step, now=NOW).removeprefix("http://127.0.0.1:8000")
    return Way(client, page, f"{page}files/")


def contents(media: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(media.rglob("*")) if path.is_file()]


def test_a_file_is_kept_under_a_name_of_our_own_and_the_step_is_done(way: Way, step: Progress, media: Path) -> None:
    assert 'enctype="multipart/form-data"' in way.read()
    assert way.done().status_code == 302
    stored = StoredFile.objects.get()
    assert (stored.name, stored.content_type, stored.size) == ("Offer 1.pdf", "application/pdf", len(PDF))
    assert stored.file.name == f"files/{stored.key[:2]}/{stored.key}"
    assert contents(media) == [PDF]
    row = Evidence.objects.get(key="offer")
    assert row.value == {"file": stored.key, "name": "Offer 1.pdf", "size": len(PDF)}
    step.refresh_from_db()
    assert step.state == "done"
    assert f"{way.files}{stored.key}/" in way.read()


def test_it_is_given_out_to_be_saved_and_never_run(way: Way) -> None:
    way.done()
    response = way.client.get(f"{way.files}{StoredFile.objects.get().key}/")
    assert response.getvalue() == PDF
    assert response["Content-Disposition"] == 'attachment; filename="Offer 1.pdf"'
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response["Cache-Control"]


def test_whoever_may_not_see_the_step_finds_no_file(way: Way, enrollment: Enrollment) -> None:
    way.done()
    key = StoredFile.objects.get().key
    desk = Client()
    desk.force_login(enrollment.partner.manager.user)
    own = desk.get(f"/v/acme/files/{key}/")
    assert own.status_code == 200
    assert own.getvalue() == PDF
    assert desk.get(f"/my/files/{key}/").status_code == 404
    other = make_vendor("other")
    desk.force_login(make_member(other).user)
    assert desk.get(f"/v/acme/files/{key}/").status_code == 404
    assert desk.get(f"/v/other/files/{key}/").status_code == 404
    stranger = make_user()
    elsewhere = make_enrollment(make_partner(other, user=stranger), version=make_version(other))
    desk.force_login(stranger)
    assert desk.get(f"/my/files/{key}/").status_code == 404
    contact, progress = elsewhere.partner.contacts.get(), elsewhere.progress.get(position=0)
    page = make_step_link(contact=contact, progress=progress, now=NOW).removeprefix("http://127.0.0.1:8000")
    assert desk.get(f"{page}files/{key}/").status_code == 404
    assert Client().get(f"/media/{StoredFile.objects.get().file.name}").status_code == 404


def test_a_fault_elsewhere_does_not_lose_the_file(way: Way, step: Progress) -> None:
    response = way.done(note=" ")
    assert response.status_code == 422
    assert "Offer 1.pdf" in response.content.decode()
    assert "is kept. Choose another one" in response.content.decode()
    assert "is kept. Choose another one" in way.read()
    assert way.done(content=None).status_code == 302
    step.refresh_from_db()
    assert step.state == "done"
    assert StoredFile.objects.count() == 1


def test_another_one_takes_its_place(
    way: Way, media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    way.done(note=" ")
    with django_capture_on_commit_callbacks(execute=True):
        way.done(name="New.txt", content=b"Better")
    assert StoredFile.objects.get().name == "New.txt"
    assert contents(media) == [b"Better"]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.png", b"<svg><script>alert(1)</script></svg>", "not what its name says"),
        ("a.svg", b"<svg></svg>", "This kind of file is not taken"),
        ("a.pdf", b"", "This file is empty"),
        ("a.pdf", None, "Choose a file."),
    ],
)
def test_what_is_refused_is_not_kept_and_said_beside_the_field(
    way: Way, media: Path, name: str, content: bytes | None, fault: str
) -> None:
    response = way.done(note="Typed with care", name=name, content=content)
    page = response.content.decode()
    assert response.status_code == 422
    assert fault in page[page.index('name="evidence-offer"') :]
    assert "Typed with care" in page
    assert not StoredFile.objects.exists()
    assert contents(media) == []


def test_done_work_is_frozen_and_a_closed_step_takes_no_file(way: Way, step: Progress) -> None:
    way.done()
    way.done(name="Late.pdf")
    assert StoredFile.objects.get().name == "Offer 1.pdf"
    assert "Late.pdf" not in way.read()


def test_contents_go_with_their_rows(
    way: Way, step: Progress, media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    way.done()
    with django_capture_on_commit_callbacks(execute=True):
        step.enrollment.partner.delete()
    assert not StoredFile.objects.exists()
    assert contents(media) == []


def test_what_a_crash_left_is_tidied_up_and_nothing_else(way: Way, media: Path) -> None:
    assert tidy(now=NOW) == 0  # no folder yet
    way.done()
    left, fresh = media / "files/ab/abandoned", media / "files/ab/on-its-way"
    for path in (left, fresh):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    long_ago = (NOW - timedelta(days=3)).timestamp()
    os.utime(left, (long_ago, long_ago))
    call_command("tidy_files")
    assert not left.exists()
    assert fresh.exists()
    assert PDF in contents(media)


def test_two_gigabytes_are_refused_before_they_are_read(way: Way) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("nothing may be read")

    told: dict[str, Any] = {"CONTENT_LENGTH": str(2 * 1024**3), "wsgi.input": Endless()}
    response = way.client.generic("POST", f"{way.page}done/", **told)
    assert response.status_code == 413
    assert "larger than 60" in response.content.decode()
    told["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert "Das ist zu groß" in way.client.generic("POST", "/apply/", **told).content.decode()


def test_the_vendors_word_needs_no_file(step: Progress) -> None:
    assert walking.complete(progress=step, by=None, now=NOW, side="vendor")


def test_one_that_need_not_be_there_is_taken_out_with_what_was_kept_of_it(
    user: User, clock: Clock, media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    asked = [make_field("note"), make_field("offer", "file", required=False)]
    vendor = make_vendor("acme")
    enrollment = make_enrollment(
        make_partner(vendor, user=user), version=make_version(vendor, steps=[{"key": "offer", "evidence": asked}])
    )
    step, client = enrollment.progress.get(position=0), Client()
    client.force_login(user)
    way = Way(client, f"/my/steps/{step.pk}/", "/my/files/")
    assert "evidence-offer-remove" not in way.read()
    way.done(note="")
    assert "Take Offer 1.pdf out" in way.read()
    refused = client.post(f"{way.page}done/", {"evidence-note": "", "evidence-offer-remove": "on"})
    assert refused.status_code == 422
    assert 'name="evidence-offer-remove" checked' in refused.content.decode()
    assert StoredFile.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{way.page}done/", {"evidence-note": "Here", "evidence-offer-remove": "on"})
    step.refresh_from_db()
    assert step.state == "done"
    assert list(Evidence.objects.values_list("key", flat=True)) == ["note"]
    assert not StoredFile.objects.exists()
    assert [file for file in media.rglob("*") if file.is_file()] == []


def test_one_that_must_be_there_cannot_be_taken_out(step: Progress, user: User) -> None:
    client = Client()
    client.force_login(user)
    way = Way(client, f"/my/steps/{step.pk}/", "/my/files/")
    way.done(note="")
    assert "evidence-offer-remove" not in way.read()
    client.post(f"{way.page}done/", {"evidence-note": "Here", "evidence-offer-remove": "on"})
    assert StoredFile.objects.count() == 1
