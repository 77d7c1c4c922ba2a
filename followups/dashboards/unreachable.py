"""Where no mail can go to somebody: why not, and how to reach them instead."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followups.dashboards.coming import stops_among
from followups.engine.answering import reader_of
from followups.engine.wishes import wishes_among
from followups.models import Suppression, Touch
from partners.isolating import isolated
from partners.models import Contact, Partner
from playbooks.models import Progress

BECAUSE: Final[Mapping[str, Promise]] = {
    Suppression.Reason.UNSUBSCRIBED.value: gettext_lazy("%(person)s unsubscribed on %(day)s."),
    Suppression.Reason.BOUNCED.value: gettext_lazy("Mails to %(address)s have come back since %(day)s."),
    Suppression.Reason.COMPLAINED.value: gettext_lazy("%(person)s marked a mail as spam on %(day)s."),
}


class Unreachable(NamedTuple):
    """Nobody there, or somebody whom no mail reaches; a number only where one is on record."""

    why: str
    person: str
    phone: str = ""

    @property
    def number(self) -> str:
        """As a telephone dials it."""
        return self.phone.replace(" ", "")


def who_hears_nothing(progress: Progress, partner: Partner) -> Unreachable | None:
    """Whom an answer to this step would not reach by mail; None where it does."""
    contact = reader_of(progress)
    if contact is None:
        name = isolated(partner.company)
        return Unreachable(_("Nobody of %(company)s is on record.") % {"company": name}, name, partner.phone)
    why = why_no_mail(contact, partner)
    return Unreachable(why, isolated(contact.name), contact.phone or partner.phone) if why else None


def said_to_nobody(unreachable: Unreachable) -> str:
    """What whoever answered reads then."""
    words = {"why": unreachable.why, "person": unreachable.person, "phone": unreachable.phone}
    if unreachable.phone:
        said = _("Your answer stands on the step’s page, but no mail tells them: %(why)s Call %(person)s: %(phone)s.")
    else:
        said = _(
            "Your answer stands on the step’s page, but no mail tells them: %(why)s Reach %(person)s in another way."
        )
    return said % words


def why_no_mail(contact: Contact, partner: Partner) -> str:
    """Why nothing about their steps is mailed to this person of ``partner``; empty where it is. Two queries."""
    person = isolated(contact.name)
    stops = stops_among(partner.vendor, [contact.email])
    if stop := stops.get(contact.email.lower()):
        day = formats.date_format(timezone.localtime(stop.created_at), "SHORT_DATE_FORMAT")
        return str(BECAUSE[stop.reason]) % {"person": person, "address": contact.email, "day": day}
    if wishes_among([contact.email]).want_none((partner.vendor_id, contact.email.lower()), Touch.To.PARTNER.value):
        return _("%(person)s wants no mails about their own steps.") % {"person": person}
    return ""
