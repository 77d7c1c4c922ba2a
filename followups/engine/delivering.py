"""What arrives by being written into the database: in the transaction that decides it, and so exactly once."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import translation

from followups.calls.calling import ask_for
from followups.engine.composing import minutes_in_words, name_of
from followups.engine.loading import RELATED
from followups.engine.merging import PARTS, Words, merge, words_for
from followups.models import FollowUp, Message, Notification, Task, Touch

State = Message.State


def deliver(messages: Mapping[int, Message], *, now: datetime) -> None:
    """Save the messages of these follow-ups, by key of the follow-up, and put each before its reader."""
    for message in messages.values():
        message.state, message.finished_at = State.ACCEPTED, now
    Message.objects.bulk_create(messages.values())
    found = list(FollowUp.objects.filter(pk__in=messages).select_related(*RELATED))
    words = words_for(found)
    for followup in found:  # whom judging found; it is not saved yet
        message = messages[followup.pk]
        followup.contact_id, followup.member_id = message.contact_id, message.member_id
    notes = [one for one in found if one.channel == Touch.Channel.IN_APP]
    Notification.objects.bulk_create(_notification(followup, words, now=now) for followup in notes)
    calls = sorted((one for one in found if one.channel == Touch.Channel.CALL), key=lambda one: (one.due_at, one.pk))
    ask_for([_call(followup, words, now=now) for followup in calls], now=now)


def _notification(followup: FollowUp, words: Words, *, now: datetime) -> Notification:
    return Notification(
        vendor_id=followup.vendor_id,
        followup=followup,
        contact_id=followup.contact_id,
        member_id=followup.member_id,
        progress_id=followup.progress_id,
        texts=own_words(followup, words),
        made_at=now,
    )


def _call(followup: FollowUp, words: Words, *, now: datetime) -> Task:
    return Task(
        vendor_id=followup.vendor_id,
        partner_id=followup.partner_id,
        contact_id=followup.contact_id or 0,  # judging lets no other pass
        kind=Task.Kind.CALL,
        followup=followup,
        progress_id=followup.progress_id,
        texts=own_words(followup, words),
        made_at=now,
        not_before=now,
    )


def own_words(followup: FollowUp, words: Words) -> dict[str, dict[str, str]]:
    """The vendor's own for this touch, with their fields filled in, by language; nothing where they are ours."""
    texts: dict[str, dict[str, str]] = {}
    for language in words.languages_of(followup):
        with translation.override(language):
            own, values = words.of(followup), _values(followup, language)
            texts[language] = {part: merge(own[part], values) for part in PARTS}
    return texts


def _values(followup: FollowUp, language: str) -> dict[str, str]:
    """What the fields in a vendor's own words stand for."""
    step = followup.progress.step if followup.progress is not None else None
    return {
        "name": name_of(followup),
        "company": followup.partner.company,
        "step": step.title(language) if step is not None else followup.partner.company,
        "minutes": minutes_in_words(step.minutes if step is not None else 0),
        "vendor": followup.vendor.name,
        "manager": str(followup.partner.manager.user),
    }
