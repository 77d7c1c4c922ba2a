"""A partner's people: one more, another role, and whoever left."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.forms import EmailField
from django.test import Client
from django.urls import reverse

from partners.editing import ContactThereAlready, edit_partner
from partners.forms import applications, contacts, partners, settings
from partners.inviting import invite_contact
from partners.joining import LeftMeanwhile, TalkedTo, change, join, leave, talk_to
from partners.models import AuditEntry, Contact, Member, Partner, User, Vendor
from partners.models.addresses import LONGEST_ADDRESS

SignIn = Callable[[Member | User], Client]
ANNA = {"name": "Anna Berg", "email": "Anna@Sued.example", "phone": "", "role": "sales"}


@pytest.fixture
def anna(partner: Partner, manager: Member, now: datetime) -> Contact:
    return join(partner=partner, by=manager.user, now=now, **ANNA)


def test_one_more_person_has_a_role_and_is_not_whom_the_playbook_talks_to(anna: Contact, partner: Partner) -> None:
    anna.refresh_from_db()
    assert (anna.email, anna.role, anna.is_primary) == ("anna@sued.example", "sales", False)
    assert partner.contacts.filter(is_primary=True).count() == 1
    assert AuditEntry.objects.get(action="contact.joined").data["role"] == "sales"


def test_who_has_verified_the_address_can_sign_in_at_once(
    partner: Partner, manager: Member, now: datetime, make_user: Callable[..., User]
) -> None:
    user = make_user("anna@sued.example")
    join(partner=partner, by=manager.user, now=now, **ANNA)
    assert partner.contacts.get(email="anna@sued.example").user == user


def test_the_first_person_is_whom_the_playbook_talks_to(partner: Partner, manager: Member, now: datetime) -> None:
    partner.contacts.all().delete()
    assert join(partner=partner, by=manager.user, now=now, **ANNA).is_primary


def test_nobody_is_there_twice_and_who_left_comes_back(anna: Contact, manager: Member, now: datetime) -> None:
    with pytest.raises(ContactThereAlready):
        join(partner=anna.partner, by=manager.user, now=now, **ANNA)
    leave(contact=anna, by=manager.user, now=now)
    back = join(partner=anna.partner, by=manager.user, now=now, **(ANNA | {"role": "technical"}))
    back.refresh_from_db()
    assert (back.pk, back.left_at, back.role) == (anna.pk, None, "technical")


def test_another_role_is_written_down_and_the_same_again_is_nothing(
    anna: Contact, manager: Member, now: datetime
) -> None:
    given = {"name": "Anna Berg", "phone": "", "role": "finance"}
    assert change(contact=anna, changes=given, by=manager.user, now=now)
    assert not change(contact=anna, changes=given, by=manager.user, now=now)
    assert AuditEntry.objects.get(action="contact.changed").data["changed"] == {"role": ["sales", "finance"]}


def test_who_left_is_gone_with_their_invitations(anna: Contact, manager: Member, now: datetime) -> None:
    invitation = invite_contact(contact=anna, by=manager.user, now=now)
    leave(contact=anna, by=manager.user, now=now)
    leave(contact=anna, by=manager.user, now=now)
    invitation.refresh_from_db()
    assert (invitation.revoked_at, AuditEntry.objects.filter(action="contact.left").count()) == (now, 1)


def test_whom_the_playbook_talks_to_does_not_simply_leave(partner: Partner, manager: Member, now: datetime) -> None:
    with pytest.raises(TalkedTo):
        leave(contact=partner.contacts.get(), by=manager.user, now=now)


def test_the_playbook_talks_to_a_colleague_and_who_it_talked_to_leaves(
    anna: Contact, manager: Member, now: datetime
) -> None:
    rita = anna.partner.contacts.get(is_primary=True)
    with pytest.raises(ContactThereAlready):  # not by writing a colleague's address over hers
        edit_partner(partner=anna.partner, changes={"contact_email": anna.email}, by=manager.user, now=now)
    assert talk_to(contact=anna, by=manager.user, now=now)
    assert not talk_to(contact=anna, by=manager.user, now=now)
    assert AuditEntry.objects.get(action="contact.talked_to").data["before"] == rita.pk
    leave(contact=rita, by=manager.user, now=now)
    there = anna.partner.contacts.order_by("pk").values_list("name", "is_primary", "left_at")
    assert list(there) == [("Rita Reseller", False, now), ("Anna Berg", True, None)]


def test_what_was_read_before_somebody_else_wrote_does_not_undo_it(
    anna: Contact, manager: Member, now: datetime
) -> None:
    earlier = Contact.objects.select_related("partner__vendor").get(pk=anna.pk)
    change(contact=anna, changes={"role": "technical"}, by=manager.user, now=now)
    assert change(contact=earlier, changes={"phone": "+49 30 1"}, by=manager.user, now=now)
    anna.refresh_from_db()
    assert (anna.role, anna.phone) == ("technical", "+49 30 1")
    Contact.objects.filter(pk=anna.pk).update(left_at=now)
    with pytest.raises(LeftMeanwhile):
        change(contact=earlier, changes={"role": "owner"}, by=manager.user, now=now)
    with pytest.raises(LeftMeanwhile):
        talk_to(contact=earlier, by=manager.user, now=now)


def test_a_form_opened_earlier_keeps_what_others_saved_since(
    sign_in: SignIn, manager: Member, vendor: Vendor, anna: Contact
) -> None:
    client = sign_in(manager)
    here = reverse("desk-contact", args=[vendor.slug, anna.pk])
    page = client.get(here).content.decode()
    assert '<input type="hidden" name="initial-role" value="sales"' in page
    opened = {f"initial-{name}": getattr(anna, name) for name in ("name", "phone", "role")}
    shown = {"name": anna.name, "phone": anna.phone, "role": anna.role}
    Contact.objects.filter(pk=anna.pk).update(role="technical")
    wrong = client.post(here, {**opened, **shown, "name": ""})
    assert 'name="initial-role" value="sales"' in wrong.content.decode()
    client.post(here, {**opened, **shown, "name": "Anna Bergmann"})
    anna.refresh_from_db()
    assert (anna.name, anna.role) == ("Anna Bergmann", "technical")


def test_one_press_lets_the_playbook_talk_to_a_colleague(
    sign_in: SignIn, manager: Member, vendor: Vendor, anna: Contact
) -> None:
    client = sign_in(manager)
    rita = anna.partner.contacts.get(is_primary=True)
    page = client.get(reverse("desk-contact", args=[vendor.slug, rita.pk])).content.decode()
    here = reverse("desk-contact", args=[vendor.slug, anna.pk])
    assert f'href="{here}"' in page
    assert "No longer there" not in page
    press = reverse("desk-contact-primary", args=[vendor.slug, anna.pk])
    assert press in client.get(here).content.decode()
    assert client.get(press).status_code == 405
    assert client.post(press)["Location"] == reverse("desk-partner", args=[vendor.slug, anna.partner_id])
    anna.refresh_from_db()
    assert anna.is_primary
    home = client.get(reverse("desk-partner", args=[vendor.slug, anna.partner_id])).content.decode()
    talked_to, others = home.split("The playbook talks to this person.")
    assert "Anna Berg" in talked_to
    assert "Rita Reseller" in others


def test_the_pages_do_all_three(sign_in: SignIn, manager: Member, vendor: Vendor, partner: Partner) -> None:
    client = sign_in(manager)
    home = reverse("desk-partner", args=[vendor.slug, partner.pk])
    new = reverse("desk-partner-contact-new", args=[vendor.slug, partner.pk])
    assert "What they do there" in client.get(new).content.decode()
    assert client.post(new, ANNA)["Location"] == home
    again = client.post(new, ANNA)
    assert again.status_code == 422
    assert "Somebody else at this partner has this e-mail address." in again.content.decode()
    anna = partner.contacts.get(email="anna@sued.example")
    here = reverse("desk-contact", args=[vendor.slug, anna.pk])
    assert "No longer there" in client.get(here).content.decode()
    assert client.post(here, {"name": "Anna", "role": "wizard"}).status_code == 422
    assert client.post(here, {"name": "Anna", "role": "technical"})["Location"] == home
    anna.refresh_from_db()
    assert (anna.name, anna.role) == ("Anna", "technical")
    assert client.post(reverse("desk-contact-left", args=[vendor.slug, anna.pk]))["Location"] == home
    assert client.get(here).status_code == 404


def test_an_address_longer_than_its_column_is_refused(
    sign_in: SignIn, manager: Member, vendor: Vendor, partner: Partner
) -> None:
    address = f"{'a' * 60}@{'.'.join(['b' * 60] * 3)}.{'c' * 9}.example"
    new = reverse("desk-partner-contact-new", args=[vendor.slug, partner.pk])
    answer = sign_in(manager).post(new, ANNA | {"email": address})
    assert (len(address), answer.status_code) == (261, 422)
    assert "at most 254 characters" in answer.content.decode()


def test_no_form_of_ours_takes_an_address_longer_than_its_column() -> None:
    modules = [applications, contacts, partners, settings]
    forms = [form for module in modules for form in vars(module).values() if isinstance(form, type)]
    fields = [
        field for form in forms for field in getattr(form, "base_fields", {}).values() if isinstance(field, EmailField)
    ]
    assert [field.max_length for field in fields] == [254] * 5
    assert Contact._meta.get_field("email").max_length == LONGEST_ADDRESS


def test_a_viewer_and_another_vendors_staff_stay_out(
    sign_in: SignIn, manager: Member, vendor: Vendor, partner: Partner, make_user: Callable[..., User], now: datetime
) -> None:
    viewer = Member.objects.create(vendor=vendor, user=make_user("v@v.example"), role="viewer", joined_at=now)
    pages = [
        reverse("desk-partner-contact-new", args=[vendor.slug, partner.pk]),
        reverse("desk-contact", args=[vendor.slug, partner.contacts.get().pk]),
    ]
    client = sign_in(viewer)
    assert [client.get(page).status_code for page in pages] == [403, 403]
    client = sign_in(make_user("x@x.example"))
    assert [client.get(page).status_code for page in pages] == [404, 404]
