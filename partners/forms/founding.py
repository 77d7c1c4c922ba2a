"""What a new vendor fills in."""

import secrets
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from partners.addresses import reserved
from partners.countries import country_choices, time_zone_of
from partners.models import Vendor
from partners.places import LANGUAGES
from partners.zones import zone_choices


def _neutral_address() -> str:
    """For a name without a letter an address can hold, in Arabic or Chinese for example: such as vendor-7f3a."""
    address = f"vendor-{secrets.token_hex(2)}"
    return address if not Vendor.objects.filter(slug=address).exists() else f"vendor-{secrets.token_hex(8)}"


class VendorNewForm(forms.Form):
    name = forms.CharField(
        label=_("Your company"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    slug = forms.SlugField(
        label=_("Address"),
        max_length=60,
        required=False,
        help_text=_(
            "Part of the address of your desk and of your application form. Left empty, we make it from the name."
        ),
    )
    country = forms.ChoiceField(label=_("Country"))
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, help_text=_("What your partners read when we do not know theirs.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Left empty, we take the one most people in your country live in."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, list[Any]] = {
            "country": [("", _("Choose a country")), *country_choices(get_language() or "en")],
            "time_zone": [("", "—"), *zone_choices()],
        }
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
            field.choices = values

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "slug" not in self.errors:
            self._settle_address(cleaned)
        cleaned["time_zone"] = cleaned.get("time_zone") or time_zone_of(cleaned.get("country", "")) or "UTC"
        return cleaned

    def _settle_address(self, cleaned: dict[str, Any]) -> None:
        if "name" in self.errors and not cleaned.get("slug"):
            return  # the one thing to mend is the name; the address follows from it
        address = cleaned.get("slug") or slugify(cleaned.get("name", ""))[:60].strip("-") or _neutral_address()
        if address in reserved():
            self.add_error("slug", _("This address is kept for Firstline’s own pages. Choose a different one."))
        elif Vendor.objects.filter(slug=address).exists():
            self.add_error("slug", _("Another company uses this address. Choose a different one."))
        else:
            cleaned["slug"] = address
