"""Correcting what is known of a partner and of the person its playbook talks to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.countries import language_of, time_zone_of
from partners.inviting import revoke
from partners.linking import link_partners
from partners.models import Activity, Contact, Partner, User
from partners.recording import record_activity
from partners.registering import OtherVendors, take_turns
from partners.signals import contact_readdressed, partner_zone_changed, partners_changed, profiles_changed
from partners.staffing import leads_at

PARTNER_FIELDS: Final = frozenset(
    {"company", "reference", "country", "time_zone", "language", "size", "vertical", "phone", "sponsor", "manager"}
)
PROFILE_FIELDS: Final = frozenset({"size", "country", "vertical"})
ZONE_FIELDS: Final = frozenset({"time_zone", "country"})
CONTACT_FIELDS: Final = {"contact_name": "name", "contact_email": "email"}


class SponsorsInCircle(Exception):
    """The sponsor was itself brought in, directly or not, by this partner."""

    message = _("This partner brought that sponsor in, so it cannot be the other way round.")


class ContactThereAlready(Exception):
    """Another person at this partner has the address."""

    message = _("Somebody else at this partner has this e-mail address.")


class ContactOnRecord(ContactThereAlready):
    """The one whom the playbook is to talk to is on record as somebody of their own, or was once."""

    message = _(
        "Somebody else at this partner has this e-mail address. Open them under People (who had left is added there "
        "anew), and press “Let the playbook talk to them”."
    )


@transaction.atomic
def edit_partner(*, partner: Partner, changes: Mapping[str, Any], by: User, now: datetime) -> Partner:
    """Write what differs, and only that.

    ``changes`` holds values by field of the partner, and ``contact_name`` and ``contact_email`` of its primary
    contact. Raises ``OtherVendors``, ``SponsorsInCircle``, ``ContactOnRecord`` and ``ValidationError``.
    """
    take_turns(partner.vendor)
    locked = Partner.objects.select_for_update(of=("self",), no_key=True)
    partner = locked.select_related("vendor", "manager__user").get(pk=partner.pk)
    led_by = str(partner.manager)
    wanted = {field: changes[field] for field in PARTNER_FIELDS & set(changes)}
    if "country" in wanted and not wanted.get("time_zone"):
        wanted["time_zone"] = time_zone_of(wanted["country"])
    if wanted.get("language") == "":
        wanted["language"] = language_of(wanted.get("country", partner.country))
    _refuse_strangers(partner, wanted)
    told = _write(partner, wanted)
    if "manager" in told:
        names = {"before": led_by, "after": str(partner.manager)}
        record_activity(partner=partner, kind=Activity.Kind.LED, side=Activity.Side.VENDOR, by=by, now=now, **names)
    told |= _edit_contact(partner, changes, by=by, now=now)
    if told:
        auditing.record(vendor=partner.vendor, action="partner.changed", subject=partner, by=by, now=now, changed=told)
        if PROFILE_FIELDS.intersection(told):
            profiles_changed.send(sender=Partner, partner_ids=[partner.pk], now=now)
        partners_changed.send(sender=Partner, vendor=partner.vendor, partner_ids=[partner.pk], now=now)
    if ZONE_FIELDS.intersection(told):
        partner_zone_changed.send(sender=Partner, partner=partner, now=now)
    return partner


def _write(row: Partner | Contact, wanted: Mapping[str, Any]) -> dict[str, list[str]]:
    """Save what differs; says what it was and what it is."""
    differing = {field: value for field, value in wanted.items() if getattr(row, field) != value}
    told = {field: [_word(getattr(row, field)), _word(value)] for field, value in differing.items()}
    for field, value in differing.items():
        setattr(row, field, value)
    if differing:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - set(differing))
        row.save(update_fields=list(differing))
    return told


def _word(value: object) -> str:
    return "" if value is None else str(value.pk if isinstance(value, models.Model) else value)


def _edit_contact(partner: Partner, changes: Mapping[str, Any], *, by: User, now: datetime) -> dict[str, list[str]]:
    wanted = {field: changes[name] for name, field in CONTACT_FIELDS.items() if name in changes}
    if "email" in wanted:
        wanted["email"] = wanted["email"].strip().lower()
    primary = partner.contacts.filter(is_primary=True).first()
    if not wanted or (primary is None and not wanted.get("email")):
        return {}
    others = partner.contacts.exclude(pk=primary.pk if primary else 0)
    if others.filter(email=wanted.get("email", "")).exists():
        raise ContactOnRecord
    if primary is None:
        Contact.objects.create(partner=partner, is_primary=True, created_at=now, **wanted)
        return {name: ["", wanted[field]] for name, field in CONTACT_FIELDS.items()}
    if "email" not in wanted or primary.email == wanted["email"]:
        told = _write(primary, wanted)
    else:
        told = _readdress(primary, wanted, by=by, now=now)
    return {name: told[field] for name, field in CONTACT_FIELDS.items() if field in told}


def _readdress(contact: Contact, wanted: Mapping[str, Any], *, by: User, now: datetime) -> dict[str, list[str]]:
    """Another address may be another person: the login and the invitations of the old one end here."""
    told = _write(contact, {**wanted, "user": None})
    for invitation in contact.invitations.open(now=now).select_related("vendor"):
        revoke(invitation=invitation, by=by, now=now)
    link_partners(partner_ids=[contact.partner_id])
    contact_readdressed.send(sender=Contact, contact=contact, now=now)
    return told


def _refuse_strangers(partner: Partner, wanted: Mapping[str, Any]) -> None:
    manager, sponsor = wanted.get("manager"), wanted.get("sponsor")
    if manager and not leads_at(partner.vendor, manager):
        raise OtherVendors
    if sponsor and sponsor.vendor_id != partner.vendor_id:
        raise OtherVendors
    if sponsor and sponsor.pk != partner.sponsor_id:
        _refuse_circle(partner, sponsor)


def _refuse_circle(partner: Partner, sponsor: Partner) -> None:
    above: Partner | None = sponsor
    seen: set[int] = set()
    while above and above.pk not in seen:  # a circle further up is not this partner's, and no reason to refuse
        if above.pk == partner.pk:
            raise SponsorsInCircle
        seen.add(above.pk)
        above = above.sponsor
