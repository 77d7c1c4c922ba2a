"""The form for what a step offers to do instead of the partner."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from partners.numbers import NumberField, NumberInput
from playbooks.desk.forms import ByLanguage, Row
from playbooks.offers.items import CURRENCIES, GREATEST_AMOUNT, LONGEST_LEAD, TEXTS, Offer, Terms, fingerprint


class OfferForm(ByLanguage):
    """Everything but a first choice may still be missing: publishing says what."""

    LABELS = {
        "does": (_("What you do for them"), _("And what they have at the end. One or two sentences.")),
        "needs": (_("What you need from them"), _("A list, an access, ten minutes on the phone. Nothing? Leave it.")),
    }
    terms = forms.ChoiceField(
        label=_("On what terms?"),
        choices=Terms.choices,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"required": _("Choose one.")},
    )
    amount = NumberField(
        label=_("Price"),
        required=False,
        min_value=0,
        max_value=GREATEST_AMOUNT,
        max_digits=9,
        decimal_places=2,
        widget=NumberInput({"class": "form-control"}),
        help_text=_("Only for “At a price”. Partners see exactly this before they press."),
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        required=False,
        choices=[("", "–"), *((code, code) for code in CURRENCIES)],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": _("Choose one of these currencies.")},
    )
    days = forms.IntegerField(
        label=_("Working days it takes you"),
        required=False,
        min_value=1,
        max_value=LONGEST_LEAD,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text=_("Counted from the moment at which it is agreed, by your working days."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, data: Any = None, *, offer: Offer | None, languages: Sequence[str], currency: str) -> None:
        """``currency`` is what is offered first where none was chosen yet."""
        initial: dict[str, Any] = {"seen": fingerprint(offer), "currency": currency}
        if offer is not None:
            initial |= {"terms": offer.terms, "amount": offer.amount, "days": offer.days or None}
            initial["currency"] = offer.currency or currency
            for code, words in offer.texts.items():
                initial |= {f"{name}_{code}": text for name, text in words.items()}
        super().__init__(data, languages=languages, initial=initial)
        self.add("does", rows=3)
        self.add("needs", rows=3)

    def rows(self) -> list[Row]:
        return [self.row(name) for name in TEXTS]

    def clean(self) -> dict[str, Any]:
        # Whatever is wrong with a number, one sentence says what to write.
        most: dict[str, Decimal | int] = {"amount": GREATEST_AMOUNT, "days": LONGEST_LEAD}
        ranges = {"amount": _("Write a price of at most %(most)s."), "days": _("Write 1 to %(most)s working days.")}
        for name, words in ranges.items():
            if name in self.errors:
                self.errors[name] = self.error_class([words % {"most": number_format(most[name], force_grouping=True)}])
        if self.cleaned_data.get("terms") == Terms.PRICE:
            if not self.cleaned_data.get("amount") and "amount" not in self.errors:
                self.add_error("amount", _("Write the price, or choose other terms."))
            if not self.cleaned_data.get("currency") and "currency" not in self.errors:
                self.add_error("currency", _("A price needs a currency. Choose one."))
        return self.cleaned_data

    def offer(self) -> Offer:
        """As the form has it; its texts are still to be tidied."""
        said = self.cleaned_data
        texts = {code: {name: self.value(name, code) for name in TEXTS} for code in self.languages}
        return Offer(said["terms"], said["days"] or 0, said["amount"], said["currency"], texts)
