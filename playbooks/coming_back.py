"""What came back to the partner in a step: who says what, and what there is to do about it. Today leads with it."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.isolating import isolated
from playbooks.models import Handover
from playbooks.showing import ShownStep


@dataclass(frozen=True)
class CameBack:
    """``headline`` says it in a sentence, ``act`` is what the one button says."""

    headline: str
    act: str
    words: str = ""  # theirs
    asked: str = ""  # what the partner had said before
    question: str = ""
    is_missing: bool = False


def came_back(step: ShownStep) -> CameBack | None:
    """At most two queries; none for a step that has just opened and offers nothing."""
    if not step.is_mine:
        return None
    if step.has_to_answer:
        return _handed_back(step)
    if step.is_sent_back:
        who = isolated(step.who_gave_it_back)
        headline = _("%(name)s sent it back: something is missing") % {"name": who}
        return CameBack(headline, _("Add what is missing"), words=step.progress.reason, is_missing=True)
    answer = step.vendors_answer
    if answer is None:
        return _handed_back(step)
    headline = _("%(name)s answered you") % {"name": isolated(step.who_gave_it_back)}
    return CameBack(headline, _("Go on with this step"), words=answer.note, asked=step.progress.reason)


def _handed_back(step: ShownStep) -> CameBack | None:
    handed, vendor = step.handover, isolated(step.vendor.name)
    if handed is None:
        return None
    match handed.state:
        case Handover.State.QUOTED:
            headline = _("%(vendor)s would do it for %(price)s") % {"vendor": vendor, "price": handed.price}
            day = date_format(handed.ready_on, "SHORT_DATE_FORMAT") if handed.ready_on else ""
            question = _("Ready by %(day)s if you say yes. Shall they do it?") % {"day": day}
            return CameBack(headline, _("Say yes or no"), words=handed.last.note, question=question)
        case Handover.State.DELIVERED:
            headline = _("%(vendor)s has done it. Is all there?") % {"vendor": vendor}
            return CameBack(headline, _("Look, and say if all is there"), words=handed.last.note)
        case Handover.State.DECLINED:
            headline = _("%(vendor)s cannot do this one for you") % {"vendor": vendor}
            return CameBack(headline, _("Do this step"), words=handed.last.note)
    return None


def is_news(step: ShownStep) -> bool:
    """Whether something may have come back; such steps go before those that only wait."""
    return step.is_sent_back or step.has_to_answer or step.is_declined or bool(step.progress.reason)
