"""By when a step in play is wanted, in words for whoever reads of it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from playbooks.models import Progress
from playbooks.paths.due import due_of


def wanted(progress: Progress, *, where: ZoneInfo, now: datetime) -> str:
    """“by Thursday, 3 December”, “was due on Thursday, 3 December”; empty where nothing is wanted, or no longer."""
    if progress.due_at is None or not progress.is_in_play:
        return ""
    said = _("was due on %(day)s") if is_late(progress, now=now) else _("by %(day)s")
    return said % {"day": _day(progress, where)}


def is_late(progress: Progress, *, now: datetime) -> bool:
    return progress.is_in_play and progress.due_at is not None and progress.due_at < now


def _day(progress: Progress, where: ZoneInfo) -> str:
    """With the hour where hours were asked for; a number of days ends with the last of them."""
    assert progress.due_at is not None  # noqa: S101 - asked above
    local = localtime(progress.due_at, where)
    day = f"{date_format(local, 'l')}, {date_format(local, 'MONTH_DAY_FORMAT')}"
    due = due_of(progress.step.due)
    return f"{day}, {time_format(local, 'TIME_FORMAT')}" if due is not None and due.is_to_the_minute else day
