"""What somebody has to do about a person, one line each: whom to call and why, whose address to ask for."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from followups.dashboards.wording import ADD_PERSON, TALK
from followups.engine.merging import in_language
from followups.models import Task
from followups.models.task import TaskQuerySet
from partners.isolating import isolated
from partners.models import Member, Vendor
from partners.templatetags.firstline import since_words

ROWS = 10


@dataclass(frozen=True)
class Line:
    partner_id: int
    company: str
    reason: str
    action: str
    anchor: str  # where on the partner's page it is done


@dataclass(frozen=True)
class Tasks:
    lines: list[Line]
    has_more: bool


def tasks_of(*, vendor: Vendor, member: Member | None, now: datetime) -> Tasks:
    """The oldest that are to be done now, of one member's partners or of all; one query."""
    tasks: TaskQuerySet = Task.objects.of(vendor).to_do(now=now)
    if member is not None:
        tasks = tasks.led_by(member)
    related = ("partner", "contact", "progress__step")
    found = list(tasks.select_related(*related).order_by("not_before", "pk")[: ROWS + 1])
    return Tasks([_line(task, now=now) for task in found[:ROWS]], has_more=len(found) > ROWS)


def _line(task: Task, *, now: datetime) -> Line:
    assert task.contact is not None  # noqa: S101 - what is about a person has one
    person = {"person": isolated(task.contact.name)}
    company = isolated(task.partner.company)
    if task.kind == Task.Kind.ADDRESS:
        reason = _("Mails to %(address)s come back: a mail server says there is no such address")
        why = reason % {"address": task.contact.email}
        return Line(task.partner_id, company, why, _("Ask for a new address"), ADD_PERSON)
    has_number = task.contact.phone or (task.contact.is_primary and task.partner.phone)
    action = _("Call %(person)s") if has_number else _("Write to %(person)s")
    return Line(task.partner_id, company, _why_call(task, now=now), action % person, TALK)


def _why_call(task: Task, *, now: datetime) -> str:
    own = in_language(task.texts)
    if own:
        return f"{own['subject']}: {own['body']}"
    if task.progress is None:
        return _("Your cadence asks for a call")
    step = task.progress.step.title(get_language() or "en")
    since = since_words(task.progress.turn_since or task.made_at, now=now)
    return _("Time for a call about “%(step)s”; it became their turn %(ago)s") % {"step": step, "ago": since}
