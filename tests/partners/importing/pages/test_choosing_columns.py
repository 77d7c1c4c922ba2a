"""Other columns than the ones that were found by name."""

import pytest

from partners.models import Member, Partner, Upload, Vendor
from tests.partners.importing.pages.sending import GOOD, SignIn, decide, mapping_of, uploaded


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


TWO_ADDRESSES = "Firma;Ansprechpartner;E-Mail;E-Mail\nHafen IT;Hanna;old@hafen.example;new@hafen.example\n"


def test_of_two_columns_that_mean_the_same_one_is_used_and_it_is_said_which(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, TWO_ADDRESSES)
    text = client.get(page).content.decode()
    assert "“E-Mail” (column 3), “E-Mail” (column 4). Used is “E-Mail” (column 3)." in text
    assert '<option value="2" selected>“E-Mail” (column 3)</option>' in text
    assert '<option value="3">“E-Mail” (column 4)</option>' in text
    assert '<option value="0" selected>Firma</option>' in text
    chosen = mapping_of(Upload.objects.get()) | {"contact_email": "3"}
    client.post(page, chosen | {"action": "look"})
    assert "Used is “E-Mail” (column 4)." in client.get(page).content.decode()
    decide(client, page, "load")
    assert Partner.objects.of(vendor).get().contacts.get().email == "new@hafen.example"


def test_where_every_column_means_something_else_nothing_is_said(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    assert "Columns that mean the same" not in client.get(uploaded(client, vendor, GOOD)).content.decode()
