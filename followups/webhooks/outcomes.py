"""What came of a post: done, tried again later, or over; and what that says about the receiver itself."""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from followups.bell.leaving import in_every_language, leave_with_manager
from followups.engine.crashing import crash_point
from followups.engine.outcomes import storable
from followups.engine.single import insert_one
from followups.models import Attempt, Message, Webhook
from followups.webhooks.deliveries import Delivery
from followups.webhooks.posting import Answer, NoAnswer
from followups.webhooks.stopping import switch_off
from partners.isolating import isolated

logger = logging.getLogger(__name__)
State, Outcome = Message.State, Attempt.Outcome
MINUTES_TO_NEXT_TRY: Final = (1, 5, 30, 120, 360)
MOST_TRIES: Final = len(MINUTES_TO_NEXT_TRY) + 1
MINUTES_OF_REST: Final = (1, 2, 5, 15, 30, 60)  # for the receiver, after so many tries in a row that came to nothing
MOST_FAILURES: Final = 20  # in a row; where nobody answers at all, that is about fifteen hours
LONGEST_WISH: Final = timedelta(hours=6)
GONE: Final = 410
# Beside what asks for it: a route that is not deployed yet, or a key that ran out, and somebody will put it right.
TRY_AGAIN: Final = frozenset({401, 403, 404, 408, 425, 429})
LONGEST_SHOWN: Final = 300


@transaction.atomic
def record(draft: Delivery, webhook: Webhook, came: Answer | NoAnswer, *, now: datetime) -> bool:
    """Write down what came of a delivery that was marked; says whether the next may be posted at once."""
    hook = Webhook.objects.select_for_update(of=("self",)).select_related("vendor").get(pk=webhook.pk)
    is_current = hook.address == webhook.address  # of one that was changed meanwhile nothing is learned
    status = came.status if isinstance(came, Answer) else None
    said, again = in_words(came), _may_be_tried_again(came)
    if status is not None and 200 <= status < 300:
        fields: dict[str, Any] = {"state": State.ACCEPTED, "finished_at": now, "last_error": ""}
        outcome = Outcome.ACCEPTED
    else:
        outcome = _outcome(came, again=again)
        fields = _after_failure(draft, came, said, again=again, now=now)
    seconds = round(came.seconds, 3) if isinstance(came, Answer) else None
    is_ours = _commit(draft, outcome, status, came, fields | {"headers": {"seconds": seconds}}, now=now)
    if is_ours and fields["state"] == State.FAILED and not draft.is_test:
        _leave_note(draft, said, now=now)
    is_well = outcome == Outcome.ACCEPTED
    if is_ours and is_current and (is_well or not draft.is_test):
        _learn(hook, came, is_well=is_well, again=again, now=now)
    crash_point("recording")
    return is_well or (not again and hook.is_on)


def _may_be_tried_again(came: Answer | NoAnswer) -> bool:
    return isinstance(came, NoAnswer) or came.status >= 500 or came.status in TRY_AGAIN


def _outcome(came: Answer | NoAnswer, *, again: bool) -> Attempt.Outcome:
    if isinstance(came, NoAnswer):
        return Outcome.UNKNOWN if came.was_begun else Outcome.BROKEN
    return Outcome.DEFERRED if again else Outcome.REJECTED


def _after_failure(
    draft: Delivery, came: Answer | NoAnswer, said: str, *, again: bool, now: datetime
) -> dict[str, Any]:
    """``tries`` on the draft is what it was before this try, which the mark has counted."""
    tries = draft.message.tries + 1
    if not again or draft.is_test or tries >= MOST_TRIES:
        return {"state": State.FAILED, "finished_at": now, "last_error": said}
    wait = max(timedelta(minutes=MINUTES_TO_NEXT_TRY[tries - 1]), _wish(came))
    return {"state": State.READY, "not_before": now + wait, "finished_at": None, "last_error": said}


def _wish(came: Answer | NoAnswer) -> timedelta:
    wish = came.retry_after if isinstance(came, Answer) else None
    return min(wish or timedelta(), LONGEST_WISH)


def _commit(
    draft: Delivery,
    outcome: Attempt.Outcome,
    status: int | None,
    came: Answer | NoAnswer,
    fields: dict[str, Any],
    *,
    now: datetime,
) -> bool:
    """By primary key and fence alone; says whether it was ours still."""
    ours = Message.objects.filter(pk=draft.claim.pk, fence=draft.claim.fence)
    is_ours = bool(ours.update(lease_until=None, **fields))
    if not is_ours:
        logger.warning("Webhook %s was taken over while it was posted: %s", draft.claim.pk, outcome)
    response = storable(came.body if isinstance(came, Answer) else str(came))
    attempt = {"message": draft.claim.pk, "at": now, "fence": draft.claim.fence, "outcome": outcome}
    insert_one(Attempt, {**attempt, "code": status, "response": response})
    return is_ours


def in_words(came: Answer | NoAnswer) -> str:
    """In the language that is active; empty where all is well."""
    if isinstance(came, NoAnswer):
        return storable(str(came))
    if 200 <= came.status < 300:
        return ""
    if 300 <= came.status < 400:
        return _("It answered with a redirect (%(status)d), which we do not follow. Write down where it leads.") % {
            "status": came.status
        }
    said = _("It answered %(status)s.") % {"status": f"{came.status} {came.phrase}".strip()}
    return storable(f"{said} {came.body[:LONGEST_SHOWN]}".strip())


def _learn(hook: Webhook, came: Answer | NoAnswer, *, is_well: bool, again: bool, now: datetime) -> None:
    """A receiver that is down rests, so that it costs little; one that stays down is switched off."""
    if is_well:
        hook.failures, hook.rest_until = 0, None
    else:
        hook.failures += 1
        if again:
            minutes = MINUTES_OF_REST[min(hook.failures, len(MINUTES_OF_REST)) - 1]
            hook.rest_until = now + max(timedelta(minutes=minutes), _wish(came))
    hook.save(update_fields=["failures", "rest_until"])
    is_gone = isinstance(came, Answer) and came.status == GONE
    if hook.is_on and (is_gone or hook.failures >= MOST_FAILURES):
        switch_off(hook, because=Webhook.Off.GONE if is_gone else Webhook.Off.FAILING, now=now)


def _leave_note(draft: Delivery, said: str, *, now: datetime) -> None:
    """At the bell of whoever leads the partner: somebody else has to tell the system, or the partner, themselves."""
    for followup in draft.followups:
        partner = followup.partner
        if partner.manager.left_at is None:
            texts = in_every_language(partial(_note, partner.company, said))
            leave_with_manager(
                partner=partner, texts=texts, key=f"{note_key(draft.claim.pk)}{now.isoformat()}", now=now
            )


def note_key(message: int) -> str:
    """Begins the keys of the notes that this delivery was given up; there is one for each time that it was."""
    return f"webhook-failed:{message}:"


def _note(company: str, said: str) -> tuple[str, str]:
    return _("Your own system was not told about %(company)s") % {"company": isolated(company)}, said
