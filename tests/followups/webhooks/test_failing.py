"""Receivers that are down, slow, gone, or say no: tried again, given up, rested, switched off, and told of."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage

from followups.engine.deciding import decide_batch
from followups.engine.pausing import pause as pause_vendor
from followups.engine.pausing import resume
from followups.models import FollowUp, Message, Notification, Webhook
from followups.webhooks import configuring, outcomes
from followups.webhooks.sending import post_all
from partners.models import Member, Vendor
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_version
from tests.followups.webhooks.receiver import Receiver, Says

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


@pytest.fixture
def message(hook: Webhook, progress: Progress, clock: Clock) -> Message:
    decide_batch(now=clock.move(hours=24))
    return Message.objects.get()


def more(vendor: Vendor, clock: Clock, count: int) -> None:
    """More of them, due now."""
    version = make_version(vendor, slug="more", default=False)
    for _ in range(count):
        make_enrollment(make_partner(vendor), version=version)
    FollowUp.objects.filter(kind="remind-24h").update(due_at=clock.instant)
    decide_batch(now=clock.instant)


def test_what_fails_for_the_moment_is_tried_again_and_again_and_given_up(
    message: Message, receiver: Receiver, clock: Clock, hook: Webhook
) -> None:
    receiver.says = [Says(status=503, body=b"busy")]
    waits = []
    for _ in range(outcomes.MOST_TRIES):
        assert post_all() == 1
        message.refresh_from_db()
        waits.append(round((message.not_before - clock.instant) / timedelta(minutes=1)))
        assert post_all() == 0  # not before
        clock.set(message.not_before + timedelta(seconds=1))
    assert waits[:-1] == [1, 5, 30, 120, 360]
    assert (message.state, message.tries, message.last_error) == (
        "failed",
        6,
        "It answered 503 Service Unavailable. busy",
    )
    assert [one.outcome for one in message.attempts.order_by("pk")] == ["deferred"] * 6
    assert len({got.key for got in receiver.got}) == 1
    assert Webhook.objects.get().failures == 6


def test_one_that_every_worker_dies_of_is_given_up(message: Message, receiver: Receiver) -> None:
    Message.objects.update(tries=outcomes.MOST_TRIES)
    post_all()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("failed", "The sender stopped before the answer, time and again.")
    assert receiver.got == []


def test_whoever_leads_the_partner_hears_of_it(message: Message, receiver: Receiver) -> None:
    receiver.says = [Says(status=400)]
    post_all()
    note = Notification.objects.get()
    assert note.member == message.followups.get().partner.manager
    assert note.texts["en"] == {
        "subject": "Your own system was not told about Hafen IT",
        "body": "It answered 400 Bad Request. ok",
    }
    assert note.leads_to == f"/v/nordlicht/partners/{message.followups.get().partner_id}/"


@pytest.mark.parametrize("status", [400, 413, 422, 301, 308])
def test_a_no_is_final(message: Message, receiver: Receiver, status: int) -> None:
    receiver.says = [Says(status=status, headers={"Location": receiver.at("127.0.0.1", "/elsewhere")})]
    post_all()
    message.refresh_from_db()
    assert (message.state, message.attempts.get().code) == ("failed", status)
    assert [got.path for got in receiver.got] == ["/hook?from=firstline"]  # no redirect is followed


@pytest.mark.parametrize("status", [401, 403, 404, 408, 425, 429, 500, 502])
def test_what_is_not_final(message: Message, receiver: Receiver, status: int) -> None:
    receiver.says = [Says(status=status)]
    post_all()
    message.refresh_from_db()
    assert message.state == "ready"


@pytest.mark.parametrize(("said", "minutes"), [("600", 10), ("5", 1), ("99999999999", 1), ("soon", 1), ("999999", 360)])
def test_how_long_it_asks_us_to_wait(
    message: Message, receiver: Receiver, clock: Clock, said: str, minutes: int
) -> None:
    receiver.says = [Says(status=429, headers={"Retry-After": said})]
    post_all()
    message.refresh_from_db()
    assert message.not_before == clock.instant + timedelta(minutes=minutes)
    assert Webhook.objects.get().rest_until == clock.instant + timedelta(minutes=minutes)


def test_a_receiver_that_is_down_is_asked_once_and_rests(
    message: Message, receiver: Receiver, vendor: Vendor, clock: Clock
) -> None:
    more(vendor, clock, 5)
    receiver.says = [Says(status=500)]
    assert post_all() == 1
    assert len(receiver.got) == 1
    assert Message.objects.filter(state="ready", tries=0).count() == 5
    receiver.says = [Says()]
    clock.move(minutes=1, seconds=1)
    post_all()
    assert set(Message.objects.values_list("state", flat=True)) == {"accepted"}
    assert Webhook.objects.get().failures == 0


def test_gone_is_gone(
    message: Message, receiver: Receiver, hook: Webhook, owner: Member, mailoutbox: list[EmailMessage]
) -> None:
    receiver.says = [Says(status=410)]
    post_all()
    hook.refresh_from_db()
    assert (hook.off_because, hook.is_on) == ("gone", False)
    [mail] = mailoutbox
    assert mail.to == [owner.user.email]
    assert "it is gone for good (410)" in str(mail.body)
    assert "http://127.0.0.1:8000/v/nordlicht/settings/webhook/" in str(mail.body)
    note = Notification.objects.get(member=owner, leads_to="/v/nordlicht/settings/webhook/")
    assert note.settled_at is None


def test_many_failures_in_a_row_switch_it_off_and_nothing_is_lost(
    message: Message,
    receiver: Receiver,
    hook: Webhook,
    vendor: Vendor,
    owner: Member,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outcomes, "MOST_FAILURES", 3)
    more(vendor, clock, 5)
    receiver.says = [Says(status=422)]
    post_all()
    assert len(receiver.got) == 3
    hook.refresh_from_db()
    assert hook.off_because == "failing"
    held = FollowUp.objects.filter(kind="remind-48h").order_by("pk")[0]
    FollowUp.objects.filter(pk=held.pk).update(channel="webhook", due_at=clock.instant)
    decide_batch(now=clock.instant)
    held.refresh_from_db()
    assert (held.state, held.reason) == ("scheduled", "webhook_off")
    receiver.says = [Says()]
    configuring.switch_on(vendor=vendor, by=owner.user, now=clock.instant)
    decide_batch(now=clock.instant)
    post_all()
    held.refresh_from_db()
    assert held.state == "decided"
    assert not Message.objects.filter(channel="webhook", state="ready").exists()
    assert len(receiver.got) == 7
    assert not Notification.objects.filter(key__startswith="webhook-off:", settled_at=None).exists()


def test_paused_nothing_is_posted_and_afterwards_it_goes_on(
    message: Message, receiver: Receiver, vendor: Vendor, owner: Member, clock: Clock
) -> None:
    assert configuring.pause(vendor=vendor, by=owner.user, now=clock.instant)
    assert not configuring.pause(vendor=vendor, by=owner.user, now=clock.instant)
    assert post_all() == 0
    configuring.switch_on(vendor=vendor, by=owner.user, now=clock.move(days=1))
    assert post_all() == 1


def test_a_vendor_that_is_paused_tells_nobody(
    message: Message, receiver: Receiver, vendor: Vendor, clock: Clock
) -> None:
    pause_vendor(vendor=vendor, reason="x", by="x", now=clock.instant)
    assert post_all() == 0
    resume(vendor=vendor, by="x", now=clock.instant)
    assert post_all() == 1


def test_without_an_address_it_is_called_off(vendor: Vendor, progress: Progress) -> None:
    decide_batch(now=NOW + DAY)
    followup = FollowUp.objects.get(kind="remind-24h")
    assert (followup.state, followup.reason) == ("cancelled", "no_webhook")


def test_a_new_address_is_told_what_waits(
    message: Message, receiver: Receiver, vendor: Vendor, owner: Member, clock: Clock
) -> None:
    receiver.says = [Says(status=500), Says()]
    post_all()
    configuring.set_address(
        vendor=vendor, address=receiver.at("127.0.0.1", "/new"), by=owner.user, now=clock.move(seconds=1)
    )
    post_all()
    assert [got.path for got in receiver.got] == ["/hook?from=firstline", "/new"]
