"""A step as a person reads it: its texts in one language, where they stand, and whose turn it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Count, Q, QuerySet, Value
from django.utils.translation import gettext as _

from partners.models import Activity, Contact, Vendor
from partners.places import zone
from partners.prepared import Prepared
from playbooks.doing import Doer, doers_of
from playbooks.evidence.fields import Asked, asks
from playbooks.evidence.giving import rows_of
from playbooks.evidence.telling import Given, told
from playbooks.models import Enrollment, Evidence, Handover, Progress, Step
from playbooks.models.step import Turn
from playbooks.offers.agreed import AGREED
from playbooks.offers.items import Offer, fingerprint, offer_of
from playbooks.offers.showing import ShownHandover, may_have_one
from playbooks.resources.items import Resource, resources_of
from playbooks.walking import may_move


@dataclass(frozen=True)
class Obstacle:
    number: int
    what: str
    answer: str


@dataclass(frozen=True)
class StepText:
    """The texts of one step in one language; all that ``my/partials/step_body.html`` needs."""

    title: str
    minutes: int
    why: str
    how: list[str]
    clients: str
    tools: list[str]
    skills: list[str]
    when: str
    obstacles: list[Obstacle]
    done_when: str

    @classmethod
    def of(cls, step: Step, language: str) -> "StepText":
        def words(key: str) -> Any:
            return step.text(key, language)

        met = enumerate(words("obstacles") or [], start=1)
        return cls(
            title=step.title(language),
            minutes=step.minutes,
            why=words("why") or "",
            how=words("how") or [],
            clients=words("clients") or "",
            tools=words("tools") or [],
            skills=words("skills") or [],
            when=words("when") or "",
            obstacles=[Obstacle(number, each.get("what", ""), each.get("answer", "")) for number, each in met],
            done_when=words("done_when") or "",
        )

    def obstacle(self, number: str) -> Obstacle | None:
        """The obstacle that was picked in a form, by its number; None for anything else."""
        return next((each for each in self.obstacles if str(each.number) == number), None)


@dataclass(frozen=True)
class Tally:
    """How far a walk has come."""

    settled: int
    total: int
    number: int = 0  # which of them a step is that was asked about, from 1
    left_out: int = 0  # how many of the walk's steps do not concern the partner, and are none of these


def _counted(enrollment: int, position: int) -> QuerySet[Progress, tuple[int, int, int]]:
    done = Count("pk", filter=Q(state__in=Progress.SETTLED))
    # As an expression: a mark of ``Prepared`` is greater than any position, and would be compared by Django itself.
    so_far = Count("pk", filter=Q(position__lte=Value(position, BigIntegerField())))
    rows = Progress.objects.concerning().filter(enrollment=enrollment).order_by().values("enrollment")
    counted = rows.annotate(settled=done, total=Count("pk"), number=so_far)
    return counted.values_list("settled", "total", "number")


COUNTED = Prepared(_counted, int, int)


def tally(enrollment_id: int, position: int) -> Tally:
    """How far the walk has come, and which of its steps stands at ``position``."""
    return Tally(*next(iter(COUNTED(enrollment_id, position)), (0, 0, 0)))


@dataclass(frozen=True)
class ShownStep:
    """One progress, for one ``side`` looking at it (an ``Activity.Side``: partner or sponsor)."""

    progress: Progress
    side: str
    language: str
    walked: Tally | None = None  # how far the walk has come, where that is known already
    named: Doer | None = None  # who at the partner does it, where that is known already
    # What was handed over, by the step's key, where that was looked up already.
    handovers: Mapping[int, ShownHandover] | None = field(default=None, compare=False)

    @cached_property
    def text(self) -> StepText:
        return StepText.of(self.progress.step, self.language)

    @cached_property
    def tally(self) -> Tally:
        return tally(self.progress.enrollment_id, self.progress.position)

    @cached_property
    def doer(self) -> Doer | None:
        """Who at the partner does it; None for a step that is for anyone there. One query for one that is not."""
        return self.named or doers_of([self.progress]).get(self.progress.pk)

    def is_for(self, contact: Contact | None) -> bool:
        """Whether it is the next move of this person, and not of a colleague."""
        return self.is_mine and (self.doer is None or self.doer.is_for(contact=contact))

    @cached_property
    def following(self) -> "ShownStep | None":
        """The step that is in play in this walk now, when it is not this one; one that is the partner's turn first."""
        steps = Progress.objects.in_play().with_texts().filter(enrollment=self.progress.enrollment_id)
        found = steps.exclude(pk=self.progress.pk).partners_first().first()
        return ShownStep(found, self.side, self.language) if found else None

    @cached_property
    def vendors_answer(self) -> Activity | None:
        """What the vendor said when the partner was stuck here and got the turn back."""
        is_theirs = self.progress.is_in_play and self.progress.turn == Turn.PARTNER
        if not (self.progress.reason and is_theirs) or self.is_sent_back:
            return None
        return self._last_of(Activity.Kind.HELPED)

    def _last_of(self, kind: str) -> Activity | None:
        theirs = self.progress.enrollment.partner.activities.filter(kind=kind, data__progress=self.progress.pk)
        return theirs.order_by("-at", "-pk").first()

    @cached_property
    def who_gave_it_back(self) -> str:
        """By name, whoever at the vendor answered or sent it back; the vendor, where that is not known."""
        said = self._last_of(Activity.Kind.SENT_BACK) if self.is_sent_back else self.vendors_answer
        return (said.actor_name if said else "") or self.vendor.name

    @property
    def wants_in_a_word(self) -> str:
        """What came back, for a row of a list."""
        if self.is_sent_back:
            return _("Something is missing")
        if self.is_declined:
            return _("Cannot be done for you")
        return _("Wants your answer") if self.has_to_answer else ""

    @property
    def mate(self) -> str:
        """With whom it is done together, by name; empty where it is one's own."""
        partner = self.progress.enrollment.partner
        if not self.progress.step.with_sponsor or partner.sponsor is None:
            return ""
        return partner.company if self.side == Turn.SPONSOR else partner.sponsor.company

    @property
    def is_sent_back(self) -> bool:
        """Whether something was missing, and it is the turn of who handed it in; ``progress.reason`` says what."""
        return self.progress.state == Progress.State.REOPENED

    @property
    def waits_for_approval(self) -> bool:
        return self.progress.state == Progress.State.WAITING

    @property
    def wants_approval(self) -> bool:
        return self.progress.step.wants_approval and self.side != Turn.VENDOR

    @property
    def may_withdraw(self) -> bool:
        is_running = self.progress.enrollment.state == Enrollment.State.RUNNING
        return self.waits_for_approval and is_running and self.side == self.progress.step.who

    @property
    def number(self) -> int:
        if self.walked is not None and not self.walked.left_out:
            return self.progress.position + 1
        return self.tally.number

    @property
    def vendor(self) -> Vendor:
        return self.progress.enrollment.partner.vendor

    @property
    def stage(self) -> str:
        return self.progress.step.stage.title(self.language)

    @property
    def may_act(self) -> bool:
        return may_move(self.progress, self.side)

    @property
    def is_mine(self) -> bool:
        return (self.may_act or self.has_to_answer) and self.progress.turn == self.side

    # Done for you

    @property
    def has_to_answer(self) -> bool:
        """Whether the vendor does it for them, and has given it back with a quote or as delivered."""
        is_running = self.progress.enrollment.state == Enrollment.State.RUNNING
        is_theirs = self.progress.turn == Turn.PARTNER == self.side
        return is_running and is_theirs and self.progress.state == Progress.State.HANDED_OVER

    @property
    def has_to_confirm(self) -> bool:
        """Whether it was delivered: what was given for it then stands beside the yes."""
        return self.has_to_answer and self.handover is not None and self.handover.state == Handover.State.DELIVERED

    @property
    def is_declined(self) -> bool:
        """Whether the partner had asked for it, and the vendor cannot do it: the step is theirs again."""
        return self.is_mine and self.handover is not None and self.handover.state == Handover.State.DECLINED

    @property
    def agreed_day(self) -> date | None:
        """By when the vendor does it for them; None where no day is agreed, or it is not the vendor's turn."""
        is_agreed = self.handover is not None and self.handover.state in AGREED
        return self.handover.ready_on if self.handover and is_agreed else None

    @property
    def offered(self) -> Offer | None:
        """What the vendor would do instead, to whoever can ask for it now."""
        offer = offer_of(self.progress.step) if self.may_act and self.side == Turn.PARTNER else None
        return offer if offer is not None and offer.is_whole else None

    @property
    def offered_seen(self) -> str:
        return fingerprint(self.offered)

    @property
    def offered_does(self) -> str:
        return self.offered.text("does", self.language) if self.offered else ""

    @property
    def offered_needs(self) -> str:
        return self.offered.text("needs", self.language) if self.offered else ""

    @cached_property
    def handover(self) -> ShownHandover | None:
        """Where it is handed over, or was and came back; one query, or none for a step that offers nothing."""
        if self.handovers is not None:
            return self.handovers.get(self.progress.pk)
        if not may_have_one(self.progress):
            return None
        return ShownHandover.of(self.progress, self.language)

    @property
    def asks_for_goal(self) -> bool:
        """Whether this page has the fields for the goal: to whom the step is open, as long as it is."""
        return self.may_act and self.side == Turn.PARTNER and self.progress.step.asks_for_goal

    @cached_property
    def asked(self) -> Asked:
        return Asked.of(self.progress.step) if asks(self.progress.step) else Asked()

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        return rows_of(self.progress)

    @property
    def given(self) -> list[Given]:
        """What was given here, in words."""
        return told(self.asked, self.evidence, self.language)

    @property
    def asks_for_evidence(self) -> bool:
        """Whether this page has the fields for it: to whom the step is open, as long as it is."""
        return self.may_act and self.side != Turn.VENDOR and bool(self.asked)

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        return resources_of(self.progress.step)

    @property
    def has_form(self) -> bool:
        return self.asks_for_goal or self.asks_for_evidence

    @property
    def goal_hint(self) -> str:
        """An example of a goal, by the playbook's author."""
        return self.progress.enrollment.version.text("goal_hint", self.language)

    @property
    def zone(self) -> ZoneInfo:
        """Where the partner lives."""
        return zone(self.progress.enrollment.partner.zone_name)

    @property
    def waits_on(self) -> str:
        """Who has to move, by name."""
        partner = self.progress.enrollment.partner
        if self.progress.turn == Turn.SPONSOR and partner.sponsor:
            return partner.sponsor.company
        if self.progress.turn == Turn.PARTNER:
            doer = self.doer if self.side != Turn.SPONSOR else None
            return (doer.name if doer else "") or partner.company
        return self.vendor.name

    @property
    def manager(self) -> str:
        """The vendor's person who answers, by name; empty when they have not written one."""
        return self.progress.enrollment.partner.manager.user.name

    def is_put_off(self, now: datetime) -> bool:
        until = self.progress.snoozed_until
        return self.is_mine and until is not None and until > now

    def waits_for_its_time(self, now: datetime) -> bool:
        """Whether it is put off to the time that the partner set aside for it."""
        return self.is_put_off(now) and self.progress.slot_at == self.progress.snoozed_until
