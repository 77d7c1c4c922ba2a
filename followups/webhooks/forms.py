"""The address of a vendor's own system, as an owner types it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from followups.webhooks.addresses import LONGEST, AddressRefused, parse


class AddressForm(forms.Form):
    address = forms.CharField(
        label=_("Address"),
        max_length=LONGEST,
        help_text=_("It begins with https:// and is open to all on the internet, on port 443 or from 1024 on."),
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/hooks/firstline", "autocomplete": "off"}),
    )

    def clean_address(self) -> Any:
        address = self.cleaned_data["address"]
        try:
            parse(address)
        except AddressRefused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return address


class AgainForm(forms.Form):
    """Which delivery is to be posted again."""

    message = forms.IntegerField(min_value=1, max_value=2**63 - 1)
