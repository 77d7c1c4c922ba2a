"""Addresses that a mail server called unknown: dead for every vendor, until somebody lifts it."""

from datetime import datetime

from followups.models import Suppression


def suppress_bounced(*, address: str, now: datetime) -> None:
    """No reminder goes there any more. Twice does nothing twice."""
    Suppression.objects.get_or_create(
        vendor=None,
        address=address.lower(),
        lifted_at=None,
        defaults={"reason": Suppression.Reason.BOUNCED, "created_at": now},
    )


def lift_bounce(*, address: str, now: datetime) -> bool:
    """Write there again; an unsubscription or a complaint stays. Says whether there was anything to lift."""
    in_force = Suppression.objects.filter(address=address.strip().lower(), lifted_at=None)
    return bool(in_force.filter(reason=Suppression.Reason.BOUNCED).update(lifted_at=now))
