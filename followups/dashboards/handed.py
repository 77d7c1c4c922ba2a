"""What is done for partners, in the one sentence that a list has for each: what, for whom, and by which day."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.isolating import isolated
from playbooks.models import Handover, Progress
from playbooks.models.step import Turn

Place = tuple[int, int]  # the keys of a partner and of the step it is at
DAYS_BY_NAME: Final = 6  # a day that is no further away is called by its weekday
OWED: Final[Mapping[str, Promise]] = {
    Handover.State.ACCEPTED.value: gettext_lazy("“%(step)s” for %(person)s: promised %(day)s, and no day is set yet"),
    Handover.State.SCHEDULED.value: gettext_lazy("“%(step)s” for %(person)s: promised %(day)s"),
    Handover.State.RETURNED.value: gettext_lazy("“%(step)s” for %(person)s: something is missing, promised %(day)s"),
}
LATE: Final[Mapping[str, Promise]] = {
    Handover.State.ACCEPTED.value: gettext_lazy("“%(step)s” for %(person)s: was promised %(day)s, and no day is set"),
    Handover.State.SCHEDULED.value: gettext_lazy("“%(step)s” for %(person)s: was promised %(day)s"),
    Handover.State.RETURNED.value: gettext_lazy("“%(step)s” for %(person)s: what is missing was promised %(day)s"),
}


class Handed(NamedTuple):
    """One that is the vendor's turn; ``person`` is who asked, by name, where that is known."""

    state: str
    person: str
    asked_at: datetime
    ready_on: date | None
    due_at: datetime | None


def handed_over(standings: Iterable[Any]) -> dict[Place, Handed]:
    """By partner and step. One query, or none where nothing is done for anybody of them."""
    waiting = [each for each in standings if is_handed_over(each)]
    if not waiting:
        return {}
    rows = Handover.objects.filter(
        state__in=[Handover.State.REQUESTED, *OWED],
        progress__enrollment__partner__in=[each.partner_id for each in waiting],
        progress__step__in=[each.next_step_id for each in waiting],
    )
    told = ("state", "contact__name", "asked_at", "ready_on", "due_at")
    found = rows.values_list("progress__enrollment__partner", "progress__step", *told)
    return {
        (partner, step): Handed(state, person or "", asked_at, ready_on, due_at)
        for partner, step, state, person, asked_at, ready_on, due_at in found
    }


def is_handed_over(standing: Any) -> bool:
    return bool(standing.turn == Turn.VENDOR and standing.step_state == Progress.State.HANDED_OVER)


def in_words(handed: Handed, *, title: str, person: str, now: datetime) -> str:
    """“Quote for “Landing page”: Kim asked on Tuesday, due tomorrow”. ``person`` is for where nobody asked by name."""
    today = localtime(now).date()
    words = {"step": title, "person": isolated(handed.person or person)}
    if handed.state == Handover.State.REQUESTED:
        due = localtime(handed.due_at).date() if handed.due_at else today
        is_late = handed.due_at is not None and handed.due_at < now
        sentence = _("Quote for “%(step)s”: %(person)s asked %(asked)s, due %(due)s")
        if is_late:
            sentence = _("Quote for “%(step)s”: %(person)s asked %(asked)s, was due %(due)s")
        return sentence % {**words, "asked": on(localtime(handed.asked_at).date(), today), "due": on(due, today)}
    day = handed.ready_on or today
    return str((LATE if day < today else OWED)[handed.state]) % {**words, "day": until(day, today)}


def on(day: date, today: date) -> str:
    """“yesterday”, “on Tuesday”, “on 3 March”: after “asked” or “due”."""
    if said := _near(day, today):
        return said
    if abs((day - today).days) <= DAYS_BY_NAME:
        return _("on %(weekday)s") % {"weekday": date_format(day, "l")}
    return _("on %(day)s") % {"day": date_format(day, "MONTH_DAY_FORMAT")}


def until(day: date, today: date) -> str:
    """“for tomorrow”, “for Friday”, “for 3 March”: after “promised”. No day that is over goes by its weekday."""
    if said := _near(day, today):
        return _("for %(near)s") % {"near": said}
    if 0 < (day - today).days <= DAYS_BY_NAME:
        return _("for %(near)s") % {"near": date_format(day, "l")}
    return _("for %(day)s") % {"day": date_format(day, "MONTH_DAY_FORMAT")}


def _near(day: date, today: date) -> str:
    match (day - today).days:
        case 0:
            return _("today")
        case 1:
            return _("tomorrow")
        case -1:
            return _("yesterday")
    return ""
