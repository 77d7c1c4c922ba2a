"""Posting what waits for one vendor: the last check and the mark; the POST; what came of it. One after the other.

A webhook stays claimed while it is posted. A worker that dies meanwhile leaves it to the reaper, which hands it back;
so it may be posted twice, and is known by its key the second time.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from followups.engine import claiming
from followups.engine import outcomes as of_mails
from followups.engine.claiming import mark_posting
from followups.engine.crashing import crash_point
from followups.engine.lastcheck import check_and_mark
from followups.engine.loading import load
from followups.models import Webhook
from followups.webhooks import lanes, outcomes, payload, signing
from followups.webhooks.deliveries import Delivery
from followups.webhooks.lanes import Lane
from followups.webhooks.posting import Answer, NoAnswer, post
from partners import clock

logger = logging.getLogger(__name__)
# A lane begins no post in the last fifth of its lease.
POSTING_SECONDS: Final = 0.8 * claiming.LEASE.total_seconds()


def never() -> bool:
    return False


def post_all(*, should_stop: Callable[[], bool] = never) -> int:
    """Lane after lane in this thread, until nothing is due; returns how many there were."""
    count = 0
    while not should_stop() and (lane := lanes.take(now=clock.now())) is not None:
        run(lane, should_stop=should_stop)
        count += 1
    return count


def run(lane: Lane, *, should_stop: Callable[[], bool] = never) -> None:
    """Post what the lane holds, until something comes to nothing; what is left then goes back untouched."""
    until = time.monotonic() + POSTING_SECONDS
    left = list(lane.claims)
    try:
        drafts = load(left, make=Delivery)
        while left and not should_stop() and time.monotonic() < until:
            draft = drafts.get(left.pop(0).pk)
            if isinstance(draft, Delivery) and not _deliver(draft, lane):
                break
    finally:
        claiming.release(left)
        lanes.leave(lane)


def _deliver(draft: Delivery, lane: Lane) -> bool:
    """Whether the next may be posted, too."""
    now = clock.now()
    webhook = Webhook.objects.select_related("vendor").filter(pk=lane.webhook).first()
    if webhook is None or not (webhook.is_on or draft.is_test):
        claiming.release([draft.claim])
        return False
    try:
        if not draft.is_test and not draft.followups:  # all that it was to tell was called off
            of_mails.cancelled(draft, now=now)
            return True
        if draft.message.tries >= outcomes.MOST_TRIES:
            return _give_up(draft, webhook)
        draft.write(now=now)
        if not check_and_mark([draft], now=now, mark=mark_posting):
            return True
    except DatabaseError:
        raise
    except Exception as error:  # one that cannot be written must not stop the others
        logger.exception("Webhook %s could not be written.", draft.claim.pk)
        of_mails.fault(draft, error, now=now)
        return True
    return _post(draft, webhook)


def _give_up(draft: Delivery, webhook: Webhook) -> bool:
    """It has used up its tries, and no worker lived to say what came of the last."""
    with translation.override(webhook.vendor.language):
        lost = NoAnswer(_("The sender stopped before the answer, time and again."), was_begun=True)
        return outcomes.record(draft, webhook, lost, now=clock.now())


def _post(draft: Delivery, webhook: Webhook) -> bool:
    body = draft.message.text.encode()
    with translation.override(webhook.vendor.language):
        try:
            came: Answer | NoAnswer = post(webhook.address, body, _headers(draft, webhook, body))
        except NoAnswer as nothing:
            came = nothing
        except signing.Unreadable:
            came = NoAnswer(_("The signing secret cannot be read any more. Renew it in the settings."))
        crash_point("answered")
        return outcomes.record(draft, webhook, came, now=clock.now())


def _headers(draft: Delivery, webhook: Webhook, body: bytes) -> dict[str, str]:
    """The receiver compares the time with its own, so it is the time there is, and not the project's clock."""
    secrets = (signing.unseal(each) for each in webhook.sealed_secrets(now=clock.now()))
    signature = signing.signature(secrets, timestamp=int(time.time()), body=body)
    return payload.headers(draft.message, signature=signature, is_test=draft.is_test)
