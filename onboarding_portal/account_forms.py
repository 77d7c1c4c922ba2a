"""allauth's forms under our labels."""

from allauth.account import forms

from onboarding_portal.wording import OurLabels


class SignupForm(OurLabels, forms.SignupForm):  # type: ignore[misc]
    """Starting a programme."""


class ResetPasswordForm(OurLabels, forms.ResetPasswordForm):  # type: ignore[misc]
    """Asking for a code to choose a new password."""


class ResetPasswordKeyForm(OurLabels, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Choosing it."""


class ChangePasswordForm(OurLabels, forms.ChangePasswordForm):  # type: ignore[misc]
    """Exchanging a password."""


class SetPasswordForm(OurLabels, forms.SetPasswordForm):  # type: ignore[misc]
    """Setting a first one."""


class AddEmailForm(OurLabels, forms.AddEmailForm):  # type: ignore[misc]
    """Another address to sign in with."""
