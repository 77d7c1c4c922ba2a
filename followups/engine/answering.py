"""The answer to who is stuck, and to who handed in what is not whole yet: a mail of its own.

It has what was said and by whom, and the way back to the step.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from followups.engine.cadences import ANSWER
from followups.engine.planning import at_a_waking_hour, next_episode, plan
from followups.engine.waking import wake_on_commit
from followups.models import FollowUp
from partners.models import Activity, Contact
from partners.roles import contacts_for
from playbooks.evidence.telling import from_the_log
from playbooks.models import Progress
from playbooks.models.step import Turn

Kind = Activity.Kind
GIVE_BACK = (Kind.HELPED, Kind.SENT_BACK, Kind.HANDOVER)  # what the vendor says when it is the partner's turn again
ANSWERING = ("quoted", "delivered", "declined")  # moves of what is done for a partner that are mailed
MOVED = "scheduled"  # mailed too where it is later than was agreed, though it is still the vendor's turn
ASKS = (Kind.STUCK, Kind.HANDED_IN, Kind.HANDOVER)


class Answer(NamedTuple):
    """What a mail about it says. Without a name the vendor speaks."""

    by: str
    text: str
    question: str
    is_sent_back: bool = False  # nothing was asked: something was missing
    move: str = ""  # of what the vendor does for them; ``terms`` has its amount, currency, ready_on and moved_from
    terms: Mapping[str, Any] = {}

    def given(self, language: str) -> str:
        """Of what was delivered: what was given for the step, one line for each field."""
        return from_the_log(self.terms.get("given", []), language)


def plan_answered(*, progress: Progress, now: datetime) -> None:
    """Plan the answer for now, and the reminders of the step anew; all of them are of one episode.

    So the reminders keep their distance from the answer where it left late.
    """
    episode = next_episode(progress)
    plan(steps=[progress], now=now)
    contact = reader_of(progress)
    if progress.turn != Turn.PARTNER or contact is None:
        return
    at_a_waking_hour(progress, contact, kind=ANSWER, episode=episode, now=now).save(force_insert=True)
    wake_on_commit()


def plan_moved(*, progress: Progress, now: datetime) -> None:
    """Plan the mail that says that it will be ready later than was agreed."""
    contact = reader_of(progress)
    if contact is None:
        return
    episode = next_episode(progress)
    at_a_waking_hour(progress, contact, kind=ANSWER, episode=episode, now=now).save(force_insert=True)
    wake_on_commit()


def reader_of(progress: Progress) -> Contact | None:
    """Whom an answer at this step goes to: who asked, else who does the step."""
    partner = progress.enrollment.partner_id
    return _who_asked(progress) or contacts_for([partner], progress.step.role).get(partner)


def _who_asked(progress: Progress) -> Contact | None:
    asked = Activity.objects.filter(partner=progress.enrollment.partner_id, kind__in=ASKS)
    last = asked.filter(data__progress=progress.pk).order_by("-at", "-pk").first()
    if last is None or "contact" not in last.data:
        return None
    people = Contact.objects.filter(partner=progress.enrollment.partner_id, left_at=None)
    return people.filter(pk=last.data["contact"]).first()


def answers_among(followups: Collection[FollowUp]) -> dict[int, Answer]:
    """By follow-up: what the answers among these are to say; one query if there are any."""
    answers = [followup for followup in followups if followup.kind == ANSWER]
    if not answers:
        return {}
    partners = {answer.partner_id for answer in answers}
    said = Activity.objects.filter(partner__in=partners, kind__in=(Kind.STUCK, *GIVE_BACK)).select_related("actor")
    talks = list(said.order_by("at", "pk"))
    return {answer.pk: found for answer in answers if (found := _answer(answer, talks))}


def _answer(followup: FollowUp, talks: Collection[Activity]) -> Answer | None:
    """The follow-up counts from the moment of its answer; the question is the last one before."""
    question = ""
    for talk in talks:
        if talk.data.get("progress") != followup.progress_id:
            continue
        if talk.kind == Kind.STUCK:
            question = talk.note
        elif talk.kind == Kind.HANDOVER:
            if talk.at == followup.anchor_at and (talk.data["move"] in ANSWERING or "moved_from" in talk.data):
                return Answer(name_of_helper(talk), talk.note, "", move=talk.data["move"], terms=talk.data)
        elif talk.at == followup.anchor_at and talk.kind == Kind.SENT_BACK:
            return Answer(name_of_helper(talk), talk.note, "", is_sent_back=True)
        elif talk.at == followup.anchor_at:
            return Answer(name_of_helper(talk), talk.note, question)
    return None


def name_of_helper(talk: Activity) -> str:
    """Empty for who has written none: an address is no name."""
    return talk.actor.name if talk.actor is not None else talk.actor_name
