"""The desk's form for one partner: what was typed is kept, what is wrong is said, what is right is done once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.editing import ContactThereAlready, edit_partner
from partners.models import AuditEntry, Contact, Member, Partner, User, Vendor
from partners.registering import AlreadyRegistered, OtherVendors, register_partner
from partners.signals import partner_accepted
from tests.clock import Clock
from tests.factories import make_version

SignIn = Callable[[Member | User], Client]


def typed(member: Member, **changes: str) -> dict[str, str]:
    return {
        "company": "Hafen IT",
        "contact_name": "Hanna Hafen",
        "contact_email": "Hanna@Hafen.example",
        "country": "AT",
        "language": "de",
        "manager": str(member.pk),
    } | changes


@pytest.fixture
def post(sign_in: SignIn, manager: Member, vendor: Vendor) -> Callable[..., Any]:
    def post(partner: Partner | None = None, **changes: str) -> Any:
        address = reverse("desk-partner-edit", args=[vendor.slug, partner.pk]) if partner else ""
        new = reverse("desk-partner-new", args=[vendor.slug])
        return sign_in(manager).post(address or new, typed(manager, **changes))

    return post


def test_the_form_begins_with_what_is_likely(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    text = sign_in(manager).get(reverse("desk-partner-new", args=[vendor.slug])).content.decode()
    assert '<option value="DE" selected>Germany</option>' in text
    assert f'<option value="{manager.pk}" selected>' in text
    assert "In Germany we take the time of Berlin and German unless you choose otherwise." in text
    assert '<option value="" selected>As in the country</option>' in text


def test_a_partner_is_registered_with_the_zone_of_its_country(post: Callable[..., Any], vendor: Vendor) -> None:
    response = post(reference="K-1", size="2-9", vertical="Dental", phone="+43 1 5050")
    partner = Partner.objects.of(vendor).get()
    assert response["Location"] == reverse("desk-partner", args=[vendor.slug, partner.pk])
    assert (partner.company, partner.time_zone, partner.reference) == ("Hafen IT", "Europe/Vienna", "K-1")
    assert partner.vertical == "Dental"
    assert partner.state == Partner.State.SIGNED
    assert partner.contacts.get().email == "hanna@hafen.example"


@pytest.mark.parametrize(("country", "chosen", "language"), [("AT", "", "de"), ("FR", "", "en"), ("AT", "en", "en")])
def test_a_partner_is_written_to_in_the_language_of_its_country(
    post: Callable[..., Any], vendor: Vendor, country: str, chosen: str, language: str
) -> None:
    post(country=country, language=chosen)
    partner = Partner.objects.of(vendor).get()
    assert partner.language == language
    post(partner, country="DE", language="")  # corrected
    partner.refresh_from_db()
    assert partner.language == "de"


def test_the_playbook_starts_with_it_when_asked_for(post: Callable[..., Any], vendor: Vendor) -> None:
    make_version(vendor)
    post(start_now="on", time_zone="Europe/Rome")
    partner = Partner.objects.of(vendor).get()
    assert (partner.state, partner.time_zone) == (Partner.State.ACCEPTED, "Europe/Rome")


def test_a_partner_that_cannot_be_accepted_is_not_registered(post: Callable[..., Any], vendor: Vendor) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("no playbook today")

    make_version(vendor)
    partner_accepted.connect(fail)
    try:
        with pytest.raises(RuntimeError, match="no playbook today"):
            post(start_now="on")
    finally:
        partner_accepted.disconnect(fail)
    assert not Partner.objects.of(vendor).exists()


def test_without_a_published_playbook_it_cannot_be_ticked_and_says_why(
    post: Callable[..., Any], sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    make_version(vendor, published=False)
    page = sign_in(manager).get(reverse("desk-partner-new", args=[vendor.slug])).content.decode()
    [box] = re.findall(r'<input type="checkbox" name="start_now"[^>]*>', page)
    assert "disabled" in box
    assert "checked" not in box
    assert "You have no published playbook yet, so nothing could start." in page
    assert f'href="{reverse("desk-playbooks", args=[vendor.slug])}">Write a playbook' in page
    refused = post(start_now="on")
    assert refused.status_code == 422
    assert "You have no published playbook, so nothing could start." in refused.content.decode()
    assert not Partner.objects.of(vendor).exists()


def test_with_one_it_is_ticked_from_the_start(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    make_version(vendor)
    page = sign_in(manager).get(reverse("desk-partner-new", args=[vendor.slug])).content.decode()
    [box] = re.findall(r'<input type="checkbox" name="start_now"[^>]*>', page)
    assert "checked" in box
    assert "disabled" not in box


def test_what_was_typed_is_kept(post: Callable[..., Any], vendor: Vendor) -> None:
    response = post(contact_email="nobody", sponsor="Nobody Ltd", reference="K-9")
    text = response.content.decode()
    assert response.status_code == 422
    for kept in ('value="nobody"', 'value="Nobody Ltd"', 'value="K-9"', 'value="Hafen IT"'):
        assert kept in text
    assert "None of your partners has this company name or e-mail address." in text
    assert '<option value="AT" selected>Austria</option>' in text
    assert not Partner.objects.of(vendor).exists()


def test_a_phone_number_that_is_none_is_refused(post: Callable[..., Any], vendor: Vendor) -> None:
    response = post(phone="abc")
    assert response.status_code == 422
    assert "“abc” is not a phone number. Write it in digits" in response.content.decode()
    assert not Partner.objects.of(vendor).exists()


def test_a_sponsor_is_found_by_company_and_by_address(
    post: Callable[..., Any], vendor: Vendor, partner: Partner
) -> None:
    post(sponsor="BURO SÜD gmbh")
    post(company="Second", sponsor="rita@sued.example")
    assert Partner.objects.of(vendor).filter(sponsor=partner).count() == 2


def test_a_sponsor_at_another_vendor_is_not_found(
    post: Callable[..., Any], other_vendor: Vendor, stranger: Member, clock: Clock
) -> None:
    Partner.objects.create(vendor=other_vendor, company="Theirs", manager=stranger, signed_at=clock.instant)
    assert post(sponsor="Theirs").status_code == 422


def test_a_manager_at_another_vendor_is_refused(post: Callable[..., Any], stranger: Member) -> None:
    assert post(manager=str(stranger.pk)).status_code == 422


def test_a_namesake_is_asked_about(post: Callable[..., Any], vendor: Vendor, partner: Partner) -> None:
    response = post(company="büro  süd GmbH")
    assert "You have a partner of this name." in response.content.decode()
    assert 'name="is_another"' in response.content.decode()
    assert post(company="Büro Süd GmbH", is_another="on").status_code == 302
    assert Partner.objects.of(vendor).count() == 2


def test_the_same_company_and_person_are_never_two_partners(
    post: Callable[..., Any], vendor: Vendor, partner: Partner
) -> None:
    response = post(company="Büro Süd GmbH", contact_email="RITA@sued.example", is_another="on")
    assert "is your partner already" in response.content.decode()
    assert Partner.objects.of(vendor).count() == 1


def test_a_reference_belongs_to_one_partner(post: Callable[..., Any], vendor: Vendor) -> None:
    post(reference="K-1")
    response = post(company="Second", reference="K-1")
    assert "Hafen IT has this reference already." in response.content.decode()


def test_the_zone_of_a_country_is_told(sign_in: SignIn, manager: Member, stranger: Member, vendor: Vendor) -> None:
    address = reverse("desk-partner-zone", args=[vendor.slug])
    assert (
        "In Austria we take the time of Vienna and German unless"
        in sign_in(manager).get(f"{address}?country=AT").content.decode()
    )
    assert "We know no time zone" in sign_in(manager).get(f"{address}?country=%3Cb").content.decode()
    assert sign_in(stranger).get(address).status_code == 404


# --- Correcting


def test_the_edit_form_shows_what_is_known(sign_in: SignIn, manager: Member, vendor: Vendor, partner: Partner) -> None:
    text = sign_in(manager).get(reverse("desk-partner-edit", args=[vendor.slug, partner.pk])).content.decode()
    for known in ('value="Büro Süd GmbH"', 'value="Rita Reseller"', 'value="rita@sued.example"'):
        assert known in text
    assert 'name="start_now"' not in text


def test_a_correction_is_written_once_with_what_it_was(
    post: Callable[..., Any], vendor: Vendor, partner: Partner, owner: Member
) -> None:
    for _ in range(2):
        assert post(partner, company="Büro Nord", manager=str(owner.pk)).status_code == 302
    partner.refresh_from_db()
    assert (partner.company, partner.company_key, partner.manager) == ("Büro Nord", "buro nord", owner)
    assert partner.contacts.get().email == "hanna@hafen.example"
    entry = AuditEntry.objects.get(action="partner.changed")
    assert entry.data["changed"]["company"] == ["Büro Süd GmbH", "Büro Nord"]
    assert entry.data["changed"]["contact_email"] == ["rita@sued.example", "hanna@hafen.example"]


def test_sponsors_do_not_run_in_a_circle(
    post: Callable[..., Any], vendor: Vendor, partner: Partner, manager: Member, clock: Clock
) -> None:
    second = register(vendor, "Second", manager, clock, sponsor=partner)
    register(vendor, "Third", manager, clock, sponsor=second)
    response = post(partner, sponsor="Third")
    assert response.status_code == 422
    assert "so it cannot be the other way round" in response.content.decode()
    assert post(partner, sponsor=partner.company).status_code == 422
    partner.refresh_from_db()
    assert partner.sponsor is None


def test_a_partner_that_came_with_orders_gets_its_first_contact(vendor: Vendor, manager: Member, clock: Clock) -> None:
    partner = Partner.objects.create(vendor=vendor, company="7", manager=manager, signed_at=clock.instant)
    changes = {"contact_name": "Hanna", "contact_email": "Hanna@x.example"}
    edit_partner(partner=partner, changes=changes, by=manager.user, now=clock.instant)
    contact = partner.contacts.get()
    assert (contact.email, contact.is_primary) == ("hanna@x.example", True)


def test_two_people_at_a_partner_do_not_share_an_address(
    post: Callable[..., Any], partner: Partner, manager: Member, clock: Clock
) -> None:
    Contact.objects.create(partner=partner, name="Hans", email="hans@sued.example", created_at=clock.instant)
    with pytest.raises(ContactThereAlready):
        edit_partner(
            partner=partner, changes={"contact_email": "Hans@sued.example"}, by=manager.user, now=clock.instant
        )
    assert "Somebody else at this partner" in post(partner, contact_email="hans@sued.example").content.decode()


def test_strangers_cannot_be_put_in_charge(partner: Partner, manager: Member, stranger: Member, clock: Clock) -> None:
    with pytest.raises(OtherVendors):
        edit_partner(partner=partner, changes={"manager": stranger}, by=manager.user, now=clock.instant)


def test_registering_the_same_partner_twice_is_refused(
    vendor: Vendor, partner: Partner, manager: Member, clock: Clock
) -> None:
    with pytest.raises(AlreadyRegistered) as raised:
        register_partner(
            vendor=vendor,
            company="büro süd gmbh",
            contact_name="Rita",
            contact_email="rita@sued.example",
            manager=manager,
            by=None,
            now=clock.instant,
        )
    assert raised.value.partner == partner


# --- Whose it is


def test_a_viewer_may_not_and_an_outsider_finds_nothing(
    client: Client, sign_in: SignIn, viewer: Member, stranger: Member, vendor: Vendor, partner: Partner
) -> None:
    for address in (
        reverse("desk-partner-new", args=[vendor.slug]),
        reverse("desk-partner-edit", args=[vendor.slug, partner.pk]),
    ):
        client.logout()
        assert client.get(address).status_code == 302
        assert sign_in(viewer).get(address).status_code == 403
        assert sign_in(viewer).post(address).status_code == 403
        assert sign_in(stranger).get(address).status_code == 404
        assert sign_in(stranger).post(address).status_code == 404
    theirs = reverse("desk-partner-edit", args=[stranger.vendor.slug, partner.pk])
    assert sign_in(stranger).get(theirs).status_code == 404


def test_the_wrong_method_is_refused(sign_in: SignIn, manager: Member, vendor: Vendor, partner: Partner) -> None:
    client = sign_in(manager)
    assert client.delete(reverse("desk-partner-new", args=[vendor.slug])).status_code == 405
    assert client.put(reverse("desk-partner-edit", args=[vendor.slug, partner.pk])).status_code == 405
    assert client.post(reverse("desk-partner-zone", args=[vendor.slug])).status_code == 405


def register(vendor: Vendor, company: str, manager: Member, clock: Clock, **details: Any) -> Partner:
    return register_partner(
        vendor=vendor,
        company=company,
        contact_name="N",
        contact_email=f"n@{company.lower()}.example",
        manager=manager,
        by=None,
        now=clock.instant,
        **details,
    )
