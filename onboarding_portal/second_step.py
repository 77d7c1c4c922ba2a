"""The way back for who lost both the phone and the recovery codes: an operator switches the second step off."""

import logging

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from partners.models import User

log = logging.getLogger(__name__)


class NoSecondStep(Exception):
    """Nothing of theirs could be switched off."""


@transaction.atomic
def switch_off(*, user: User, by: str) -> None:
    """Remove the app and the recovery codes of one person, write down who did it, and tell the person by mail.

    Raises ``NoSecondStep``.
    """
    User.objects.select_for_update().get(pk=user.pk)
    removed, _rows = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise NoSecondStep
    log.warning("second step switched off: user=%d by=%s", user.pk, by)
    with translation.override(user.language or settings.LANGUAGE_CODE):
        told = {"page": settings.BASE_URL + reverse("mfa_index"), "ask": settings.HELP_ADDRESS}
        body = _(
            "Whoever runs this Firstline has switched off the code from your app, because they were told that your "
            "phone and your recovery codes are lost. From now on a mailed code or your password lets you in.\n\n"
            "With a new phone, switch it on again: %(page)s\n\n"
            "If you did not ask for this, write to %(ask)s at once."
        )
        EmailMessage(_("The second step is off"), body % told, to=[user.email]).send()
