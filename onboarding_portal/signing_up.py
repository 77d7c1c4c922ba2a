"""What people fill in to sign up. allauth bases its own form on this one, so nothing of allauth is imported here."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from partners.models import User


class SignupFields(forms.Form):
    """What we ask beside the address."""

    field_order = ["name", "email"]

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.language = getattr(request, "LANGUAGE_CODE", "")
        user.save(update_fields=["name", "language"])
