"""The remorse check: a day after the start one tap says whether the decision still feels right, and if not, why."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from partners.models import Activity, Contact, User
from partners.recording import record_activity
from partners.signals import partners_changed
from playbooks.models import Confidence, Enrollment
from playbooks.signals import confidence_told
from playbooks.walking import NotYourMove, ReasonMissing

ASKED_AFTER = timedelta(hours=24)
ASKED_FOR_DAYS = timedelta(days=14)
Answer = Confidence.Answer


class DoubtStands(Exception):
    """A doubt is taken back by whoever has it, and on a page that shows it; ``told`` has it."""

    def __init__(self, told: Confidence) -> None:
        super().__init__()
        self.told = told


@transaction.atomic
def tell(
    *,
    enrollment: Enrollment,
    answer: str,
    reason: str,
    contact: Contact | None,
    by: User | None,
    now: datetime,
    actor_name: str = "",
    seen: str = "",
) -> bool:
    """Keep the answer; says whether it is news. It may be changed as long as the playbook runs.

    ``seen`` is the ``Confidence.mark`` of the answer that was read, empty where there was none. A doubt is always
    taken. Raises ``ReasonMissing`` for doubts without a word about them, ``NotYourMove`` once the playbook has ended,
    and ``DoubtStands``.
    """
    answer = Answer(answer).value
    reason = reason.strip() if answer == Answer.DOUBTS else ""
    if answer == Answer.DOUBTS and not reason:
        raise ReasonMissing
    enrollment = (
        Enrollment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("partner__vendor", "partner__manager__user")
        .get(pk=enrollment.pk)
    )
    if enrollment.state != Enrollment.State.RUNNING:
        raise NotYourMove
    told = Confidence.objects.select_related("contact").filter(enrollment=enrollment).first()
    if told is not None and (told.answer, told.reason) == (answer, reason):
        return False
    is_taken_back = told is not None and told.has_doubts and answer == Answer.CONFIDENT
    if told is not None and is_taken_back and not (seen == told.mark and told.is_of(user=by, contact=contact)):
        raise DoubtStands(told)
    if told is None:
        told = Confidence(vendor=enrollment.partner.vendor, enrollment=enrollment, first_answer=answer, answered_at=now)
    told.answer, told.reason, told.contact, told.changed_at = answer, reason, contact, now
    told.save()
    record_activity(
        partner=enrollment.partner,
        kind=Activity.Kind.CONFIDENCE,
        side=Activity.Side.PARTNER,
        by=by,
        now=now,
        actor_name=actor_name,
        note=reason,
        enrollment=enrollment.pk,
        answer=answer,
    )
    confidence_told.send(sender=Confidence, confidence=told, enrollment=enrollment, now=now)
    vendor = enrollment.partner.vendor
    partners_changed.send(sender=Confidence, vendor=vendor, partner_ids=[enrollment.partner_id], now=now)
    return True


def has_been_there(user: User, *, partner_id: int, now: datetime) -> bool:
    """Whether they are at the partner for as long as the question wants; who joined just now did not begin anything."""
    return Contact.objects.of_user(user).filter(partner=partner_id, created_at__lte=now - ASKED_AFTER).exists()


def is_asked_now(enrollment: Enrollment, *, others: Iterable[Enrollment], now: datetime) -> bool:
    """Whether Today asks: in a partner's first walk, from a day after its start, for two weeks, until it is answered.

    ``enrollment`` comes with its vendor and its answer, if there is one; ``others`` are all that the partner walks.
    """
    if enrollment.state != Enrollment.State.RUNNING or not enrollment.vendor.asks_confidence:
        return False
    if getattr(enrollment, "confidence", None) is not None:
        return False
    if not ASKED_AFTER <= now - enrollment.started_at < ASKED_AFTER + ASKED_FOR_DAYS:
        return False
    theirs = (each for each in others if each.partner_id == enrollment.partner_id)
    return all(each.started_at >= enrollment.started_at for each in theirs)
