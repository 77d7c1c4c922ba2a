"""What the engine asks about the vendors' own systems."""

from collections.abc import Collection

from django.db import connection

from followups.models import Webhook

LOCK = """
    SELECT vendor_id, paused_at IS NULL AND off_at IS NULL FROM followups_webhook
    WHERE vendor_id IN ({places}) ORDER BY id {lock}
"""


def webhooks_among(vendor_ids: Collection[int]) -> dict[int, bool]:
    """Which of the vendors have one, and whether it is on.

    One that is off stays so until the transaction ends: whoever switches it on finds what was put off because of it.
    """
    if not vendor_ids:
        return {}
    found = {hook.vendor_id: hook.is_on for hook in Webhook.objects.filter(vendor__in=vendor_ids)}
    off = sorted(vendor_id for vendor_id, is_on in found.items() if not is_on)
    if not off:
        return found
    lock = "FOR SHARE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(LOCK.format(places=", ".join(["%s"] * len(off)), lock=lock), off)
        return found | {vendor_id: bool(is_on) for vendor_id, is_on in cursor.fetchall()}
