"""What the commands of all apps have in common."""

from django.core.management.base import CommandError

from partners.models import Vendor

NAMED = 10


def vendor_at(slug: str) -> Vendor:
    """The vendor at an address that somebody typed. Raises ``CommandError``, with the addresses there are."""
    vendor = Vendor.objects.filter(slug=slug).first()
    if vendor is None:
        known = list(Vendor.objects.order_by("slug").values_list("slug", flat=True)[: NAMED + 1])
        there = ", ".join(known[:NAMED]) + (" …" if len(known) > NAMED else "")
        raise CommandError(f"There is no vendor “{slug}”. There are: {there or 'none yet'}.")
    return vendor
