"""A file in the browser: looked at first, loaded or not, and nobody else's business."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from partners.importing import loading_partners, uploads
from partners.models import AuditEntry, Member, Order, Partner, Upload, User, Vendor
from partners.signals import partners_changed
from partners.tasks import load_uploads
from partners.views import imports
from tests.clock import Clock
from tests.partners.importing.test_reading import workbook

SignIn = Callable[[Member | User], Client]
GOOD = "Firma;Ansprechpartner;E-Mail;Land\nHafen IT;Hanna Hafen;hanna@hafen.example;AT\n"
MIXED = GOOD + "Nord;;kein\n"


@pytest.fixture(autouse=True)
def files_of_their_own(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def send(
    client: Client, vendor: Vendor, content: str | bytes, *, kind: str = "partners", name: str = "list.csv"
) -> HttpResponse:
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return client.post(reverse(f"desk-{kind}-import", args=[vendor.slug]), {"file": file})  # type: ignore[return-value]


def uploaded(
    client: Client, vendor: Vendor, content: str | bytes, *, kind: str = "partners", name: str = "list.csv"
) -> str:
    response = send(client, vendor, content, kind=kind, name=name)
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def mapping_of(upload: Upload) -> dict[str, str]:
    return {key: str(at) for key, at in upload.mapping.items()}


def decide(client: Client, page: str, action: str, **more: str) -> HttpResponse:
    return client.post(page, {**mapping_of(Upload.objects.latest("pk")), "action": action, **more})  # type: ignore[return-value]


def test_the_preview_shows_the_columns_the_first_rows_and_every_mistake(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    text = client.get(uploaded(client, vendor, MIXED)).content.decode()
    assert "CSV, semicolon, UTF-8" in text
    assert "1 row can be loaded" in text
    assert "Europe/Vienna" in text
    assert "guessed from the country" in text
    for words in ("<td>3</td>", "<td>Ansprechpartner</td>", "<td>E-Mail</td>", "“kein” is not an e-mail address."):
        assert words in text
    assert not Partner.objects.of(vendor).exists()


def test_the_good_rows_are_loaded_and_the_file_goes(
    sign_in: SignIn,
    manager: Member,
    vendor: Vendor,
    files_of_their_own: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, MIXED)
    assert len(stored(files_of_their_own)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert decide(client, page, "load")["Location"] == page
    text = client.get(page).content.decode()
    assert "1 partner loaded" in text
    assert "1 row had a mistake and was left out." in text
    partner = Partner.objects.of(vendor).get()
    assert (partner.company, partner.manager, partner.state) == ("Hafen IT", manager, Partner.State.SIGNED)
    assert stored(files_of_their_own) == []


def test_nothing_is_loaded_when_so_decided(
    sign_in: SignIn,
    manager: Member,
    vendor: Vendor,
    files_of_their_own: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    with django_capture_on_commit_callbacks(execute=True):
        decide(client, page, "nothing")
    assert "Nothing was loaded" in client.get(page).content.decode()
    decide(client, page, "load")
    decide(client, page, "nothing")
    assert not Partner.objects.of(vendor).exists()
    assert stored(files_of_their_own) == []
    assert AuditEntry.objects.filter(action="partners.not_imported").count() == 1


def test_pressing_twice_loads_once(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    decide(client, page, "load")
    decide(client, page, "load")
    assert Partner.objects.of(vendor).count() == 1
    assert "1 partner loaded" in client.get(page).content.decode()


def test_the_playbook_starts_when_asked_for(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    decide(client, page, "load", start_playbook="on")
    assert Partner.objects.of(vendor).get().state == Partner.State.ACCEPTED
    assert "1 partner was accepted." in client.get(page).content.decode()


def test_other_columns_can_be_chosen(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, "Kürzel;Wer;Post;Firma\nHafen IT;Hanna;hanna@hafen.example;x\n")
    assert "are recognised as Contact name, Contact e-mail" in client.get(page).content.decode()
    assert "Load all rows" not in client.get(page).content.decode()
    chosen = {"company": "0", "contact_name": "1", "contact_email": "2"}
    client.post(page, chosen | {"action": "look"})
    assert "1 row can be loaded" in client.get(page).content.decode()
    client.post(page, chosen | {"action": "load"})
    assert Partner.objects.of(vendor).get().company == "Hafen IT"


def test_columns_changed_at_the_last_moment_are_looked_at_again(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    response = client.post(
        page, {"company": "1", "contact_name": "1", "contact_email": "2", "action": "load"}, follow=True
    )
    assert "You chose other columns" in response.content.decode()
    assert not Partner.objects.of(vendor).exists()


@pytest.mark.parametrize("value", ["99", "-1", "x"])
def test_a_column_that_is_not_there_is_refused(sign_in: SignIn, manager: Member, vendor: Vendor, value: str) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    response = client.post(page, {"company": value, "action": "load"})
    assert response.status_code == 422
    assert Upload.objects.get().state == Upload.State.SEEN


def test_all_mistakes_can_be_downloaded_and_none_is_a_formula(
    sign_in: SignIn, manager: Member, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "KEPT", 1)
    client = sign_in(manager)
    page = uploaded(
        client, vendor, GOOD.replace("E-Mail", "=cmd()|Mail").replace("Firma", "Company") + "A;B\n;C;c@x.example\n"
    )
    upload = Upload.objects.get()
    client.post(page, {"company": "0", "contact_name": "1", "contact_email": "2", "action": "look"})
    assert "These are the first 1 mistakes." in client.get(page).content.decode()
    response = client.get(reverse("desk-partners-problems", args=[vendor.slug, upload.token]))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines == [
        "Line,Column,Reason",
        '3,\'=cmd()|Mail,"It is empty, and is needed."',
        '4,Company,"It is empty, and is needed."',
    ]


def test_orders_are_loaded_the_same_way(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    text = "Kundennummer;Datum;Betrag\n7;31.01.2026;1.234,56\n7;31.01.2026;1.234,56\n8;32.01.2026;1\n"
    page = uploaded(client, vendor, text, kind="orders")
    preview = client.get(page).content.decode()
    assert "2 rows can be loaded" in preview
    assert "the customer itself" in preview
    assert "Start the playbook" not in preview
    decide(client, page, "load")
    result = client.get(page).content.decode()
    assert "2 orders loaded" in result
    assert "1 new partner came with them." in result
    assert Order.objects.of(vendor).count() == 2


def test_a_spreadsheet_is_read_from_its_right_sheet(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    content = workbook(Info=[["Stand", "heute"]], Partner=[["Firma", "Name", "E-Mail"], ["Hafen", "H", "h@x.example"]])
    client = sign_in(manager)
    page = uploaded(client, vendor, content, name="Liste.xlsx")
    assert "XLSX, sheet “Partner”" in client.get(page).content.decode()
    decide(client, page, "load")
    assert Partner.objects.of(vendor).get().company == "Hafen"


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
    assert "column names and no rows below them" in client.get(page).content.decode()
    decide(client, page, "load")
    assert Upload.objects.get().state == Upload.State.SEEN


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


def test_a_file_that_vanished_is_told(
    sign_in: SignIn, manager: Member, vendor: Vendor, files_of_their_own: Path
) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    for path in stored(files_of_their_own):
        path.unlink()
    assert "no longer here" in client.get(page, follow=True).content.decode()
    assert "no longer here" in client.post(page, {"action": "load"}, follow=True).content.decode()


# --- Whose it is


ADDRESSES = ["desk-partners-upload", "desk-partners-problems"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_another_vendor_and_a_colleague_do_not_find_it(
    sign_in: SignIn, manager: Member, owner: Member, stranger: Member, vendor: Vendor, name: str
) -> None:
    uploaded(sign_in(manager), vendor, GOOD)
    token = Upload.objects.get().token
    assert sign_in(stranger).get(reverse(name, args=[vendor.slug, token])).status_code == 404
    assert sign_in(stranger).get(reverse(name, args=[stranger.vendor.slug, token])).status_code == 404
    assert sign_in(owner).get(reverse(name, args=[vendor.slug, token])).status_code == 404
    assert sign_in(manager).get(reverse(name, args=[vendor.slug, token])).status_code == 200


def test_a_file_of_partners_is_no_file_of_orders(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    uploaded(client, vendor, GOOD)
    assert client.get(reverse("desk-orders-upload", args=[vendor.slug, Upload.objects.get().token])).status_code == 404


@pytest.mark.parametrize("kind", ["partners", "orders"])
def test_a_viewer_may_not_and_an_outsider_finds_nothing(
    client: Client, sign_in: SignIn, viewer: Member, stranger: Member, vendor: Vendor, kind: str
) -> None:
    address = reverse(f"desk-{kind}-import", args=[vendor.slug])
    assert client.get(address).status_code == 302
    assert sign_in(viewer).get(address).status_code == 403
    assert sign_in(viewer).post(address).status_code == 403
    assert sign_in(stranger).get(address).status_code == 404
    assert sign_in(stranger).post(address).status_code == 404


def test_the_wrong_method_and_the_wrong_action_are_refused(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    assert client.delete(page).status_code == 405
    assert client.post(f"{page}problems.csv").status_code == 405
    assert client.post(page, {"action": "explode"}).status_code == 400


# --- Large files


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch, sign_in: SignIn, manager: Member, vendor: Vendor) -> str:
    """An upload whose request ran out of time after the first of its chunks, with nobody to wake."""

    def nobody(*_: object, **__: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(loading_partners, "CHUNK", 2)
    monkeypatch.setattr(imports, "SECONDS", -1.0)
    monkeypatch.setattr(load_uploads, "delay", nobody)
    rows = "".join(f"Company {at};N;n{at}@x.example;Company 4\n" for at in range(5))
    client = sign_in(manager)
    page = uploaded(
        client, vendor, "Company;Contact;E-mail;Sponsor\n" + rows.replace("n4@x.example;Company 4", "n4@x.example;")
    )
    decide(client, page, "load")
    return page


def test_what_a_request_has_no_time_for_a_worker_loads(
    interrupted: str, sign_in: SignIn, manager: Member, vendor: Vendor, clock: Clock
) -> None:
    client = sign_in(manager)
    assert Partner.objects.of(vendor).count() == 2
    text = client.get(interrupted).content.decode()
    assert "2 of 5 rows are done" in text
    assert "Go on loading" in text
    load_uploads()
    load_uploads()
    assert Partner.objects.of(vendor).count() == 5
    assert Partner.objects.of(vendor).filter(sponsor__company="Company 4").count() == 4
    upload = Upload.objects.get()
    assert (upload.state, upload.new, upload.unchanged) == (Upload.State.LOADED, 5, 0)
    assert "5 partners loaded" in client.get(interrupted).content.decode()


def test_without_a_worker_the_person_goes_on(
    interrupted: str, sign_in: SignIn, manager: Member, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "SECONDS", 60.0)
    sign_in(manager).post(interrupted, {"action": "continue"})
    assert Partner.objects.of(vendor).count() == 5
    assert Upload.objects.get().state == Upload.State.LOADED


def test_two_do_not_load_one_file(interrupted: str, vendor: Vendor, clock: Clock) -> None:
    upload = Upload.objects.get()
    Upload.objects.update(lease_until=clock.instant + uploads.LEASE)
    with pytest.raises(uploads.LoadingElsewhere):
        uploads.load(upload=upload, now=clock.instant)
    assert uploads.load_claimable(now=clock.instant) == 0
    clock.move(minutes=4)  # the other one died: its lease is over
    assert uploads.load_claimable(now=clock.instant) == 1


def test_a_file_that_breaks_the_loader_is_given_up(
    interrupted: str, sign_in: SignIn, manager: Member, vendor: Vendor, clock: Clock
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the loader has a fault")

    partners_changed.connect(fail)
    try:
        for tries in range(1, uploads.MOST_TRIES + 1):
            assert uploads.load_claimable(now=clock.instant) == 0
            assert Upload.objects.get().tries == tries
            clock.move(minutes=4)
    finally:
        partners_changed.disconnect(fail)
    upload = Upload.objects.get()
    assert (upload.state, upload.lease_until, upload.stored_as) == (Upload.State.FAILED, None, "")
    assert "Something went wrong on our side" in sign_in(manager).get(interrupted).content.decode()


def test_htmx_gets_the_progress_alone_and_the_page_when_it_is_over(
    interrupted: str, sign_in: SignIn, manager: Member
) -> None:
    client = sign_in(manager)
    part = client.get(interrupted, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "2 of 5 rows are done" in part.content.decode()
    assert "HX-Request" in part["Vary"]
    load_uploads()
    assert client.get(interrupted, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


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


def test_the_preview_costs_the_same_for_many_rows(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)

    def queries(count: int) -> int:
        rows = "".join(f"Company {at};N;nobody\n" for at in range(count))
        page = uploaded(client, vendor, GOOD + rows)
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        return len(captured)

    assert queries(3) == queries(60)


def test_an_upload_is_no_path(sign_in: SignIn, manager: Member, vendor: Vendor, files_of_their_own: Path) -> None:
    file = BytesIO(GOOD.encode())
    file.name = "../../etc/passwd.csv"
    sign_in(manager).post(reverse("desk-partners-import", args=[vendor.slug]), {"file": file})
    upload = Upload.objects.get()
    assert upload.name == "passwd.csv"
    assert stored(files_of_their_own) == [files_of_their_own / "uploads" / str(vendor.pk) / upload.token]
