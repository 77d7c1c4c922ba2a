"""What an owner does with the webhook: set it up, change it, renew its secret, pause it, go on, try it out."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from followups.bell.leaving import settle_left
from followups.engine.waking import wake_on_commit
from followups.models import FollowUp, Message, Webhook
from followups.models.message import MessageQuerySet
from followups.webhooks import signing
from followups.webhooks.addresses import parse
from followups.webhooks.outcomes import note_key
from followups.webhooks.stopping import OFF
from partners import auditing
from partners.models import Member, User, Vendor

OVERLAP: Final = timedelta(hours=24)


class TestUnderWay(Exception):
    message = _("A test is under way already. Its outcome will stand here in a moment.")


class NotSetUp(Exception):
    message = _("There is no address yet. Write one down first.")


@transaction.atomic
def set_address(*, vendor: Vendor, address: str, by: User, now: datetime) -> Webhook:
    """The first one brings a secret along; another one keeps it, and is switched on. Raises ``AddressRefused``."""
    parse(address)
    begun = {"address": address, "secret": signing.seal(signing.make_secret()), "made_at": now}
    hook, is_new = Webhook.objects.select_for_update().get_or_create(vendor=vendor, defaults=begun)
    if not is_new and hook.address == address:
        return hook
    if not is_new:
        hook.address = address
        hook.save(update_fields=["address"])
        _switch_on(hook, now=now)
    # Without its path, which may be all that the receiver asks for.
    auditing.record(
        vendor=vendor, action="webhook.address_set", subject=hook, by=by, now=now, host=parse(address).header
    )
    return hook


@transaction.atomic
def renew_secret(*, vendor: Vendor, by: User, now: datetime) -> None:
    """A new one signs from now on; the one before signs along for a day. Raises ``NotSetUp``."""
    hook = _locked(vendor)
    hook.secret, hook.old_secret, hook.old_until = signing.seal(signing.make_secret()), hook.secret, now + OVERLAP
    hook.save(update_fields=["secret", "old_secret", "old_until"])
    auditing.record(vendor=vendor, action="webhook.secret_renewed", subject=hook, by=by, now=now)


@transaction.atomic
def pause(*, vendor: Vendor, by: User, now: datetime) -> bool:
    """Nothing is posted from the commit on, but for what is on the line. Says whether that is new."""
    hook = _locked(vendor)
    if hook.paused_at is not None:
        return False
    hook.paused_at = now
    hook.save(update_fields=["paused_at"])
    auditing.record(vendor=vendor, action="webhook.paused", subject=hook, by=by, now=now)
    return True


@transaction.atomic
def switch_on(*, vendor: Vendor, by: User, now: datetime) -> bool:
    """What waited is due now, and looked at anew. Says whether it was paused or switched off. Raises ``NotSetUp``."""
    hook = _locked(vendor)
    if hook.is_on:
        return False
    _switch_on(hook, now=now)
    auditing.record(vendor=vendor, action="webhook.switched_on", subject=hook, by=by, now=now)
    return True


def _switch_on(hook: Webhook, *, now: datetime) -> None:
    hook.paused_at, hook.off_at, hook.off_because = None, None, ""
    hook.failures, hook.rest_until = 0, None
    hook.save(update_fields=["paused_at", "off_at", "off_because", "failures", "rest_until"])
    waiting = Message.objects.of(hook.vendor).filter(state=Message.State.READY, channel="webhook")
    waiting.filter(not_before__gt=now).update(not_before=now)
    held = FollowUp.objects.of(hook.vendor).scheduled().filter(reason=FollowUp.Reason.WEBHOOK_OFF)
    held.filter(due_at__gt=now).update(due_at=now)
    settle_left(vendor_id=hook.vendor_id, key_begins=OFF, now=now)
    wake_on_commit()


@transaction.atomic
def try_out(*, vendor: Vendor, member: Member, now: datetime) -> Message:
    """Post a test event through the outbox, also while paused or switched off. One at a time.

    Raises ``NotSetUp`` and ``TestUnderWay``.
    """
    _locked(vendor)
    if tests_of(vendor).filter(finished_at=None).exists():
        raise TestUnderWay
    message = Message.objects.create(
        vendor=vendor,
        key=f"test:{uuid.uuid4()}",
        kind=Message.Kind.ACCOUNT,
        channel="webhook",
        member=member,
        to_address=member.user.email,
        not_before=now,
        created_at=now,
    )
    wake_on_commit()
    return message


@transaction.atomic
def post_again(*, vendor: Vendor, message: int, by: User, now: datetime) -> bool:
    """A delivery that was given up is due now, with all its tries and under its old key; says whether it had been.

    It is looked at anew before it leaves: what is not wanted any more is called off. Raises ``NotSetUp``, and
    ``Message.DoesNotExist`` for what is none of this vendor's deliveries.
    """
    hook = _locked(vendor)
    found = deliveries_of(vendor).select_for_update(of=("self",)).get(pk=message)
    if found.state != Message.State.FAILED:
        return False
    found.state, found.finished_at, found.tries, found.not_before = Message.State.READY, None, 0, now
    found.save(update_fields=["state", "finished_at", "tries", "not_before"])
    auditing.record(vendor=vendor, action="webhook.posted_again", subject=hook, by=by, now=now, message=found.pk)
    settle_left(vendor_id=vendor.pk, key_begins=note_key(found.pk), now=now)
    wake_on_commit()
    return True


def deliveries_of(vendor: Vendor) -> MessageQuerySet:
    """What went by webhook, or is to, but for tests."""
    return Message.objects.of(vendor).filter(channel="webhook").exclude(kind=Message.Kind.ACCOUNT)


def tests_of(vendor: Vendor) -> MessageQuerySet:
    return Message.objects.of(vendor).filter(channel="webhook", kind=Message.Kind.ACCOUNT)


def _locked(vendor: Vendor) -> Webhook:
    hook = Webhook.objects.select_for_update().filter(vendor=vendor).first()
    if hook is None:
        raise NotSetUp
    hook.vendor = vendor
    return hook
