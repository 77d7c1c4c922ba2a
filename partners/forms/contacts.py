"""What the desk writes about one of a partner's people."""

from typing import Any

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from partners.models import Contact
from partners.models.addresses import LONGEST_ADDRESS
from partners.phones import validate_phone


class ContactForm(forms.Form):
    """``contact`` is there already: its address stays as it is.

    The page remembers what it was opened with, so that saving writes what was changed on it and leaves alone what
    somebody else changed meanwhile.
    """

    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=LONGEST_ADDRESS)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        validators=[validate_phone],
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    role = forms.ChoiceField(
        label=_("What they do there"),
        choices=Contact.Role.choices,
        help_text=_("Steps of a playbook that are for this role come to them."),
    )

    def __init__(self, data: Any = None, *, contact: Contact | None = None) -> None:
        known = {"name": contact.name, "phone": contact.phone, "role": contact.role} if contact else {}
        super().__init__(data, initial=known or {"role": Contact.Role.SALES})
        if contact:
            del self.fields["email"]
            for field in self.fields.values():
                field.show_hidden_initial = True

    def opened_with(self) -> list[SafeString]:
        """Hidden fields that say what was known when the page was opened."""
        return [field.as_hidden(only_initial=True) for field in self if field.field.show_hidden_initial]

    def changes(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.changed_data}
