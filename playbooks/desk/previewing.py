"""A step as a certain partner would see it on their own page: with the texts as they are typed, and nothing written.

What is shown is made of the partner's own templates and of objects that are never saved.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from partners.models import Contact, Member, Partner, Vendor
from partners.models.partner import company_key
from playbooks.desk.forms import StepForm
from playbooks.evidence.forms import EvidenceForm
from playbooks.models import Enrollment, Evidence, Progress, Step
from playbooks.models.step import Turn
from playbooks.outline import tidy_step_texts
from playbooks.pages.acting import GoalForm, evidence_form
from playbooks.pages.later import LaterForm, Offer
from playbooks.pages.slot import slot_offer
from playbooks.paths.conditions import Facts, condition_of, speak_against
from playbooks.reminders import Reminders, reminders_of
from playbooks.resources.showing import shown
from playbooks.showing import ShownStep, Tally
from playbooks.walking import first_turn

FOUND_AT_MOST = 8
# Columns of the form that show on the partner's page.
SEEN = ("minutes", "who", "role", "asks_for_goal", "wants_approval", "with_sponsor")
NOWHERE = "about:blank"
DOORS = ("done", "stuck", "later", "slot", "withdraw", "goal")


@dataclass(frozen=True)
class PreviewedStep(ShownStep):
    """As ``ShownStep``, of a progress that is not in the database."""

    total: int = 0
    place: int = 0  # among those, from 1

    @cached_property
    def tally(self) -> Tally:
        return Tally(self.place - 1, self.total, self.place)

    @cached_property
    def following(self) -> ShownStep | None:
        return None

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        return {}


@dataclass(frozen=True)
class InTheirHours(Reminders):
    """What is offered lies in the hours in which the partner works; of their wishes nothing is shown to others."""

    theirs: Reminders

    def opening(self, at: datetime) -> datetime:
        return self.theirs.opening(at)


def partners_called(vendor: Vendor, words: str) -> list[Partner]:
    """The first few whose company begins so, with somebody to talk to."""
    wanted = company_key(words.replace("\0", ""))
    if not wanted:
        return []
    found = Partner.objects.of(vendor).to_be_led().filter(company_key__startswith=wanted)
    return list(found.order_by("company_key", "pk")[:FOUND_AT_MOST])


def reader_of(vendor: Vendor, partner: int) -> Contact | None:
    """The person at a partner of ``vendor`` whom playbooks talk to."""
    people = Contact.objects.of(vendor).filter(partner=partner, is_primary=True)
    related = ("user", "partner__vendor", "partner__sponsor", "partner__manager__user")
    return people.exclude(partner__state=Partner.State.LEFT).select_related(*related).first()


def example_reader(vendor: Vendor, member: Member) -> Contact:
    """Somebody at a partner that does not exist, led by ``member``."""
    partner = Partner(
        vendor=vendor,
        company=_("Example & Co."),
        country=vendor.country,
        manager=member,
        state=Partner.State.ACCEPTED,
    )
    return Contact(partner=partner, name=_("Kim Example"), email="kim@partner.example", is_primary=True)


def typed(step: Step, form: StepForm) -> Step:
    """``step`` as the form has it, as far as it can be read: what is half typed shows as it was saved."""
    step, faulty = copy(step), {} if form.is_valid() else form.errors
    step.texts = tidy_step_texts(form.texts(), step.version.languages)
    for column in SEEN:
        if column not in faulty:
            setattr(step, column, form.cleaned_data[column])
    return step


def imagined(step: Step, reader: Contact, *, language: str, now: datetime) -> PreviewedStep:
    """The step as if it had just opened for ``reader``. Two queries, or one for an example."""
    partner = reader.partner
    enrollment = _walk(partner, step, language=language, now=now)
    progress = Progress(
        pk=0,
        enrollment=enrollment,
        step=step,
        position=step.position,
        state=Progress.State.OPEN,
        turn=first_turn(step, partner),
        turn_since=now,
        opened_at=now,
    )
    counted = _counted(step, partner)
    total, number = len(counted), counted.index(step.position) + 1
    return PreviewedStep(progress, str(Turn.PARTNER), language, total=total, place=number)


def _counted(step: Step, partner: Partner) -> list[int]:
    """The places of the steps that count for the partner at the start; this one among them, as it is shown."""
    facts = Facts(partner.size, partner.country, partner.vertical)
    rows = Step.objects.filter(version=step.version_id).order_by("position").values_list("position", "condition")
    return [
        position
        for position, tests in rows
        if position == step.position or not speak_against(condition_of(tests), facts, is_answered=lambda _key: False)
    ]


def _walk(partner: Partner, step: Step, *, language: str, now: datetime) -> Enrollment:
    """What they want out of it are their own words, where they wrote some down; an example's are the author's."""
    version = step.version
    walk = Enrollment(
        pk=0,
        vendor=partner.vendor,
        partner=partner,
        playbook=version.playbook,
        version=version,
        state=Enrollment.State.RUNNING,
        started_at=now,
    )
    if partner._state.adding:
        walk.goal = "" if step.asks_for_goal else version.text("goal_hint", language)
        return walk
    theirs = Enrollment.objects.running().filter(partner=partner, vendor=partner.vendor).order_by("-started_at")
    for enrollment in theirs[:1]:
        walk.goal, walk.goal_by, walk.goal_why = enrollment.goal, enrollment.goal_by, enrollment.goal_why
    return walk


def page(step: PreviewedStep, reader: Contact, *, now: datetime) -> Mapping[str, Any]:
    """All that ``my/step.html`` shows, with doors that lead nowhere."""
    offer = _offer(step, reader, now=now) if step.is_mine else None
    evidence: EvidenceForm | None = evidence_form(step) if step.asks_for_evidence else None
    files_at = reverse("desk-file", args=[step.vendor.slug, "-"]).removesuffix("-/")
    return {
        "step": step,
        "vendor": step.vendor,
        "user": reader.user,
        "now": now,
        "doors": dict.fromkeys(DOORS, NOWHERE),
        "files_at": files_at,
        "form": GoalForm.of(step.progress.enrollment, None),
        "evidence": evidence,
        "offer": offer,
        "slot": slot_offer(step, reader, offer.reminders, now=now) if offer else None,
        "resources": list(shown(step.resources, language=step.language, files_at=files_at, playing="")),
        "messages": [],
        "demo": False,
    }


def _offer(step: PreviewedStep, reader: Contact, *, now: datetime) -> Offer:
    reminders = InTheirHours(reminders_of(progress=step.progress, contact=reader, now=now))
    return Offer(reminders, reader, now, LaterForm(contact=reader, now=now), is_put_off=False)
