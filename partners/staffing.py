"""The vendor's staff: who may do what, and who leads whom when somebody leaves."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import Activity, Member, Partner, User, Vendor
from partners.recording import record_activities
from partners.signals import partners_changed


class LastOwner(Exception):
    """Somebody has to own the vendor's account."""

    message = _("This is the last owner. Make somebody else an owner first.")


class SuccessorMissing(Exception):
    """They lead partners, and no partner is ever without a person who leads it."""

    message = _("They lead partners. Choose who takes them over.")


@transaction.atomic
def change_role(*, member: Member, role: str, by: User, now: datetime, successor: Member | None = None) -> Member:
    """Give a member another role; a new viewer's partners go to ``successor``.

    Raises ``LastOwner`` and ``SuccessorMissing``.
    """
    member = _lock(member)
    role, before = Member.Role(role), member.role
    if role == before:
        return member
    _keep_an_owner(member)
    if role == Member.Role.VIEWER:
        hand_over(member=member, successor=successor, by=by, now=now)
    member.role = role
    member.save(update_fields=["role"])
    auditing.record(
        vendor=member.vendor, action="member.role_changed", subject=member, by=by, now=now, before=before, after=role
    )
    return member


@transaction.atomic
def remove_member(*, member: Member, by: User, now: datetime, successor: Member | None = None) -> None:
    """Let a member go; in the same moment their partners are led by ``successor``.

    Raises ``LastOwner`` and ``SuccessorMissing``. Removing twice changes nothing.
    """
    member = _lock(member)
    if member.left_at is not None:
        return
    _keep_an_owner(member)
    hand_over(member=member, successor=successor, by=by, now=now)
    member.left_at = now
    member.save(update_fields=["left_at"])
    auditing.record(vendor=member.vendor, action="member.removed", subject=member, by=by, now=now)


@transaction.atomic
def hand_over(*, member: Member, successor: Member | None, by: User, now: datetime) -> int:
    """Every partner that ``member`` leads is led by ``successor`` from now on; says how many.

    Where ``member`` was deputy, nobody is. Raises ``SuccessorMissing`` when there are partners and the successor
    is nobody, a viewer, from elsewhere, gone, or the same person.
    """
    led = list(Partner.objects.of(member.vendor).filter(manager=member).values_list("pk", flat=True))
    Partner.objects.of(member.vendor).filter(deputy=member).update(deputy=None)
    if not led:
        return 0
    if successor is None or successor == member or not leads_at(member.vendor, successor):
        raise SuccessorMissing
    taken = Partner.objects.filter(manager=member)
    taken.filter(deputy=successor).update(deputy=None)
    taken.update(manager=successor)
    names = {"before": str(member), "after": str(successor)}
    record_activities(partner_ids=led, kind=Activity.Kind.LED, side=Activity.Side.VENDOR, by=by, now=now, **names)
    auditing.record(
        vendor=member.vendor,
        action="partners.handed_over",
        subject=member,
        by=by,
        now=now,
        to=str(successor),
        count=len(led),
    )
    partners_changed.send(sender=Partner, vendor=member.vendor, partner_ids=led, now=now)
    return len(led)


def _lock(member: Member) -> Member:
    Vendor.objects.select_for_update(no_key=True).get(pk=member.vendor_id)  # one change of staff at a time
    return Member.objects.select_related("vendor", "user").get(pk=member.pk)


def _keep_an_owner(member: Member) -> None:
    if is_last_owner(member):
        raise LastOwner


def is_last_owner(member: Member) -> bool:
    """Whether nobody else owns the vendor's account; ask it when it is your turn to change the staff."""
    owners = Member.objects.filter(vendor=member.vendor_id, left_at=None, role=Member.Role.OWNER)
    return member.role == Member.Role.OWNER and not owners.exclude(pk=member.pk).exists()


def leads_at(vendor: Vendor, member: Member) -> bool:
    """Whether ``member`` can be responsible for partners now; ask it when it is your turn to change the staff."""
    return Member.objects.of(vendor).who_lead().filter(pk=member.pk).exists()
