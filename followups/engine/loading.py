"""What is needed to send a batch of claimed messages, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from followups.engine.claiming import Claim
from followups.engine.composing import compose
from followups.engine.facts import hours_of_followup
from followups.engine.merging import NO_WORDS, Words, words_of
from followups.engine.windows import into_window, is_open
from followups.models import FollowUp, Message

RELATED = (
    "vendor",
    "partner__manager__user",
    "partner__application",
    "enrollment__version",
    "progress__step",
    "contact__partner",
    "member__user",
)


@dataclass(slots=True)
class Draft:
    """A claimed message, with the follow-ups it is to carry; none for account mail, which is written already."""

    claim: Claim
    message: Message
    followups: list[FollowUp] = field(default_factory=list)
    later: datetime | None = None  # the recipient is outside their hours until then
    words: Words = NO_WORDS  # the vendor's own

    def write(self, *, now: datetime) -> None:
        """Render what it carries now onto the message."""
        if self.message.kind == Message.Kind.ACCOUNT or not self.followups:
            return
        mail = compose(self.message, self.followups, now=now, words=self.words)
        message = self.message
        message.subject, message.text, message.html, message.headers = mail.subject, mail.text, mail.html, mail.headers


def load(claims: Sequence[Claim], *, now: datetime) -> dict[int, Draft]:
    pks = [each.pk for each in claims]
    messages = Message.objects.in_bulk(pks)
    carried = _followups(pks)
    words = words_of({each.vendor_id for followups in carried.values() for each in followups})
    drafts = {}
    for each in claims:
        message = messages[each.pk]
        drafts[each.pk] = Draft(each, message, carried[each.pk], _later(message, carried[each.pk], now=now), words)
    return drafts


def _followups(message_pks: Sequence[int]) -> dict[int, list[FollowUp]]:
    carried: dict[int, list[FollowUp]] = defaultdict(list)
    rows = FollowUp.objects.filter(message__in=message_pks, state=FollowUp.State.DECIDED)
    for followup in rows.select_related(*RELATED).order_by("offset", "pk"):
        carried[followup.message_id or 0].append(followup)
    return carried


def _later(message: Message, followups: Sequence[FollowUp], *, now: datetime) -> datetime | None:
    """A reminder that waited for a server may not leave at night instead."""
    if message.kind == Message.Kind.ACCOUNT or not followups:
        return None
    hours = hours_of_followup(followups[0])
    return None if is_open(now, hours) else into_window(now, hours)
