"""The forms for what a vendor does about a step that is done for a partner."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.numbers import NumberField, NumberInput
from partners.working_days import day_of, working_days_after
from playbooks.evidence.fields import asked_on_delivery
from playbooks.evidence.forms import EMPTY, LOST, CheckedFile, EvidenceForm
from playbooks.files.checking import ACCEPTED
from playbooks.models import Handover
from playbooks.offers.items import CURRENCIES, GREATEST_AMOUNT, currency_of
from playbooks.offers.showing import ShownHandover
from playbooks.pages.words import words_field
from playbooks.showing import ShownStep


class AskForm(forms.Form):
    """What the vendor should know, in the partner's own words."""

    words = words_field(gettext_lazy("What we should know"), required=False)
    file = CheckedFile(
        label=gettext_lazy("A file that helps"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED, "class": "form-control"}),
        error_messages={"invalid": LOST, "missing": LOST, "empty": EMPTY},
    )

    def __init__(self, sent: QueryDict | None = None, files: Any = None, **options: Any) -> None:
        super().__init__(sent, files, auto_id="offer-%s", use_required_attribute=False, **options)


class DayForm(forms.Form):
    """On which day it will be done."""

    ready_on = forms.DateField(
        label=gettext_lazy("Ready by"),
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose a day."), "invalid": gettext_lazy("Choose a day.")},
    )
    note = words_field(gettext_lazy("A word along with it"), required=False)


class QuoteForm(DayForm):
    amount = NumberField(
        label=gettext_lazy("Price"),
        min_value=0,
        max_value=GREATEST_AMOUNT,
        max_digits=9,
        decimal_places=2,
        widget=NumberInput({"class": "form-control"}),
        error_messages={"required": gettext_lazy("Write the price; 0 if it costs nothing.")},
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=[(code, code) for code in CURRENCIES],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    field_order = ("amount", "currency", "ready_on", "note")

    def clean(self) -> dict[str, Any]:
        # Whatever is wrong with what was written, one sentence says what to write.
        if "amount" in self.errors and self.data.get("amount", "").strip():
            words = _("Write a price from 0 to %(most)s, with at most two decimals.")
            most = number_format(GREATEST_AMOUNT, force_grouping=True)
            self.errors["amount"] = self.error_class([words % {"most": most}])
        return self.cleaned_data


class DeliverForm(forms.Form):
    note = words_field(gettext_lazy("What there is now, and where they find it"), required=False)


class DeclineForm(forms.Form):
    reason = words_field(
        gettext_lazy("Why can you not do it?"),
        error_messages={"required": gettext_lazy("Say in a few words why, so that they know how to go on.")},
    )


FORMS: dict[str, type[forms.Form]] = {
    "quote": QuoteForm,
    "schedule": DayForm,
    "deliver": DeliverForm,
    "decline": DeclineForm,
}


def forms_for(handed: ShownHandover, *, now: datetime, refused: forms.Form | None = None) -> dict[str, forms.Form]:
    """The forms of the moves that are the vendor's now; ``refused`` is one of them as it was sent."""
    vendor, state = handed.handover.vendor, handed.state
    names = {
        Handover.State.REQUESTED.value: ("quote", "decline"),
        Handover.State.QUOTED.value: ("quote",),
        Handover.State.ACCEPTED.value: ("schedule", "deliver", "decline"),
        Handover.State.SCHEDULED.value: ("deliver", "schedule", "decline"),
        Handover.State.RETURNED.value: ("deliver", "schedule", "decline"),
    }.get(state, ())
    today = day_of(vendor, now)
    by_lead = working_days_after(vendor, today, days=handed.offer.days)
    planned = handed.ready_on if handed.ready_on and handed.ready_on >= today else by_lead
    initial = {"ready_on": planned, "currency": handed.offer.currency or currency_of(vendor.country)}
    if state == Handover.State.QUOTED:
        quoted = handed.handover
        initial |= {"amount": quoted.amount, "currency": quoted.currency, "note": handed.last.note}
    found = {name: FORMS[name](initial=initial, auto_id=f"{name}-%s") for name in names}
    return {name: refused if type(refused) is FORMS[name] else form for name, form in found.items()}


def delivery_form(shown: ShownStep, sent: QueryDict | None = None, files: Any = None) -> EvidenceForm | None:
    """What the step asks for, with what is there already; None where it asks whoever delivers for nothing."""
    asked = asked_on_delivery(shown.progress.step)
    given = {key: row.value for key, row in shown.evidence.items()}
    if shown.handover is not None:
        given |= shown.handover.handover.brought
    return EvidenceForm(sent, files, asked=asked, language=shown.language, given=given) if asked else None
