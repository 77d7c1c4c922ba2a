"""Accepting a signed partner: the moment the 48 hours begin."""

from datetime import datetime
from typing import Unpack

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import Activity, Member, Partner, User, Vendor
from partners.recording import record_activity
from partners.registering import PartnerDetails, register_partner
from partners.signals import partner_accepted, partners_changed


class PartnerHasLeft(Exception):
    """The partner left the programme; it has to be signed anew before it can be accepted."""

    message = _("This partner has left your programme, so it cannot be accepted.")


@transaction.atomic
def accept(*, partner: Partner, by: User, now: datetime, playbook: str = "") -> Partner:
    """Accept ``partner``, by a person; whatever the floors above start, they start in this transaction.

    ``playbook`` is a playbook's slug; without one the vendor's default starts. Accepting a partner twice changes
    nothing. Raises ``PartnerHasLeft``.
    """
    partner = Partner.objects.select_for_update(of=("self",), no_key=True).select_related("vendor").get(pk=partner.pk)
    if partner.state == Partner.State.LEFT:
        raise PartnerHasLeft
    if partner.state == Partner.State.ACCEPTED:
        return partner
    partner.state = Partner.State.ACCEPTED
    partner.accepted_at = now
    partner.accepted_by = by
    partner.save(update_fields=["state", "accepted_at", "accepted_by"])
    record_activity(partner=partner, kind=Activity.Kind.ACCEPTED, side=Activity.Side.VENDOR, by=by, now=now)
    auditing.record(vendor=partner.vendor, action="partner.accepted", subject=partner, by=by, now=now)
    partner_accepted.send(sender=Partner, partner=partner, playbook=playbook, by=by, now=now)
    partners_changed.send(sender=Partner, vendor=partner.vendor, partner_ids=[partner.pk], now=now)
    return partner


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
