"""What Firstline says at the bell of its own accord, and when what stands there is over."""

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from followups.bell.leaving import in_every_language, leave_with_manager, settle_left
from followups.calls.calling import settle_calls
from followups.engine.cadences import STUCK, Rule
from followups.engine.planning import plan_one
from followups.engine.waking import wake_on_commit
from followups.models import Notification, Touch
from partners.isolating import isolated
from playbooks.models import Handover, Progress

# Moves of what is done for a partner that somebody at the vendor's should hear of at once.
TOLD = (Handover.State.REQUESTED, Handover.State.ACCEPTED, Handover.State.RETURNED, Handover.State.REFUSED)
AGREED = (Handover.State.ACCEPTED, Handover.State.SCHEDULED)
SAID_WHEN_STUCK = Rule.made(STUCK, 0, Touch.Basis.ELAPSED, Touch.To.MANAGER, "", "", Touch.Channel.IN_APP)


def say_stuck(*, progress: Progress, now: datetime) -> None:
    """Whoever leads the partner hears of it at once: a note disturbs nobody."""
    if plan_one(progress=progress, rule=SAID_WHEN_STUCK, now=now):
        wake_on_commit()


def say_handed_in(*, progress: Progress, now: datetime) -> None:
    """Whoever leads the partner is asked to look; the note leads to what was handed in."""
    partner = progress.enrollment.partner

    def write() -> tuple[str, str]:
        step = progress.step.title(get_language() or "en")
        asks = _("%(company)s asks you to approve “%(step)s”") % {"company": isolated(partner.company), "step": step}
        return asks, _("Say yes, or what is missing. Until then they wait for you.")

    page = reverse("desk-step", args=[partner.vendor.slug, progress.pk])
    key = f"{_handed_in(progress)}{now.isoformat()}"
    leave_with_manager(partner=partner, texts=in_every_language(write), leads_to=page, key=key, now=now)


def _handed_in(progress: Progress) -> str:
    """How the keys of these notes begin."""
    return f"handed-in:{progress.pk}:"


def say_handed_over(*, handover: Handover, progress: Progress, now: datetime) -> None:
    """Whoever leads the partner hears what they want done, or that they do not want it; the note leads to the step."""
    partner, moves = progress.enrollment.partner, list(handover.moves.all())
    is_begun = any(move.state in AGREED for move in moves)
    if handover.state not in TOLD and not (handover.state == Handover.State.WITHDRAWN and is_begun):
        return
    last, is_quoted = moves[-1].note, any(move.state == Handover.State.QUOTED for move in moves)

    def write() -> tuple[str, str]:
        step = progress.step.title(get_language() or "en")
        subject, body = _about(handover, last, is_quoted=is_quoted)
        return subject % {"company": isolated(partner.company), "step": step}, body

    page = reverse("desk-step", args=[partner.vendor.slug, progress.pk])
    key = f"{_handed_over(progress)}{now.isoformat()}"
    leave_with_manager(partner=partner, texts=in_every_language(write), leads_to=page, key=key, now=now)


def _about(handover: Handover, last: str, *, is_quoted: bool) -> tuple[str, str]:
    """The subject with its gaps, and the body, in the language that is active."""
    day = date_format(handover.ready_on, "SHORT_DATE_FORMAT") if handover.ready_on else ""
    ready = _("Agreed to be ready by %(day)s.") % {"day": day}
    match handover.state:
        case Handover.State.REQUESTED:
            answer = last or _("They wait for a price and a date.")
            return _("%(company)s asks what it costs if you do “%(step)s” for them"), answer
        case Handover.State.ACCEPTED if is_quoted:
            return _("%(company)s takes your quote for “%(step)s”"), ready
        case Handover.State.ACCEPTED:
            return _("%(company)s asks you to do “%(step)s” for them"), f"{ready} {last}".strip()
        case Handover.State.RETURNED:
            return _("%(company)s misses something in “%(step)s”"), last
        case Handover.State.WITHDRAWN:
            return _("%(company)s does “%(step)s” without you after all"), _("Leave it, if you have begun.")
    return _("%(company)s turns down your quote for “%(step)s”"), last or _("They do it themselves.")


def _handed_over(progress: Progress) -> str:
    """How the keys of these notes begin."""
    return f"handover:{progress.pk}:"


def settle_notes(*, progress: Progress, now: datetime) -> None:
    """The step has moved on: what stood at a bell about it is over, read or not, and so is a call."""
    Notification.objects.filter(progress=progress, settled_at=None).update(settled_at=now)
    settle_left(vendor_id=progress.enrollment.vendor_id, key_begins=_handed_in(progress), now=now)
    settle_left(vendor_id=progress.enrollment.vendor_id, key_begins=_handed_over(progress), now=now)
    settle_calls(progress=progress, now=now)
