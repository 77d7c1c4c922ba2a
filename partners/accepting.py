"""Accepting signed partners: the moment the 48 hours begin."""

from collections.abc import Collection
from datetime import datetime
from typing import Unpack

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import Activity, Member, Partner, User, Vendor
from partners.recording import record_activities
from partners.registering import PartnerDetails, register_partner
from partners.signals import acceptance_asked, partner_accepted, partners_changed


class PartnerHasLeft(Exception):
    """The partner left the programme; it has to be signed anew before it can be accepted."""

    message = _("This partner has left your programme, so it cannot be accepted.")


class NothingToStart(Exception):
    """A playbook was to start, and the vendor has none that could."""

    message = _("You have no published playbook, so nothing could start. Publish one first, or leave this box empty.")


def starts_something(vendor: Vendor) -> bool:
    """Whether accepting a partner of ``vendor`` starts a playbook; the floor that has them says so."""
    return any(answer for _receiver, answer in acceptance_asked.send(sender=Vendor, vendor=vendor))


@transaction.atomic
def accept(*, partner: Partner, by: User, now: datetime, playbook: str = "") -> Partner:
    """Accept ``partner``, by a person; whatever the floors above start, they start in this transaction.

    ``playbook`` is a playbook's slug; without one the vendor's default starts. Accepting a partner twice changes
    nothing. Raises ``PartnerHasLeft``.
    """
    accepted = accept_all(vendor=partner.vendor, partner_ids=[partner.pk], by=by, now=now, playbook=playbook)
    found = accepted[0] if accepted else Partner.objects.select_related("vendor").get(pk=partner.pk)
    if found.state == Partner.State.LEFT:
        raise PartnerHasLeft
    return found


@transaction.atomic
def accept_all(
    *, vendor: Vendor, partner_ids: Collection[int], by: User, now: datetime, playbook: str = ""
) -> list[Partner]:
    """As ``accept``, for all of these partners of ``vendor`` that are signed: the others are left as they are.

    As many queries for a thousand as for one; whoever has more hands them over in batches. Returns who was accepted.
    """
    signed = Partner.objects.of(vendor).filter(pk__in=partner_ids, state=Partner.State.SIGNED).order_by("pk")
    partners = list(signed.select_for_update(of=("self",), no_key=True))
    if not partners:
        return []
    for partner in partners:
        partner.vendor = vendor
        partner.state, partner.accepted_at, partner.accepted_by = Partner.State.ACCEPTED, now, by
    keys = [partner.pk for partner in partners]
    Partner.objects.filter(pk__in=keys).update(state=Partner.State.ACCEPTED, accepted_at=now, accepted_by=by)
    record_activities(partner_ids=keys, kind=Activity.Kind.ACCEPTED, side=Activity.Side.VENDOR, by=by, now=now)
    auditing.record_each(vendor=vendor, action="partner.accepted", subjects=partners, by=by, now=now)
    partner_accepted.send(sender=Partner, vendor=vendor, partners=partners, playbook=playbook, by=by, now=now)
    partners_changed.send(sender=Partner, vendor=vendor, partner_ids=keys, now=now)
    return partners


@transaction.atomic
def register_and_accept(
    *,
    vendor: Vendor,
    company: str,
    contact_name: str,
    contact_email: str,
    manager: Member,
    by: User,
    now: datetime,
    **details: Unpack[PartnerDetails],
) -> Partner:
    """A new partner that is accepted in the same moment: both, or neither. Raises what ``register_partner`` raises."""
    partner = register_partner(
        vendor=vendor,
        company=company,
        contact_name=contact_name,
        contact_email=contact_email,
        manager=manager,
        by=by,
        now=now,
        **details,
    )
    return accept(partner=partner, by=by, now=now)
