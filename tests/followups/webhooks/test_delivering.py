"""A touch by webhook goes through the same rows as a mail: decided once, checked again, posted, recorded."""

import hashlib
import hmac
from datetime import timedelta

import pytest

from followups.engine import claiming, crashing
from followups.engine.deciding import decide_batch
from followups.engine.reaping import reap
from followups.engine.sending import send_batch
from followups.engine.transports import NoTransport
from followups.models import FollowUp, Message, Webhook
from followups.webhooks import lanes, posting, sending, signing
from followups.webhooks.sending import post_all
from partners.models import Contact, Vendor
from playbooks import putting_off, walking
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW
from tests.followups.engine.mails import LONG_AGO
from tests.followups.webhooks.receiver import Receiver, Says

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


def the() -> FollowUp:
    return FollowUp.objects.filter(kind="remind-24h").order_by("pk")[0]


@pytest.fixture
def due(hook: Webhook, progress: Progress, clock: Clock) -> FollowUp:
    """Decided, and not posted yet."""
    decide_batch(now=clock.move(hours=24))
    return the()


def test_it_is_posted_once_and_signed(due: FollowUp, hook: Webhook, receiver: Receiver, clock: Clock) -> None:
    message = Message.objects.get()
    assert (message.key, message.kind, message.channel) == (f"fu:{due.pk}:webhook", "touch", "webhook")
    assert post_all() == 1
    assert post_all() == 0
    [got] = receiver.got
    message.refresh_from_db()
    assert (message.state, message.tries, message.finished_at) == ("accepted", 1, clock.instant)
    attempt = message.attempts.get()
    assert (attempt.outcome, attempt.code, attempt.response) == ("accepted", 200, "ok")
    time, *given = got.headers["Firstline-Signature"].split(",")
    secret = signing.unseal(hook.secret)
    signed = hmac.new(secret.encode(), time.removeprefix("t=").encode() + b"." + got.body, hashlib.sha256)
    assert given == [f"v1={signed.hexdigest()}"]
    assert got.path == "/hook?from=firstline"
    assert got.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["User-Agent"].startswith("Firstline-Webhook/1")
    assert got.json["id"] == got.key


def test_what_it_says(due: FollowUp, receiver: Receiver) -> None:
    post_all()
    told = receiver.got[0].json
    assert (told["version"], told["event"]) == (1, "followup.due")
    assert told["vendor"] == {"address": "nordlicht", "name": "Nordlicht Backup"}
    assert (told["partner"]["id"], told["partner"]["company"]) == (due.partner_id, "Hafen IT")
    assert (told["step"]["title"], told["step"]["state"]) == ("Do the first thing", "open")
    assert told["followup"]["reason"] == "24 hours after the step opened"
    assert told["followup"]["due_at"] == "2026-03-04T09:00:00Z"
    assert told["recipient"] == {"part": "partner", "name": "Hanna Hafen", "role": "owner"}
    assert told["links"] == {"partner": f"http://127.0.0.1:8000/v/nordlicht/partners/{due.partner_id}/"}
    assert b"@" not in receiver.got[0].body
    assert b"/l/" not in receiver.got[0].body


def test_no_mail_is_held_up_and_none_is_claimed(due: FollowUp) -> None:
    assert send_batch(now=NOW + DAY, transport=NoTransport()) == 0
    assert Message.objects.get().state == "ready"


def test_a_step_that_is_done_meanwhile_is_not_told(due: FollowUp, receiver: Receiver, clock: Clock) -> None:
    walking.complete(progress=Progress.objects.get(pk=due.progress_id or 0), by=None, now=clock.instant)
    post_all()
    assert receiver.got == []
    assert (the().state, the().reason) == ("cancelled", "step_settled")
    assert Message.objects.get().state == "cancelled"


def test_who_wants_no_mails_does_not_stop_it(due: FollowUp, receiver: Receiver, vendor: Vendor) -> None:
    vendor.suppressions.create(address="hanna@hafen.example", reason="unsubscribed", created_at=NOW)
    post_all()
    assert len(receiver.got) == 1


def test_somebody_else_at_the_partner_is_named_once_the_first_has_left(
    due: FollowUp, receiver: Receiver, clock: Clock
) -> None:
    first = Contact.objects.get()
    first.left_at, first.is_primary = clock.instant, False
    first.save()
    Contact.objects.create(
        partner=first.partner, name="Uwe", email="uwe@hafen.example", is_primary=True, created_at=NOW
    )
    post_all()
    assert receiver.got == []
    decide_batch(now=clock.instant)
    post_all()
    assert [got.json["recipient"]["name"] for got in receiver.got] == ["Uwe"]
    assert the().state == "decided"


def test_a_machine_has_no_night_and_no_weekend(hook: Webhook, progress: Progress, clock: Clock) -> None:
    friday_night = NOW + timedelta(days=3, hours=11)
    FollowUp.objects.filter(kind="remind-24h").update(anchor_at=friday_night, due_at=friday_night + DAY)
    decide_batch(now=clock.set(friday_night + DAY))  # Saturday, 21:00 in Berlin
    assert the().state == "decided"
    assert post_all() == 1


def test_a_put_off_step_is_told_later(due: FollowUp, receiver: Receiver, clock: Clock) -> None:
    progress = Progress.objects.get(pk=due.progress_id or 0)
    putting_off.remind_later(progress=progress, until=clock.instant + timedelta(days=2), by=None, now=clock.instant)
    post_all()
    assert receiver.got == []
    assert the().state == "scheduled"
    decide_batch(now=clock.move(days=2))
    post_all()
    assert len(receiver.got) == 1


class Died(BaseException):
    """As if the process were killed."""


def test_a_worker_that_dies_while_it_posts_is_followed_by_another_with_the_same_key(
    due: FollowUp, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(point: str) -> None:
        if point == "answered":
            raise Died

    with monkeypatch.context() as killed:
        killed.setattr(claiming, "release", lambda claims: None)
        killed.setattr(lanes, "leave", lambda lane: None)
        killed.setattr(crashing, "_act", die)
        with pytest.raises(Died):
            post_all()
    assert (Message.objects.get().state, Message.objects.get().tries) == ("claimed", 1)
    assert post_all() == 0  # it is held
    Message.objects.update(lease_until=LONG_AGO)
    Webhook.objects.update(held_until=LONG_AGO)
    assert reap(now=NOW + DAY) == 1
    post_all()
    message = Message.objects.get()
    assert (message.state, message.tries) == ("accepted", 2)
    assert len({got.key for got in receiver.got}) == 1
    assert len(receiver.got) == 2


def test_who_lost_it_meanwhile_changes_nothing(due: FollowUp, receiver: Receiver) -> None:
    def taken_over() -> None:
        Message.objects.update(state="ready", lease_until=None)
        Webhook.objects.update(held_until=LONG_AGO)
        lane = lanes.take(now=NOW + DAY)
        assert lane is not None
        assert lane.number == 2

    receiver.says = [Says(status=500), Says()]
    lane = lanes.take(now=NOW + DAY)
    assert lane is not None
    posted = posting.post

    def post(*args: object) -> object:
        answer = posted(*args)  # type: ignore[arg-type]
        taken_over()
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "post", post)
        sending.run(lane)
    message = Message.objects.get()
    assert (message.state, message.fence) == ("claimed", 2)
    assert Webhook.objects.get().lane == 2
    assert Webhook.objects.get().held_until is not None
