"""Form fields for by when a step is wanted."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from playbooks.paths.due import MOST_DAYS, MOST_HOURS, Due, Since, Unit

SELECT = {"class": "form-select"}
CONTROL = {"class": "form-control"}
PARTS = ("since", "amount", "unit", "time", "day")


class DueFields(forms.Form):
    today: date | None = None  # without it no date counts as past

    due_since = forms.ChoiceField(label=gettext_lazy("Counted from"), required=False, widget=forms.Select(attrs=SELECT))
    due_amount = forms.IntegerField(
        label=gettext_lazy("How long after"),
        required=False,
        min_value=0,
        max_value=MOST_HOURS,
        widget=forms.NumberInput(attrs=CONTROL),
    )
    due_unit = forms.ChoiceField(
        label=gettext_lazy("Hours or days"),
        choices=[(Unit.DAYS, Unit.DAYS.label), (Unit.HOURS, Unit.HOURS.label)],
        required=False,
        widget=forms.Select(attrs=SELECT),
    )
    due_time = forms.ChoiceField(
        label=gettext_lazy("Which time counts"),
        choices=[
            ("working", gettext_lazy("working time")),
            ("clock", gettext_lazy("the clock")),
        ],
        required=False,
        widget=forms.Select(attrs=SELECT),
    )
    due_day = forms.DateField(
        label=gettext_lazy("Date"),
        required=False,
        widget=forms.DateInput(attrs={**CONTROL, "type": "date"}, format="%Y-%m-%d"),
    )

    def add_due(self, due: Due | None, steps: Sequence[tuple[str, str]]) -> None:
        """``steps`` are the keys and titles of those that it may count from."""
        choices: list[tuple[str, str]] = [
            ("", _("nothing")),
            ("start", _("the start of the playbook")),
        ]
        choices += [("date", _("a date"))]
        choices += [(f"step/{key}", _("when “%(title)s” is done") % {"title": title}) for key, title in steps]
        if due is not None and due.step and due.step not in dict(steps):
            choices.append((f"step/{due.step}", _("%(key)s (no longer there)") % {"key": due.step}))
        self.fields["due_since"].choices = choices  # type: ignore[attr-defined]
        if due is not None:
            self.initial.update(
                {
                    "due_since": f"step/{due.step}" if due.step else str(due.since),
                    "due_amount": None if due.since == Since.DATE else due.amount,
                    "due_unit": due.unit,
                    "due_time": "working" if due.is_working else "clock",
                    "due_day": due.day,
                }
            )

    def due_fields(self) -> list[BoundField]:
        return [self[f"due_{part}"] for part in PARTS]

    def clean(self) -> dict[str, Any]:
        super().clean()
        since = self.cleaned_data.get("due_since")
        if since == Since.DATE:
            self._check_day()
            if self._is_typed("due_amount"):
                message = _("A date counts from nothing. Empty this, or choose what it counts from.")
                self.add_error("due_amount", ValidationError(message))
        elif since:
            self._check_amount()
            if self._is_typed("due_day"):
                message = _("The date does not count like this. Empty it, or choose “a date” above.")
                self.add_error("due_day", ValidationError(message))
        elif since == "" and (self._is_typed("due_amount") or self._is_typed("due_day")):
            self.add_error("due_since", ValidationError(_("Counted from what? Choose it, or empty the rest.")))
        return self.cleaned_data

    def _is_typed(self, name: str) -> bool:
        """And not what was stored, which stays in the form, out of sight, when something else is chosen."""
        return self.cleaned_data.get(name) is not None and name in self.changed_data

    def _check_day(self) -> None:
        day = self.cleaned_data.get("due_day")
        if day is None and "due_day" not in self.errors:
            self.add_error("due_day", ValidationError(_("Say which date.")))
        elif day is not None and self.today is not None and day < self.today and self._is_typed("due_day"):
            self.add_error("due_day", ValidationError(_("That day is over. Choose a date to come.")))

    def _check_amount(self) -> None:
        amount = self.cleaned_data.get("due_amount")
        if amount is None and "due_amount" not in self.errors:
            self.add_error("due_amount", ValidationError(_("Say how long after.")))
        elif amount is not None and amount > MOST_DAYS and self.cleaned_data.get("due_unit") != Unit.HOURS:
            message = _("That is more than a year. Choose at most %(most)d days.")
            self.add_error("due_amount", ValidationError(message % {"most": MOST_DAYS}))

    def due(self) -> Due | None:
        said = self.cleaned_data
        since, _slash, step = said["due_since"].partition("/")
        if not since:
            return None
        is_working = said["due_time"] != "clock"
        if since == Since.DATE:
            return Due(Since.DATE, is_working, day=said["due_day"])
        return Due(since, is_working, said["due_amount"], said["due_unit"] or Unit.DAYS, step)
