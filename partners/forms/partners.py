"""What the desk writes about a partner."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from partners.accepting import NothingToStart, starts_something
from partners.countries import country_choices
from partners.models import Member, Partner, Vendor
from partners.models.addresses import LONGEST_ADDRESS
from partners.models.partner import company_key
from partners.phones import validate_phone
from partners.places import LANGUAGES
from partners.zones import zone_choices


class PartnerForm(forms.Form):
    company = forms.CharField(label=_("Company"), max_length=200)
    is_another = forms.BooleanField(label=_("This is another company of the same name"), required=False)
    contact_name = forms.CharField(label=_("Name"), max_length=150)
    contact_email = forms.EmailField(label=_("E-mail"), max_length=LONGEST_ADDRESS)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        validators=[validate_phone],
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    country = forms.ChoiceField(label=_("Country"))
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    size = forms.ChoiceField(label=_("Size"), required=False, choices=[("", _("Not known")), *Partner.Size.choices])
    vertical = forms.CharField(
        label=_("Vertical"),
        max_length=80,
        required=False,
        help_text=_("Whom they work for or what they do. Playbooks can ask for it: always write it the same way."),
    )
    reference = forms.CharField(
        label=_("Your reference"),
        max_length=80,
        required=False,
        help_text=_("The number by which your other systems know this partner."),
    )
    sponsor = forms.CharField(
        label=_("Who brought them in?"),
        required=False,
        max_length=254,
        help_text=_("The company or e-mail address of one of your partners. Leave it empty if nobody did."),
    )
    manager = forms.ModelChoiceField(label=_("Who is responsible?"), queryset=Member.objects.none(), empty_label=None)
    start_now = forms.BooleanField(
        label=_("Start the playbook now"),
        required=False,
        initial=True,
        help_text=_(
            "You accept the partner with this: a welcome goes out by mail, and reminders follow as your cadence says."
        ),
    )

    def __init__(self, *args: Any, vendor: Vendor, partner: Partner | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor
        self.partner = partner
        self.has_namesake = False  # whether the box for another company of the name is worth showing
        self._choices("country", country_choices(get_language() or vendor.language))
        self._choices(
            "time_zone", [("", _("As in the country")), *zone_choices(also=partner.time_zone if partner else "")]
        )
        self._choices("language", [("", _("As in the country")), *LANGUAGES])
        manager = self.fields["manager"]
        assert isinstance(manager, forms.ModelChoiceField)  # noqa: S101 - tells the type checker
        leaders = Member.objects.of(vendor).who_lead()
        manager.queryset = leaders.select_related("user").order_by("user__name", "pk")
        self.can_start = partner is None and starts_something(vendor)
        if partner:
            del self.fields["start_now"]
        elif not self.can_start:
            self._offer_no_start()

    def _offer_no_start(self) -> None:
        start = self.fields["start_now"]
        start.initial = False
        start.widget.attrs["disabled"] = True  # the field itself is not: a tick that comes all the same is answered
        start.help_text = _("You have no published playbook yet, so nothing could start. They wait as signed.")

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = choices

    def _others(self) -> Any:
        return Partner.objects.of(self.vendor).exclude(pk=self.partner.pk if self.partner else 0)

    def clean_sponsor(self) -> Partner | None:
        text = self.cleaned_data["sponsor"].strip()
        if not text:
            return None
        found = list(self._others().called(text)[:2])
        if not found:
            raise ValidationError(_("None of your partners has this company name or e-mail address."))
        if len(found) > 1:
            current = self.partner.sponsor if self.partner else None
            if current in found:
                return current
            raise ValidationError(_("Several partners are called this. Use the e-mail address."))
        sponsor: Partner = found[0]
        return sponsor

    def clean_reference(self) -> str:
        reference: str = self.cleaned_data["reference"].strip()
        taken = self._others().filter(reference=reference).first() if reference else None
        if taken:
            raise ValidationError(_("%(company)s has this reference already."), params={"company": taken.company})
        return reference

    def clean_start_now(self) -> bool:
        if self.cleaned_data["start_now"] and not self.can_start:
            raise ValidationError(NothingToStart.message)
        return bool(self.cleaned_data["start_now"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        key = company_key(cleaned.get("company", ""))
        renamed = not self.partner or self.partner.company_key != key
        self.has_namesake = bool(key) and renamed and self._others().filter(company_key=key).exists()
        if self.has_namesake and not cleaned.get("is_another"):
            self.add_error(
                "company", _("You have a partner of this name. If this is another company, tick the box below.")
            )
        return cleaned

    def details(self) -> dict[str, Any]:
        """The fields that belong to the partner and its contact."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"is_another", "start_now"}}
