"""Signing in: an address is enough, and a code comes by mail. A password is there for who wants to use one."""

from typing import Any

from allauth.account import forms
from allauth.account.fields import PasswordField
from django.utils.translation import gettext_lazy as _

from partners.linking import open_account


class LoginForm(forms.LoginForm):  # type: ignore[misc]
    """allauth's form, with the password as a choice: left empty, a code is mailed."""

    def _setup_password_field(self) -> None:
        self.fields["login"].label = _("E-mail")
        self.fields["password"] = PasswordField(
            label=_("Password"), required=False, show_reset_help=True, autocomplete="current-password"
        )

    def _clean_without_password(self, email: str | None, phone: str | None) -> Any:
        if email:
            open_account(email=email)
        return super()._clean_without_password(email, phone)


class RequestLoginCodeForm(forms.RequestLoginCodeForm):  # type: ignore[misc]
    """allauth's form; a partner's contact needs no invitation to get a code, their address is known."""

    def clean_email(self) -> Any:
        open_account(email=self.cleaned_data["email"])
        return super().clean_email()
