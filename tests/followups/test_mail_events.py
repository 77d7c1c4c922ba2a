"""A provider's webhook: signed, else refused; and what its words mean."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent, tracking
from django.core import checks
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from followups import mail_events
from followups.models import Suppression
from followups.unsubscribing import Mailbox, unsubscribe
from tests.clock import Clock
from tests.factories import NOW, make_vendor

pytestmark = pytest.mark.django_db
KEY = "only-for-this-test"
HANNA = "hanna@hafen.example"


def mailgun(event: str, *, key: str = KEY, **data: object) -> dict[str, object]:
    stamp, token = str(int(NOW.timestamp())), "t" * 50
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    given = {"event": event, "recipient": HANNA, "timestamp": NOW.timestamp(), "id": "x", **data}
    return {"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": given}


def call(settings: Settings, body: dict[str, object]) -> HttpResponse:
    settings.MAIL_EVENTS_FROM = "mailgun"
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}
    [door] = mail_events.doors()
    request = RequestFactory().post("/mail-events/mailgun/", json.dumps(body), content_type="application/json")
    response: HttpResponse = door.callback(request)
    return response


NOBODY: dict[str, object] = {"code": 550, "message": "5.1.1 no such user"}
FAILED: dict[str, Any] = {"severity": "permanent", "reason": "bounce", "delivery-status": NOBODY}


def test_a_signed_bounce_stops_the_address(settings: Settings, clock: Clock) -> None:
    assert call(settings, mailgun("failed", **FAILED)).status_code == 200
    row = Suppression.objects.get()
    assert (row.address, row.reason, row.vendor) == (HANNA, "bounced", None)


def test_a_signed_complaint_stops_it_too(settings: Settings, clock: Clock) -> None:
    vendor = make_vendor()
    unsubscribe(mailbox=Mailbox(vendor, HANNA), now=NOW)
    call(settings, mailgun("complained"))
    assert Suppression.objects.filter(vendor=None, reason="complained", address=HANNA).exists()


def test_a_wrong_signature_stops_nothing(settings: Settings, clock: Clock) -> None:
    with pytest.raises(SuspiciousOperation):  # Django answers 400
        call(settings, mailgun("failed", key="wrong", **FAILED))
    assert not Suppression.objects.exists()


def test_without_its_secret_there_is_no_door_and_a_check_says_so(settings: Settings) -> None:
    settings.ANYMAIL = {}
    for name in ("", "mailgun", "postmark", "pigeon"):
        settings.MAIL_EVENTS_FROM = name
        assert mail_events.doors() == []
        found = [one.id for one in checks.run_checks() if one.id == "followups.E002"]
        assert found == (["followups.E002"] if name else [])


@pytest.mark.parametrize(
    ("event_type", "fields"),
    [
        ("deferred", {"reject_reason": "bounced"}),
        ("bounced", {"reject_reason": "blocked"}),
        ("bounced", {"reject_reason": "bounced", "mta_response": "550 5.7.1 policy"}),
        ("bounced", {"reject_reason": "bounced", "description": "552 5.2.2 mailbox full"}),
        ("bounced", {"reject_reason": "bounced", "esp_event": {"Type": "SoftBounce"}}),
        ("opened", {}),
    ],
)
def test_what_may_pass_or_is_our_fault_stops_nothing(event_type: str, fields: dict[str, object], clock: Clock) -> None:
    event = AnymailTrackingEvent(event_type=event_type, recipient=HANNA, timestamp=NOW, **fields)
    tracking.send(sender=None, event=event, esp_name="Test")
    assert not Suppression.objects.exists()
