"""Files that cannot be used are told so, and not kept."""

from pathlib import Path

import pytest
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from partners.importing import uploads
from partners.models import Member, Upload, Vendor
from tests.partners.importing.pages.sending import GOOD, SignIn, decide, send, stored, uploaded


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", "The file is empty"),
        (b"%PDF-1.4", "list.csv", "This is a PDF"),
        (b"\x00\x01\x02\x03", "list.csv", "not a text file"),
        (b"PK\x03\x04", "list.xlsx", "damaged or is no XLSX"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(
    sign_in: SignIn, manager: Member, vendor: Vendor, files_of_their_own: Path, content: bytes, name: str, words: str
) -> None:
    response = send(sign_in(manager), vendor, content, name=name)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert stored(files_of_their_own) == []
    assert not Upload.objects.exists()


def test_a_file_with_no_rows_says_so(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, "Firma;Ansprechpartner;E-Mail\n")
    text = client.get(page).content.decode()
    assert "column names and no rows below them" in text
    assert "Correct the file, or export it again" in text
    assert "Choose the right columns" not in text
    assert "Which column is which" not in text
    decide(client, page, "load")
    assert Upload.objects.get().state == Upload.State.SEEN


def test_where_every_row_is_too_long_it_says_that(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    long = "".join(f"Hafen {number};Hanna;h{number}@x.example;and;more\n" for number in range(3))
    text = client.get(uploaded(client, vendor, "Firma;Ansprechpartner;E-Mail\n" + long)).content.decode()
    assert (
        "No row of the file can be loaded, all for one reason: It has more cells than there are column names." in text
    )
    assert "Choose the right columns" not in text


def test_where_the_wrong_columns_are_the_reason_they_can_be_chosen(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    for content in ("Kürzel;Wer;Post\nHafen;Hanna;h@x.example\n", "Firma;Name;Mail\nHafen;Hanna;nobody\n"):
        text = client.get(uploaded(client, vendor, content)).content.decode()
        assert "Choose the right columns" in text
        assert "Which column is which" in text


def test_too_large_a_file_is_refused(
    sign_in: SignIn, manager: Member, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    assert "larger than 50 MB" in send(sign_in(manager), vendor, GOOD).content.decode()


def test_too_many_rows_are_refused(
    sign_in: SignIn, manager: Member, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_ROWS", 0)
    client = sign_in(manager)
    assert "more than 200,000 rows" in client.get(uploaded(client, vendor, GOOD)).content.decode()


@pytest.mark.parametrize(
    "content", ["Kürzel;Wer;Post\nHafen;Hanna;h@x.example\n", "Firma;Ansprechpartner;E-Mail\n;;\nA;;\n"]
)
def test_where_nothing_can_be_loaded_another_file_can_be_chosen(
    sign_in: SignIn,
    manager: Member,
    vendor: Vendor,
    files_of_their_own: Path,
    content: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, content)
    text = client.get(page).content.decode()
    assert "Choose another file" in text
    assert "Load nothing" not in text
    assert 'value="load"' not in text
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(page, {"action": "other"})
    assert response["Location"] == reverse("desk-partners-import", args=[vendor.slug])
    assert Upload.objects.get().state == Upload.State.DROPPED
    assert stored(files_of_their_own) == []


def test_where_something_can_be_loaded_nothing_can_be_decided(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    text = client.get(uploaded(client, vendor, GOOD)).content.decode()
    assert "Load nothing" in text
    assert "Choose another file" not in text
