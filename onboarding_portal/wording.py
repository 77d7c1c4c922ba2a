"""What Django's and allauth's forms say, in our words: what happened, and what to do next."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.validators import EmailValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BY_FIELD: Final[Mapping[type[forms.Field], Mapping[str, Promise]]] = {
    forms.Field: {"required": _("Please fill this in.")},
    forms.DateField: {"invalid": _("Write a day that exists, such as 2026-06-30.")},
    forms.IntegerField: {"invalid": _("Write a whole number.")},
    forms.ChoiceField: {"invalid_choice": _("Choose one of those that are listed.")},
    forms.FileField: {
        "required": _("Choose a file first."),
        "empty": _("This file is empty. Choose another one."),
    },
}
WRONG_CODE: Final = _("That is not the code. Type the one from the newest mail, or have a new one sent.")
OF_ACCOUNTS: Final[Mapping[str, Promise]] = {
    "account_inactive": _("This account is closed. Ask whoever runs your programme."),
    "email_password_mismatch": _("Address and password do not fit together. Try again, or have a code mailed to you."),
    "email_taken": _("This address belongs to another account already. Use another one, or sign in with it."),
    "enter_current_password": _("Write the password that you have now."),
    "incorrect_code": WRONG_CODE,
    "incorrect_password": _("That is not your password. Try again, or have a code mailed to you."),
    "invalid_login": _("We could not sign you in. Check the address, or have a code mailed to you."),
    "invalid_password_reset": _("This no longer works. Ask for a new code."),
    "same_as_current": _("This is what you have now. Write a new one, or leave it as it is."),
    "too_many_login_attempts": _("Too many tries in a row. Wait a few minutes, or have a code mailed to you."),
    "rate_limited": _("That was a lot at once. Wait a few minutes and try again."),
    "unknown_email": _("We know no account with this address. Perhaps you were invited under another one."),
}
OF_SECOND_FACTORS: Final[Mapping[str, Promise]] = {
    "incorrect_code": _("That is not the code. Type the one that your app shows now."),
}
LABELS: Final[Mapping[str, Promise]] = {
    "email": _("E-mail"),
    "oldpassword": _("The password you have now"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
}
PASSWORD_RULE: Final = _("At least ten characters, and none that many people use, or that is your name or address.")


def speak() -> None:
    """Before any form is made: fields take their messages from their class."""
    for field, messages in BY_FIELD.items():
        said: dict[str, Any] = {**field.__dict__.get("default_error_messages", {}), **messages}
        field.default_error_messages = said
    EmailValidator.message = _("Write an address such as name@company.com.")


class OurLabels:
    """Beside a form of allauth's: our labels, and no placeholder that says the label again."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in LABELS:
                field.label = str(LABELS[name])
            field.widget.attrs.pop("placeholder", None)
            if name == "password1":
                field.help_text = PASSWORD_RULE
