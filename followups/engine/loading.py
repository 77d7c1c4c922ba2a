"""What is needed to send a batch of claimed messages, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from followups.engine.answering import Answer, answers_among
from followups.engine.claiming import Claim
from followups.engine.composing import compose
from followups.engine.facts import hours_of_followup
from followups.engine.merging import NO_WORDS, Words, words_for
from followups.engine.mime import build
from followups.engine.waiting import Waiting, waiting_among
from followups.models import FollowUp, Message
from partners.hours import into_window, is_open
from partners.models import Contact, Partner

RELATED = ("vendor", "partner__manager__user", "enrollment", "progress__step", "contact", "member__user")
OF_A_WELCOME = ("partner__application", "enrollment__version")


@dataclass(slots=True)
class Draft:
    """A claimed message, with the follow-ups it is to carry; none for account mail, which is written already."""

    claim: Claim
    message: Message
    followups: list[FollowUp] = field(default_factory=list)
    words: Words = NO_WORDS  # the vendor's own
    answer: Answer | None = None  # what it has to say where it is one
    waiting: Mapping[int, Waiting] = field(default_factory=dict)  # by step, what only has to be answered
    content: bytes = b""  # as it goes over the line

    def write(self, *, now: datetime) -> None:
        """Render what it carries now onto the message, and the message into bytes."""
        message = self.message
        if message.kind != Message.Kind.ACCOUNT and self.followups:
            mail = compose(message, self.followups, now=now, words=self.words, answer=self.answer, waiting=self.waiting)
            message.subject, message.text, message.html = mail.subject, mail.text, mail.html
            message.headers = mail.headers
        self.content = build(message, now=now)

    def waits_until(self, now: datetime) -> datetime | None:
        """When it may leave; None: now. A reminder that waited for a server does not leave at night instead."""
        if self.message.kind == Message.Kind.ACCOUNT or not self.followups:
            return None
        hours = hours_of_followup(self.followups[0])
        return None if is_open(now, hours) else into_window(now, hours)

    def address_for(self, followup: FollowUp) -> str:
        """Where whom it is for has to be reached still, in lower case."""
        return self.message.to_address.lower()

    def open_at(self, moment: datetime) -> datetime:
        """The first moment from then on at which it may leave."""
        return self.waits_until(moment) or moment


def load(claims: Sequence[Claim], *, make: type[Draft] = Draft) -> dict[int, Draft]:
    """By message. ``make`` is another kind of draft, for what leaves by another way."""
    pks = [each.pk for each in claims]
    messages = Message.objects.in_bulk(pks)
    carried = _followups(pks, with_welcome=any(each.kind == Message.Kind.GREETING for each in messages.values()))
    every = [each for followups in carried.values() for each in followups]
    words, answers, waiting = words_for(every), answers_among(every), waiting_among(every)
    return {
        each.pk: _draft(make, each, messages[each.pk], carried[each.pk], words, answers, waiting)
        for each in claims
        if each.pk in messages
    }


def _draft(
    make: type[Draft],
    claim: Claim,
    message: Message,
    followups: list[FollowUp],
    words: Words,
    answers: Mapping[int, Answer],
    waiting: Mapping[int, Waiting],
) -> Draft:
    answer = next((answers[each.pk] for each in followups if each.pk in answers), None)
    return make(claim, message, followups, words, answer, waiting)


def _followups(message_pks: Sequence[int], *, with_welcome: bool) -> dict[int, list[FollowUp]]:
    carried: dict[int, list[FollowUp]] = defaultdict(list)
    rows = FollowUp.objects.filter(message__in=message_pks, state=FollowUp.State.DECIDED)
    rows = rows.select_related(*RELATED, *(OF_A_WELCOME if with_welcome else ()))
    found = list(rows.order_by("offset", "pk"))
    _find_companies(found)
    for followup in found:
        carried[followup.message_id or 0].append(followup)
    return carried


def _find_companies(followups: Sequence[FollowUp]) -> None:
    """Where each contact works: at the partner itself, which is here already, or at its sponsor."""
    sponsors: dict[int, list[Contact]] = defaultdict(list)
    for followup in followups:
        contact = followup.contact
        if contact is not None and contact.partner_id == followup.partner_id:
            contact.partner = followup.partner
        elif contact is not None:
            sponsors[contact.partner_id].append(contact)
    for pk, partner in (Partner.objects.in_bulk(sponsors) if sponsors else {}).items():
        for contact in sponsors[pk]:
            contact.partner = partner
