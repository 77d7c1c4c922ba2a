"""Putting a step into one's calendar: some times that would do, or a day and a time of one's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Contact
from partners.places import zone
from playbooks.calendar import choosing
from playbooks.calendar.choosing import TimeIsOver
from playbooks.doing import NotTheDoer
from playbooks.pages.acting import Actor, say_not_open, say_whose
from playbooks.pages.later import AT_MOST
from playbooks.reminders import Reminders, day_of
from playbooks.showing import ShownStep
from playbooks.walking import NotYourMove

HALF_HOUR = timedelta(minutes=30)
NOT_BEFORE = timedelta(minutes=10)  # nobody reads, presses and begins sooner
AFTERNOON = time(14)
DAYS_TO_LOOK_AT = 10
SUGGESTIONS = 4
DAY = timedelta(days=1)


class SlotForm(forms.Form):
    """One of the suggested times, ``at``, or a day and a time by the clock where ``contact`` lives."""

    at = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M:%S%z"])
    day = forms.DateField(
        label=gettext_lazy("Which day?"),
        required=False,
        error_messages={"invalid": gettext_lazy("Choose a day from the calendar.")},
    )
    time = forms.TimeField(
        label=gettext_lazy("From when?"),
        required=False,
        error_messages={"invalid": gettext_lazy("Write the time as hours and minutes, such as 14:30.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, contact: Contact, now: datetime) -> None:
        super().__init__(data, auto_id="slot_%s")
        self.contact, self.now = contact, now
        today = now.astimezone(zone(contact.zone_name)).date()
        self.first, self.last = today, today + AT_MOST
        limits = {"min": self.first.isoformat(), "max": self.last.isoformat()}
        self.fields["day"].initial = today + DAY
        self.fields["day"].widget = forms.DateInput(
            attrs={"type": "date", "class": "form-control", **limits}, format="%Y-%m-%d"
        )
        self.fields["time"].widget = forms.TimeInput(attrs={"type": "time", "class": "form-control"}, format="%H:%M")

    @property
    def own(self) -> list[forms.BoundField]:
        return [self["day"], self["time"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors.pop("at", None):  # no button of ours sent that
            self.add_error("day", _("Choose a day."))
        if self.errors:
            return cleaned
        if not cleaned.get("at"):
            self._need_both(cleaned)
        if self.errors:
            return cleaned
        cleaned["starts_at"] = starts_at = cleaned.get("at") or _instant(cleaned["day"], cleaned["time"], self.contact)
        if starts_at <= self.now:
            self.add_error("time", _("That time is over. Choose one that is still to come."))
        elif starts_at.astimezone(zone(self.contact.zone_name)).date() > self.last:
            last = {"day": date_format(self.last, "DATE_FORMAT")}
            self.add_error("day", _("Choose a day until %(day)s: that is two weeks ahead.") % last)
        return cleaned

    def _need_both(self, cleaned: Mapping[str, Any]) -> None:
        if not cleaned.get("day"):
            self.add_error("day", _("Choose a day."))
        if not cleaned.get("time"):
            self.add_error("time", _("Choose a time."))


def _instant(day: date, at: time, contact: Contact) -> datetime:
    """Of a time that the clock there shows twice the first; of one that it skips, as long after the jump."""
    return datetime.combine(day, at.replace(second=0, microsecond=0), tzinfo=zone(contact.zone_name)).astimezone(UTC)


class SlotRefused(Exception):
    """What was chosen is no time to come; ``form`` says why."""

    def __init__(self, form: SlotForm) -> None:
        super().__init__()
        self.form = form


@dataclass(frozen=True)
class Suggestion:
    """A time as it is offered: ``value`` goes back in the form."""

    at: datetime
    contact: Contact
    now: datetime

    @property
    def value(self) -> str:
        return self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")

    @property
    def words(self) -> str:
        where = zone(self.contact.zone_name)
        local, today = localtime(self.at, where), self.now.astimezone(where).date()
        words = {"time": time_format(local, "H:i"), "day": day_of(self.at, self.contact)}
        if local.date() == today:
            return _("Today, %(time)s") % words
        if local.date() == today + DAY:
            return _("Tomorrow, %(time)s") % words
        return _("%(day)s, %(time)s") % words


@dataclass(frozen=True)
class SlotOffer:
    """What a step's page says about the time that was set aside for it, and offers."""

    shown: ShownStep
    contact: Contact
    reminders: Reminders
    now: datetime
    form: SlotForm

    @property
    def starts_at(self) -> datetime | None:
        return self.shown.progress.slot_at

    @property
    def ends_at(self) -> datetime | None:
        return self.starts_at + self._length if self.starts_at else None

    @property
    def _length(self) -> timedelta:
        return timedelta(minutes=self.shown.progress.step.minutes)

    @property
    def is_to_come(self) -> bool:
        return self.starts_at is not None and self.starts_at > self.now

    @property
    def is_now(self) -> bool:
        """Its time runs; a short one is given an hour, as nobody begins to the second."""
        return self.starts_at is not None and self.starts_at <= self.now < self.starts_at + max(
            self._length, 2 * HALF_HOUR
        )

    @property
    def words(self) -> str:
        """ "Thursday, 12 March, 10:00 to 10:15", where the reader lives."""
        if self.starts_at is None or self.ends_at is None:
            return ""
        where = zone(self.contact.zone_name)
        hours = {"from": self.starts_at, "to": self.ends_at}
        written = {name: time_format(localtime(at, where), "H:i") for name, at in hours.items()}
        return _("%(day)s, %(from)s to %(to)s") % {"day": day_of(self.starts_at, self.contact), **written}

    @cached_property
    def suggestions(self) -> list[Suggestion]:
        """Soon, if people work; then the next days' mornings and afternoons, all in the hours in which they work."""
        found = (at for at in self._candidates() if self._fits(at) and at != self.starts_at)
        return [Suggestion(at, self.contact, self.now) for at, _number in zip(found, range(SUGGESTIONS), strict=False)]

    def _candidates(self) -> Iterator[datetime]:
        where, vendor = zone(self.contact.zone_name), self.shown.vendor
        soon = (self.now + NOT_BEFORE).astimezone(where)
        today, midnight = self.now.astimezone(where).date(), datetime.combine(soon, time(0))
        yield self.now + NOT_BEFORE + (midnight - soon.replace(tzinfo=None)) % HALF_HOUR
        for ahead in range(DAYS_TO_LOOK_AT):
            for at in (vendor.day_starts, AFTERNOON):
                yield datetime.combine(today + ahead * DAY, at, tzinfo=where).astimezone(UTC)

    def _fits(self, at: datetime) -> bool:
        """Whether it lies in their working hours from beginning to end, and far enough ahead."""
        ends = at + self._length - timedelta(minutes=1)
        return at >= self.now + NOT_BEFORE and self.reminders.opening(at) == at and self.reminders.opening(ends) == ends


