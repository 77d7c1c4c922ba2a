"""Signing in: an address is enough, and a code comes by mail. A password is there for who wants to use one."""

from typing import Any

from allauth.account import forms
from allauth.account.fields import PasswordField
from allauth.core import context
from django.utils.translation import gettext_lazy as _

from onboarding_portal.wording import OurLabels
from partners.linking import open_account


class LoginForm(OurLabels, forms.LoginForm):  # type: ignore[misc]
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


class RequestLoginCodeForm(OurLabels, forms.RequestLoginCodeForm):  # type: ignore[misc]
    """allauth's form; a partner's contact needs no invitation to get a code, their address is known.

    A link in a mail may say which address it was sent to, so that nobody has to write it again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if context.request is not None:
            self.fields["email"].initial = context.request.GET.get("email", "")

    def clean_email(self) -> Any:
        open_account(email=self.cleaned_data["email"])
        return super().clean_email()
