"""The good rows are loaded, or nothing is; once, whoever presses how often."""

from pathlib import Path

from pytest_django import DjangoCaptureOnCommitCallbacks

from partners.models import AuditEntry, Member, Order, Partner, Vendor
from tests.factories import make_version
from tests.partners.importing.pages.sending import GOOD, MIXED, SignIn, decide, stored, uploaded


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
    make_version(vendor)
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    assert "disabled" not in client.get(page).content.decode().split('name="start_playbook"')[1].split(">")[0]
    decide(client, page, "load", start_playbook="on")
    assert Partner.objects.of(vendor).get().state == Partner.State.ACCEPTED
    assert "1 partner was accepted." in client.get(page).content.decode()


def test_without_a_published_playbook_it_cannot_be_ticked_and_says_why(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    preview = client.get(page).content.decode()
    assert "disabled" in preview.split('name="start_playbook"')[1].split(">")[0]
    assert "You have no published playbook yet, so nothing could start." in preview
    assert "Write a playbook" in preview
    assert decide(client, page, "load", start_playbook="on")["Location"] == page
    assert "You have no published playbook, so nothing could start." in client.get(page).content.decode()
    assert not Partner.objects.of(vendor).exists()
    decide(client, page, "load")
    assert Partner.objects.of(vendor).get().state == Partner.State.SIGNED


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
