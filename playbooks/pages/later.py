"""Putting a step off: to tomorrow with one press, or to another day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Contact
from partners.places import zone
from playbooks import putting_off
from playbooks.doing import NotTheDoer
from playbooks.pages.acting import Actor, say_not_open, say_whose
from playbooks.reminders import Reminders, day_and_hour, day_of, reminders_of
from playbooks.showing import ShownStep
from playbooks.walking import NotYourMove

TOMORROW = timedelta(days=1)
AT_MOST = timedelta(days=14)


class LaterForm(forms.Form):
    """Which day: from tomorrow on, at most two weeks ahead, by the calendar where ``contact`` lives."""

    day = forms.DateField(
        label=gettext_lazy("Which day?"),
        error_messages={
            "required": gettext_lazy("Choose a day."),
            "invalid": gettext_lazy("Choose a day from the calendar."),
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, contact: Contact, now: datetime) -> None:
        super().__init__(data)
        today = now.astimezone(zone(contact.zone_name)).date()
        self.first, self.last = today + TOMORROW, today + AT_MOST
        field = self.fields["day"]
        field.initial = self.first
        limits = {"min": self.first.isoformat(), "max": self.last.isoformat()}
        field.widget = forms.DateInput(attrs={"type": "date", "class": "form-control", **limits}, format="%Y-%m-%d")

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day < self.first:
            raise forms.ValidationError(_("Choose a day from tomorrow on."))
        if day > self.last:
            last = {"day": date_format(self.last, "DATE_FORMAT")}
            raise forms.ValidationError(_("Choose a day until %(day)s: that is two weeks ahead.") % last)
        return day


class DayRefused(Exception):
    """What was chosen is no day to be reminded on; ``form`` says why."""

    def __init__(self, form: LaterForm) -> None:
        super().__init__()
        self.form = form


def put_off(request: HttpRequest, shown: ShownStep, contact: Contact, actor: Actor, *, now: datetime) -> bool:
    """Put the step off, to tomorrow where no day was asked for: to when on or after that day mails go. Says whether.

    Raises ``DayRefused``.
    """
    form = LaterForm(request.POST if "day" in request.POST else None, contact=contact, now=now)
    if form.is_bound and not form.is_valid():
        raise DayRefused(form)
    day: date = form.cleaned_data["day"] if form.is_bound else form.first
    reminders = reminders_of(progress=shown.progress, contact=contact, now=now)
    until = reminders.opening(putting_off.morning_of(day, contact=contact, now=now))
    try:
        putting_off.remind_later(
            progress=shown.progress, until=until, by=actor.user, now=now, actor_name=actor.name, contact=contact
        )
    except NotTheDoer as refused:
        say_whose(request, refused.doer)
        return False
    except NotYourMove:
        say_not_open(request)
        return False
    return True


@dataclass(frozen=True)
class Offer:
    """What a step's page says about reminders to ``contact``, and offers: all of it as the engine will act."""

    reminders: Reminders
    contact: Contact
    now: datetime
    form: LaterForm
    is_put_off: bool

    @classmethod
    def of(cls, shown: ShownStep, contact: Contact, *, now: datetime, refused: LaterForm | None = None) -> "Offer":
        reminders = reminders_of(progress=shown.progress, contact=contact, now=now)
        form = refused or LaterForm(contact=contact, now=now)
        return cls(reminders, contact, now, form, shown.is_put_off(now))

    @cached_property
    def first(self) -> datetime:
        """The earliest moment to which one press puts it off."""
        morning = putting_off.morning_of(self.form.first, contact=self.contact, now=self.now)
        return self.reminders.opening(morning)

    @property
    def first_day(self) -> str:
        return day_of(self.first, self.contact)

    @property
    def weekday(self) -> str:
        """Where no mail goes tomorrow: the day that comes instead."""
        local = localtime(self.first, zone(self.contact.zone_name))
        return "" if local.date() == self.form.first else date_format(local, "l")

    @property
    def next_day(self) -> str:
        """When the next reminder goes out; empty where none will."""
        return day_and_hour(self.reminders.next_at, self.contact) if self.reminders.next_at else ""


def say_until(request: HttpRequest, offer: Offer) -> None:
    if offer.reminders.is_off:
        messages.warning(request, _("Put off. Your reminders are off, so no mail will come."))
    elif offer.next_day:
        messages.success(request, _("All right. We remind you on %(day)s.") % {"day": offer.next_day})
    else:
        messages.success(request, _("All right. No reminder is planned for you; the step stays here."))
