"""A dead address can be brought back to life by hand; what its owner decided cannot."""

import pytest
from django.core.management import CommandError, call_command

from followups.bouncing import suppress_bounced
from followups.models import Suppression
from tests.clock import Clock
from tests.factories import NOW, make_vendor

pytestmark = pytest.mark.django_db


def test_a_bounce_is_lifted_once_and_can_come_back(clock: Clock) -> None:
    suppress_bounced(address="Hanna@hafen.example", now=NOW)
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    call_command("lift_suppression", "HANNA@hafen.example")
    assert Suppression.objects.get().lifted_at == NOW
    with pytest.raises(CommandError):
        call_command("lift_suppression", "hanna@hafen.example")
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_an_unsubscription_stays(clock: Clock) -> None:
    address = "hanna@hafen.example"
    Suppression.objects.create(vendor=make_vendor(), address=address, reason="unsubscribed", created_at=NOW)
    with pytest.raises(CommandError):
        call_command("lift_suppression", address)
    assert Suppression.objects.get().lifted_at is None
