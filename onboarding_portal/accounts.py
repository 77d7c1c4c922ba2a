"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding_portal.wording import OF_ACCOUNTS, OF_SECOND_FACTORS

CODE_PAGES = frozenset(
    {"account_confirm_login_code", "account_confirm_password_reset_code", "account_email_verification_sent"}
)
APP_PAGES = frozenset({"mfa_authenticate", "mfa_reauthenticate"})


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts by e-mail address; mails go through the outbox like every other."""

    @property
    def error_messages(self) -> dict[str, Any]:
        said = {"too_many_login_attempts": _too_many(context.request)}
        return {**DefaultAccountAdapter.error_messages, **OF_ACCOUNTS, **said}

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Whoever signs in by a code came for their step, not to confirm an address: nothing is said of that."""
        by_code = _page(request) == "account_confirm_login_code"
        if by_code and message_template == "account/messages/email_confirmed.txt":
            return
        super().add_message(request, level, message_template, *args, **kwargs)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Codes from an app."""

    error_messages = {**DefaultMFAAdapter.error_messages, **OF_SECOND_FACTORS}


def _too_many(request: HttpRequest) -> Promise:
    """What there was too much of, how long to wait (as allauth's ``RATE_LIMITS`` count), and what to do instead."""
    page = _page(request)
    if page in CODE_PAGES:
        return _("Three wrong codes: this one no longer works. Write your address here, and we mail you a new one.")
    if page in APP_PAGES:
        return _("Too many wrong codes from the app. Wait five minutes, then try again.")
    if request.POST.get("password"):
        return _("Too many wrong passwords for this address. Wait five minutes, or take a mailed code instead.")
    return _("Three codes went to this address within a minute. Look into the mailbox, or wait a minute.")


def _page(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.url_name or "") if match else ""
