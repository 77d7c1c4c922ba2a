"""What applicants fill in, and what the desk writes about them."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from partners.countries import country_choices
from partners.models import Member, Partner, Vendor
from partners.models.addresses import LONGEST_ADDRESS
from partners.phones import validate_phone
from partners.places import LANGUAGES


class ApplicationForm(forms.Form):
    company = forms.CharField(label=_("Company"), max_length=200)
    contact_name = forms.CharField(
        label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail"), max_length=LONGEST_ADDRESS, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        validators=[validate_phone],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    country = forms.ChoiceField(label=_("Country"))
    language = forms.ChoiceField(label=_("Language you want to work in"), choices=LANGUAGES)
    size = forms.ChoiceField(
        label=_("How many people work with you?"),
        required=False,
        choices=[("", _("I would rather not say")), *Partner.Size.choices],
    )
    motivation = forms.CharField(
        label=_("What do you want out of it?"),
        required=False,
        max_length=4000,
        help_text=_("In your own words. We come back to it when we talk."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    # People never see this field; what fills it in is no person.
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)  # noqa: S101 - tells the type checker
        country.choices = country_choices(get_language() or vendor.language)
        country.initial = vendor.country

    @property
    def is_from_a_machine(self) -> bool:
        return bool(self.data.get("website"))

    def answers(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "website"}


class ConversationForm(forms.Form):
    interviewer = forms.ModelChoiceField(
        queryset=Member.objects.none(), label=_("Who talked with them?"), empty_label=None
    )
    held_at = forms.DateTimeField(
        label=_("When?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    notes = forms.CharField(
        label=_("What did you hear?"),
        max_length=10000,
        help_text=_("What they want, what they bring, what worries you. Your team reads this; the applicant does not."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        interviewer = self.fields["interviewer"]
        assert isinstance(interviewer, forms.ModelChoiceField)  # noqa: S101 - tells the type checker
        interviewer.queryset = Member.objects.of(vendor).select_related("user").order_by("user__name", "pk")


class AcceptForm(forms.Form):
    sponsor = forms.CharField(
        label=_("Who brought them in?"),
        required=False,
        max_length=254,
        help_text=_("The company or e-mail address of one of your partners. Leave it empty if nobody did."),
    )

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor

    def clean_sponsor(self) -> Partner | None:
        text = self.cleaned_data["sponsor"].strip()
        if not text:
            return None
        found = list(Partner.objects.of(self.vendor).called(text)[:2])
        if not found:
            raise forms.ValidationError(_("None of your partners has this company name or e-mail address."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several partners are called this. Use the e-mail address."))
        return found[0]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only your team sees it."),
    )
