"""By when a step is wanted."""

from datetime import datetime

from django import template

from partners.places import zone
from playbooks.models import Progress
from playbooks.paths import wanted as words

register = template.Library()


@register.filter
def wanted(progress: Progress, now: datetime) -> str:
    """Where the partner lives; ``progress`` is read with its partner and vendor."""
    return words.wanted(progress, where=zone(progress.enrollment.partner.zone_name), now=now)