def slot_offer(
    shown: ShownStep, contact: Contact, reminders: Reminders, *, now: datetime, refused: SlotForm | None = None
) -> SlotOffer:
    return SlotOffer(shown, contact, reminders, now, refused or SlotForm(contact=contact, now=now))


def choose_slot(request: HttpRequest, shown: ShownStep, contact: Contact, actor: Actor, *, now: datetime) -> bool:
    """Set aside what was chosen, or take back what was. Says whether it could. Raises ``SlotRefused``."""
    who: dict[str, Any] = {"by": actor.user, "now": now, "actor_name": actor.name}
    if "withdraw" in request.POST:
        return _take_back(request, shown, contact, who)
    form = SlotForm(request.POST, contact=contact, now=now)
    if not form.is_valid():
        raise SlotRefused(form)
    try:
        choosing.set_aside(progress=shown.progress, contact=contact, starts_at=form.cleaned_data["starts_at"], **who)
    except NotTheDoer as refused:
        say_whose(request, refused.doer)
        return False
    except NotYourMove:
        say_not_open(request)
        return False
    except TimeIsOver:
        form.add_error("time", _("That time is over. Choose one that is still to come."))
        raise SlotRefused(form) from None
    return True


def _take_back(request: HttpRequest, shown: ShownStep, contact: Contact, who: dict[str, Any]) -> bool:
    try:
        choosing.take_back(progress=shown.progress, contact=contact, **who)
    except NotTheDoer as refused:
        say_whose(request, refused.doer)
        return False
    return True


def say_slot(request: HttpRequest, offer: SlotOffer) -> None:
    if offer.is_to_come:
        words = {"when": offer.words, "email": offer.contact.email}
        messages.success(request, _("Set aside: %(when)s. The invitation goes to %(email)s.") % words)
    else:
        messages.success(request, _("The time is yours again, and your calendar takes the entry out."))
