"""What a request has no time for goes on in a worker, once, and not for ever."""

import pytest
from kombu.exceptions import OperationalError

from partners.importing import loading_partners, uploads
from partners.models import Member, Partner, Upload, Vendor
from partners.signals import partners_changed
from partners.tasks import load_uploads
from partners.views import imports
from tests.clock import Clock
from tests.partners.importing.pages.sending import SignIn, decide, uploaded


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
