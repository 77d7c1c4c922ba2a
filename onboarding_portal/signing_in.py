"""Signing in: an address is enough, and a code comes by mail. A password is there for who wants to use one."""

from allauth.account import forms
from allauth.account.fields import PasswordField
from django.utils.translation import gettext_lazy as _


class LoginForm(forms.LoginForm):  # type: ignore[misc]
    """allauth's form, with the password as a choice: left empty, a code is mailed."""

    def _setup_password_field(self) -> None:
        self.fields["login"].label = _("E-mail")
        self.fields["password"] = PasswordField(
            label=_("Password"), required=False, show_reset_help=True, autocomplete="current-password"
        )
