"""Where the file is between upload and decision, and when it goes."""

from io import BytesIO
from pathlib import Path

from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from partners.models import Member, Upload, Vendor
from tests.clock import Clock
from tests.partners.importing.pages.sending import GOOD, SignIn, stored, uploaded


def test_a_file_that_vanished_is_told(
    sign_in: SignIn, manager: Member, vendor: Vendor, files_of_their_own: Path
) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    for path in stored(files_of_their_own):
        path.unlink()
    assert "no longer here" in client.get(page, follow=True).content.decode()
    assert "no longer here" in client.post(page, {"action": "load"}, follow=True).content.decode()


def test_a_file_nobody_decided_about_goes_after_a_day(
    sign_in: SignIn,
    manager: Member,
    vendor: Vendor,
    clock: Clock,
    files_of_their_own: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = sign_in(manager)
    old = uploaded(client, vendor, GOOD)
    clock.move(hours=25)
    with django_capture_on_commit_callbacks(execute=True):
        uploaded(client, vendor, GOOD)
    assert client.get(old).status_code == 404
    assert len(stored(files_of_their_own)) == 1


def test_an_upload_is_no_path(sign_in: SignIn, manager: Member, vendor: Vendor, files_of_their_own: Path) -> None:
    file = BytesIO(GOOD.encode())
    file.name = "../../etc/passwd.csv"
    sign_in(manager).post(reverse("desk-partners-import", args=[vendor.slug]), {"file": file})
    upload = Upload.objects.get()
    assert upload.name == "passwd.csv"
    assert stored(files_of_their_own) == [files_of_their_own / "uploads" / str(vendor.pk) / upload.token]
