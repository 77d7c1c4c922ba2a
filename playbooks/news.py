"""What changed of late in the playbooks that somebody walks, because they went over to a newer version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Activity
from playbooks.today import Walk

SHOWN_FOR: Final = timedelta(days=14)


@dataclass(frozen=True)
class News:
    enrollment: int
    playbook: str
    at: datetime
    parts: list[tuple[str, list[str]]]  # what happened, and the titles of the steps it happened to
    summary: str


def news_of(walks: Sequence[Walk], *, language: str, now: datetime) -> dict[int, News]:
    """By the key of the enrollment, the newest for each; nothing older than two weeks. One query."""
    running = {walk.enrollment.pk: walk for walk in walks if walk.is_running}
    if not running:
        return {}
    partners = {walk.enrollment.partner_id for walk in running.values()}
    told = Activity.objects.filter(partner__in=partners, kind=Activity.Kind.UPGRADED, at__gt=now - SHOWN_FOR)
    found: dict[int, News] = {}
    for activity in told.order_by("at", "pk"):
        walk = running.get(activity.data.get("enrollment", 0))
        if walk is not None:
            found[walk.enrollment.pk] = _news(walk, activity, language)
    return found


def _news(walk: Walk, activity: Activity, language: str) -> News:
    added, changed, gone = (_titles(activity.data.get(how, []), language) for how in ("added", "changed", "gone"))
    parts = [(_("New"), added), (_("Changed"), changed), (_("Taken out"), gone)]
    counts = [
        ngettext("%(count)s new step", "%(count)s new steps", len(added)) % {"count": len(added)} if added else "",
        ngettext("%(count)s changed", "%(count)s changed", len(changed)) % {"count": len(changed)} if changed else "",
        ngettext("%(count)s taken out", "%(count)s taken out", len(gone)) % {"count": len(gone)} if gone else "",
    ]
    return News(
        enrollment=walk.enrollment.pk,
        playbook=walk.name,
        at=activity.at,
        parts=[(label, titles) for label, titles in parts if titles],
        summary=get_text_list([count for count in counts if count], _("and")) + ".",
    )


def _titles(steps: Sequence[dict[str, Any]], language: str) -> list[str]:
    return [words.get(language) or next(iter(words.values()), "") for words in steps]
