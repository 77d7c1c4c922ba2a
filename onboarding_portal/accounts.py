"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter

from onboarding_portal.wording import OF_ACCOUNTS, OF_SECOND_FACTORS


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts by e-mail address; mails go through the outbox like every other."""

    error_messages = {**DefaultAccountAdapter.error_messages, **OF_ACCOUNTS}


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Codes from an app."""

    error_messages = {**DefaultMFAAdapter.error_messages, **OF_SECOND_FACTORS}
