"""What people read of a touch by webhook: before, in the rehearsal, on the partner's page, and for operators."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from followups.dashboards.coming import planned
from followups.dashboards.timeline import timeline
from followups.engine.deciding import decide_batch
from followups.models import Webhook
from followups.operators.figures import figures
from followups.webhooks import configuring
from followups.webhooks.sending import post_all
from partners.models import Member, Partner, Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW
from tests.followups.webhooks.receiver import Receiver, Says

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def told(partner: Partner) -> list[tuple[str, list[str]]]:
    """The follow-ups of a partner's timeline, each with why."""
    entries = timeline(partner=partner, after="", language="en").entries
    return [(entry.what, list(entry.why)) for entry in entries if entry.side == "mail"]


def test_why_it_was_told(hook: Webhook, progress: Progress, partner: Partner, clock: Clock) -> None:
    decide_batch(now=clock.move(hours=24))
    post_all()
    assert told(partner) == [("Told by webhook: Reminder of “Do the first thing”, 24 hours after the step opened", [])]


def test_why_it_was_not(
    hook: Webhook, progress: Progress, partner: Partner, receiver: Receiver, clock: Clock, owner: Member
) -> None:
    decide_batch(now=clock.move(hours=24))
    receiver.says = [Says(status=503), Says(status=422, body=b"no such partner")]
    post_all()
    [(what, why)] = told(partner)
    assert what.startswith("On its way: ")
    assert why == ["It answered 503 Service Unavailable. ok"]
    clock.move(minutes=2)
    post_all()
    [(what, why)] = told(partner)
    assert what.startswith("Not delivered: ")
    assert why == ["It answered 422 Unprocessable Entity. no such partner"]


def test_why_it_waited_and_was_called_off(
    hook: Webhook, progress: Progress, partner: Partner, owner: Member, vendor: Vendor, clock: Clock
) -> None:
    configuring.pause(vendor=vendor, by=owner.user, now=NOW)
    decide_batch(now=clock.move(hours=24))
    walking.complete(progress=progress, by=None, now=clock.instant)
    [(what, why)] = [each for each in told(partner) if "reminders" in each[0]]
    assert what == "Called off: 2 reminders of “Do the first thing”"
    assert why == ["The step was done before it fell due"]


def test_it_stands_among_what_comes(hook: Webhook, progress: Progress, partner: Partner) -> None:
    first = planned(partner=partner, language="en", stops={}, now=NOW)[0]
    assert first.what == "Your own system is told of “Do the first thing”, by webhook"
    with translation.override("de"):
        first = planned(partner=partner, language="en", stops={}, now=NOW)[0]
    assert first.what == "Ihr eigenes System erfährt von „Do the first thing“, per Webhook"


def test_the_rehearsal_shows_it_and_that_it_is_off(
    hook: Webhook, progress: Progress, vendor: Vendor, owner: Member
) -> None:
    def rehearsed() -> str:
        out = io.StringIO()
        call_command("rehearse", "--vendor", vendor.slug, "--hours", "48", stdout=out)
        return out.getvalue()

    assert "A webhook: your own system is told" in rehearsed()
    configuring.pause(vendor=vendor, by=owner.user, now=NOW)
    assert "Webhooks are paused or switched off" in rehearsed()


def test_operators_see_what_waits_and_what_is_off(
    hook: Webhook, progress: Progress, receiver: Receiver, clock: Clock, vendor: Vendor, owner: Member
) -> None:
    decide_batch(now=clock.move(hours=24))
    found = figures(now=clock.instant)
    assert (found.webhooks, found.webhooks_off, found.oldest_webhook) == (1, 0, clock.instant)
    assert found.waiting_for(clock.instant + timedelta(minutes=3)) == timedelta(minutes=3)
    assert "touch" not in found.ready
    receiver.says = [Says(status=410)]
    post_all()
    found = figures(now=clock.instant)
    assert (found.webhooks, found.webhooks_off, found.oldest_webhook) == (0, 1, None)
    out = io.StringIO()
    call_command("engine", "status", stdout=out)
    assert "webhooks switched off  1" in out.getvalue()


def test_what_a_resting_receiver_keeps_waiting_is_not_late(
    hook: Webhook, progress: Progress, receiver: Receiver, clock: Clock
) -> None:
    decide_batch(now=clock.move(hours=24))
    receiver.says = [Says(status=503, headers={"Retry-After": "3600"})]
    post_all()
    assert figures(now=clock.move(minutes=30)).webhooks == 0


def test_the_agenda_says_how_it_goes(hook: Webhook, progress: Progress, owner: Member) -> None:
    client = Client()
    client.force_login(owner.user, "django.contrib.auth.backends.ModelBackend")
    assert "a webhook to your own system" in client.get("/v/nordlicht/followups/").content.decode()
