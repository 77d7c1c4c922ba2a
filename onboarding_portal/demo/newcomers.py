"""Who has just been accepted when the demo is started again: the same people each time, as long as nobody met them.

A newcomer whom nobody has dealt with is forgotten, with the reminders that went to them, and comes in anew. One who
did something, or to whom somebody did, stays as they are.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from followups.models import FollowUp, Message
from onboarding_portal.demo.cast import NEWCOMERS, Company
from onboarding_portal.demo.stories import newcomers_awake
from partners.models import Activity, Contact, Partner, Vendor

# What happens to everybody who is accepted.
ORDINARY = (Activity.Kind.SIGNED, Activity.Kind.ACCEPTED, Activity.Kind.STARTED)
ENOUGH = 2


def make_room(vendor: Vendor, *, now: datetime) -> list[Company]:
    """The companies that may come in now, from a place where people work; those who did before are forgotten."""
    there = _there(vendor)
    untouched = {partner.company: partner for partner in _untouched(there.values())}
    free = [
        [company for company in them if company.email not in there or company.name in untouched]
        for them in newcomers_awake(now)
    ]
    arriving = max(free, key=lambda them: (min(len(them), ENOUGH), sum(c.name in untouched for c in them)), default=[])
    for company in arriving:
        if company.name in untouched:
            _forget(untouched[company.name])
    return arriving


def _there(vendor: Vendor) -> dict[str, Partner]:
    """The newcomers who came in before, by their address."""
    emails = [company.email for company in NEWCOMERS]
    contacts = Contact.objects.filter(email__in=emails, partner__vendor=vendor).select_related("partner")
    return {contact.email: contact.partner for contact in contacts}


def _untouched(partners: Iterable[Partner]) -> QuerySet[Partner]:
    """Those of whom nothing is known but that they came in, and who still carry the name they came with."""
    met = Activity.objects.exclude(kind__in=ORDINARY)
    names = [company.name for company in NEWCOMERS]
    among = Partner.objects.filter(pk__in=[partner.pk for partner in partners], company__in=names, reference="")
    alone = among.filter(orders=None, customers=None, first_line=None, sponsor=None, deputy=None)
    known = alone.exclude(pk__in=met.values("partner")).annotate(people=Count("contacts", distinct=True))
    return known.filter(people=1).exclude(Q(contacts__user__isnull=False) | Q(contacts__invitations__isnull=False))


def _forget(partner: Partner) -> None:
    """Remove the partner and the reminders about it, so that no cap counts what was sent before."""
    followups = FollowUp.objects.filter(partner=partner, message__isnull=False)
    messages = [*followups.values_list("message", flat=True)]
    messages += Message.objects.filter(contact__partner=partner).values_list("pk", flat=True)
    partner.delete()
    Message.objects.filter(pk__in=messages, followups=None).delete()
