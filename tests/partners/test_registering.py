from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from partners.editing import edit_partner
from partners.models import Activity, Member, Partner, Vendor
from partners.registering import OtherVendors, register_partner
from partners.vendors import AddressTaken, create_vendor


def test_a_partner_comes_with_its_primary_contact(partner: Partner) -> None:
    contact = partner.contacts.get()
    assert (contact.name, contact.email, contact.is_primary) == ("Rita Reseller", "rita@sued.example", True)
    assert partner.company_key == "buro sud gmbh"
    assert partner.activities.get().kind == Activity.Kind.SIGNED


def register(vendor: Vendor, manager: Member, now: datetime, **details: Any) -> Partner:
    return register_partner(
        vendor=vendor,
        company="Neu",
        contact_name="N",
        contact_email="n@neu.example",
        manager=manager,
        by=manager.user,
        now=now,
        **details,
    )


def test_nobody_from_elsewhere_leads_it(vendor: Vendor, stranger: Member, now: datetime) -> None:
    with pytest.raises(OtherVendors):
        register(vendor, stranger, now)


def test_a_viewer_does_not_lead_it(vendor: Vendor, viewer: Member, now: datetime) -> None:
    with pytest.raises(OtherVendors):
        register(vendor, viewer, now)


def test_a_sponsor_from_elsewhere_is_refused(
    vendor: Vendor, manager: Member, other_vendor: Vendor, stranger: Member, now: datetime
) -> None:
    foreign = register(other_vendor, stranger, now)
    with pytest.raises(OtherVendors):
        register(vendor, manager, now, sponsor=foreign)
    assert not Partner.objects.of(vendor).exists()


def test_a_zone_is_checked_when_it_is_written(vendor: Vendor, manager: Member, now: datetime) -> None:
    with pytest.raises(ValidationError, match="is not a time zone"):
        register(vendor, manager, now, time_zone="Mars/Base")


def test_an_address_is_taken_once(vendor: Vendor, owner: Member, now: datetime) -> None:
    with pytest.raises(AddressTaken):
        create_vendor(
            name="Again",
            slug=vendor.slug,
            owner=owner.user,
            country="DE",
            language="en",
            time_zone="Europe/Berlin",
            now=now,
        )


def test_somebody_who_has_just_left_leads_nobody(
    vendor: Vendor, owner: Member, manager: Member, partner: Partner, now: datetime
) -> None:
    Member.objects.filter(pk=manager.pk).update(left_at=now)  # while ``manager`` still says otherwise
    with pytest.raises(OtherVendors):
        register(vendor, manager, now)
    partner.manager = owner
    partner.save()
    with pytest.raises(OtherVendors):
        edit_partner(partner=partner, changes={"manager": manager}, by=owner.user, now=now)
