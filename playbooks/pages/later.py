"""Putting a step off: to tomorrow with one press, or to another day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Contact
from partners.places import zone
from playbooks import walking
from playbooks.pages.acting import Actor, say_not_open
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


def put_off(request: HttpRequest, shown: ShownStep, contact: Contact, actor: Actor, *, now: datetime) -> date | None:
    """Put the step off, to tomorrow where no day was asked for; says to which day. Raises ``DayRefused``."""
    form = LaterForm(request.POST if "day" in request.POST else None, contact=contact, now=now)
    if form.is_bound and not form.is_valid():
        raise DayRefused(form)
    day: date = form.cleaned_data["day"] if form.is_bound else form.first
    until = walking.morning_of(day, contact=contact, now=now)
    try:
        walking.remind_later(progress=shown.progress, until=until, by=actor.user, now=now, actor_name=actor.name)
    except NotYourMove:
        say_not_open(request)
        return None
    return day


def say_until(request: HttpRequest, day: date) -> None:
    words = _("All right. We remind you from %(day)s on, in working hours.")
    messages.success(request, words % {"day": f"{date_format(day, 'l')}, {date_format(day, 'DATE_FORMAT')}"})
