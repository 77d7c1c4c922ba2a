"""Whom somebody leads: partners with a person to talk to, not the customers that orders brought along."""

from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from partners.applying import record_conversation
from partners.models import Application, Member, Partner, Vendor
from tests.factories import make_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def led(vendor: Vendor, manager: Member, tmp_path: Path) -> None:
    """Two partners, one of whom left, and three direct customers from a file of orders."""
    make_partner(vendor, manager=manager)
    make_partner(vendor, manager=manager, state="left")
    file = tmp_path / "orders.csv"
    file.write_text("customer_id,ordered_on\nK-1,2026-02-01\nK-2,2026-02-02\nK-3,2026-02-02\n")
    call_command("import_orders", str(file), vendor=vendor.slug, manager=manager.user.email)
    assert Partner.objects.of(vendor).filter(manager=manager).count() == 5


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def test_before_one_says_yes(led: None, manager: Member, application: Application, now: datetime) -> None:
    record_conversation(application=application, interviewer=manager, held_at=now, notes="Good.", by=manager, now=now)
    page = signed_in(manager).get(reverse("desk-application", args=[manager.vendor.slug, application.pk]))
    assert "You lead 1 partner today." in page.content.decode()


def test_among_the_people(led: None, manager: Member) -> None:
    page = signed_in(manager).get(reverse("desk-settings-people", args=[manager.vendor.slug])).content.decode()
    assert "leads 1 partner" in page


def test_direct_customers_need_a_successor_too(led: None, vendor: Vendor, manager: Member, owner: Member) -> None:
    Partner.objects.of(vendor).to_be_led().delete()
    page = signed_in(owner).get(reverse("desk-settings-people", args=[vendor.slug])).content.decode()
    assert "Who leads their partners after them" in page
