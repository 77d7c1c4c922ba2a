"""A touch in words: when it comes, to whom, and what it says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followups.engine.cadences import Rule, Timing, due_times
from followups.engine.levels import Level
from followups.models import Touch
from followups.models.cadence import TouchRule
from partners.hours import Hours, hours_in, is_open
from partners.models import Contact, Vendor
from playbooks.models import PlaybookVersion, Step

DAY = 24
A_MONDAY = date(2024, 1, 1)  # any: the example is shown as days of the week
AN_HOUR = timedelta(hours=1)


def offset_in_words(timing: Timing) -> str:
    """“24 hours after the step opens”, or “24 working hours …”."""
    hours = round(timing.delay.total_seconds() / 3600)
    if timing.is_working:
        words = ngettext(
            "%(count)d working hour after the step opens", "%(count)d working hours after the step opens", hours
        )
    else:
        words = ngettext("%(count)d hour after the step opens", "%(count)d hours after the step opens", hours)
    return words % {"count": hours}


class Titles(NamedTuple):
    """What the parts are called that touches can be for, in the reader's language."""

    playbook: str = ""
    stage: str = ""
    step: str = ""

    @classmethod
    def of(cls, version: PlaybookVersion | None, step: Step | None, language: str) -> "Titles":
        """For a step that is read with its stage."""
        playbook = version.text("name", language) if version is not None else ""
        return cls(playbook, step.stage.title(language), step.title(language)) if step is not None else cls(playbook)


def with_level(words: str, level: Level, titles: Titles) -> str:
    """When a touch comes, and by whose touches; the standard ones go without saying."""
    if level.step:
        return _("%(when)s, a touch of the step “%(step)s”") % {"when": words, "step": titles.step}
    if level.stage:
        return _("%(when)s, a touch of the stage “%(stage)s”") % {"when": words, "stage": titles.stage}
    if level.playbook is not None:
        return _("%(when)s, a touch of the playbook “%(playbook)s”") % {"when": words, "playbook": titles.playbook}
    return words


def timing_in_words(timing: Timing, vendor: Vendor, *, together: Sequence[Timing] = ()) -> str:
    """What a delay comes to in this vendor's hours, with an example: Friday 16:00 becomes Monday 09:00.

    ``together`` are the touches that go to the same person, this one among them: they keep their distance.
    """
    return " ".join(filter(None, [_length_in_words(timing, vendor), _example(timing, vendor, together or [timing])]))


def _length_in_words(timing: Timing, vendor: Vendor) -> str:
    hours = round(timing.delay.total_seconds() / 3600)
    if not timing.is_working:
        days, rest = divmod(hours, DAY)
        if not days:
            return _("Counted on the clock, nights and weekends included.")
        if rest:
            about = ngettext(
                "More than %(count)d day on the clock, nights and weekends included.",
                "More than %(count)d days on the clock, nights and weekends included.",
                days,
            )
        else:
            about = ngettext(
                "%(count)d day on the clock, nights and weekends included.",
                "%(count)d days on the clock, nights and weekends included.",
                days,
            )
        return about % {"count": days}
    return _("Counted in open hours alone: %(length)s of your working days from %(start)s to %(end)s.") % {
        "length": formats.number_format(f"{hours / _day_length(vendor):.1f}".removesuffix(".0")),
        "start": formats.time_format(vendor.day_starts, "TIME_FORMAT"),
        "end": formats.time_format(vendor.day_ends, "TIME_FORMAT"),
    }


def _day_length(vendor: Vendor) -> float:
    return (_on_a_monday(vendor.day_ends) - _on_a_monday(vendor.day_starts)) / AN_HOUR


def _on_a_monday(at: time) -> datetime:
    return datetime.combine(A_MONDAY, at, tzinfo=UTC)


def _example(timing: Timing, vendor: Vendor, together: Sequence[Timing]) -> str:
    """The last working day of the week, an hour before it ends: there a delay shows what it does over days off."""
    hours = replace(hours_in("UTC", vendor=vendor), country="")
    start = _last_hour_of_the_week(hours)
    end = due_times(together, anchor=start, hours=hours)[timing.kind]
    weeks = (end - start) // timedelta(weeks=1)
    words = {"start": _day_and_time(start), "end": _day_and_time(end), "weeks": weeks}
    if not weeks:
        return _("%(start)s becomes %(end)s.") % words
    sentence = ngettext(
        "%(start)s becomes %(end)s, %(weeks)d week later.", "%(start)s becomes %(end)s, %(weeks)d weeks later.", weeks
    )
    return sentence % words


class Moment(NamedTuple):
    """A touch in the example, beside the others of its cadence."""

    when: str  # “Monday 09:00”
    touch: TouchRule


def in_order(touches: Sequence[TouchRule], vendor: Vendor) -> tuple[str, list[Moment]]:
    """When the step opens in the example, and when each touch comes then, soonest first."""
    hours = replace(hours_in("UTC", vendor=vendor), country="")
    start = _last_hour_of_the_week(hours)
    found: list[tuple[datetime, TouchRule]] = []
    for audience in {(touch.to, touch.role) for touch in touches}:
        theirs = [touch for touch in touches if (touch.to, touch.role) == audience]
        due = due_times([timing_of(touch) for touch in theirs], anchor=start, hours=hours)
        found += [(due[touch.kind], touch) for touch in theirs]
    found.sort(key=lambda one: (one[0], one[1].after_hours))
    return _day_and_time(start), [Moment(_after(at, start), touch) for at, touch in found]


def _after(at: datetime, start: datetime) -> str:
    weeks = (at - start) // timedelta(weeks=1)
    if not weeks:
        return _day_and_time(at)
    words = ngettext("%(when)s, %(weeks)d week later", "%(when)s, %(weeks)d weeks later", weeks)
    return words % {"when": _day_and_time(at), "weeks": weeks}


def _last_hour_of_the_week(hours: Hours) -> datetime:
    friday = 5
    day = friday if friday in hours.days else max(hours.days)
    closing = datetime.combine(A_MONDAY + timedelta(days=day - 1), hours.ends, tzinfo=UTC)
    start = closing - AN_HOUR
    return start if is_open(start, hours) else datetime.combine(closing, hours.starts, tzinfo=UTC)


def _day_and_time(moment: datetime) -> str:
    local = moment.astimezone(ZoneInfo("UTC"))
    return f"{formats.date_format(local, 'l')} {formats.time_format(local, 'TIME_FORMAT')}"


def recipient_in_words(touch: TouchRule) -> str:
    return audience_in_words(touch.to, touch.role)


def way_in_words(channel: str) -> str:
    """How it reaches them, where that is no mail."""
    return str(Touch.Channel(channel).label) if channel != Touch.Channel.MAIL else ""


def audience_in_words(to: str, role: str) -> str:
    if to == Touch.To.PARTNER and role:
        label = Contact.Role(role).label
        return _("The partner’s contact for: %(role)s; where there is none, who the playbook talks to") % {
            "role": label
        }
    return str(Touch.To(to).label)


def timing_of(touch: TouchRule) -> Timing:
    return Rule.of(touch).timing
