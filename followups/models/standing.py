from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models import Q

from followups.models.silence import SilenceKind
from partners.models import Member, Partner, Vendor
from partners.models.customer import Life
from partners.models.partner import company_key
from playbooks.models import Enrollment, Progress, Stage, Step
from playbooks.models.step import Turn

# What one line in a list is made of.
LINE = (
    "partner_id",
    "company",
    "company_key",
    "contact_email",
    "contact_name",
    "contact_phone",
    "accepted_at",
    "finished_at",
    "last_activity_at",
    "life",
    "manager_id",
    "next_step_id",
    "orders",
    "quiet_since",
    "severity",
    "silence_kind",
    "started_at",
    "state",
    "step_state",
    "steps_done",
    "steps_total",
    "turn",
    "vendor_id",
)

WALKS_NOTHING = Q(state="accepted", started_at=None, orders=0) & ~Q(contact_email="")

# Cut where ``judging.OWED`` is; numbers, as migrations and the planner want them.
OWED_SOMETHING = Q(severity__gte=62)
TO_TURN_TO = Q(severity__gt=0, severity__lt=62)


class StandingQuerySet(models.QuerySet["Standing"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def for_lists(self) -> "models.QuerySet[Standing, Any]":
        """Only what a line in a list is made of, as tuples with names: fifty models cost three times as much."""
        return self.values_list(*LINE, named=True)

    def silent(self, kind: str = "") -> Self:
        return self.filter(silence_kind=kind) if kind else self.exclude(silence_kind="")

    def owed_something(self) -> Self:
        """Whoever waits for a step of ours."""
        return self.filter(OWED_SOMETHING)

    def to_turn_to(self, *, of: Collection[int] = ()) -> Self:
        """Whoever else somebody should turn to now; with ``of`` those of these severities alone."""
        needing = self.filter(TO_TURN_TO)
        return needing.filter(severity__in=of) if of else needing

    def never_acted(self) -> Self:
        """Zero activity: not one act of their own, not one order."""
        return self.filter(last_activity_at=None)

    def walking_nothing(self) -> Self:
        """Accepted, with somebody to write to, and never started on a playbook; customers of ours are none of them."""
        return self.filter(WALKS_NOTHING)

    def in_the_programme(self) -> Self:
        return self.exclude(state=Partner.State.LEFT)

    def led_by(self, member: Member) -> Self:
        return self.filter(manager=member)

    def matching(self, words: str) -> Self:
        """Every word occurs in the company, its reference, or the name or address of one of its people."""
        found = self
        for word in company_key(words).split():
            found = found.filter(search__contains=word)
        return found

    def first_line_of(self, sponsor: Partner) -> Self:
        return self.filter(vendor_id=sponsor.vendor_id, sponsor=sponsor)


class Standing(models.Model):
    """One row a partner with what every list needs, so that lists read nothing else.

    Events refresh it in their own transaction; a recompute over a whole vendor gives the same answer.
    """

    partner = models.OneToOneField(Partner, primary_key=True, on_delete=models.CASCADE, related_name="standing")
    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="standings")
    company = models.CharField(max_length=200)
    company_key = models.CharField(max_length=200)
    search = models.TextField(blank=True)  # company, contact names and addresses, folded
    state = models.CharField(max_length=10, choices=Partner.State.choices)
    accepted_at = models.DateTimeField(null=True)
    manager = models.ForeignKey(Member, on_delete=models.DO_NOTHING, related_name="+")
    sponsor = models.ForeignKey(Partner, null=True, on_delete=models.DO_NOTHING, related_name="+")
    contact_name = models.CharField(max_length=150, blank=True)  # the person the playbook talks to
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)  # theirs, else the company's
    enrollment = models.ForeignKey(Enrollment, null=True, on_delete=models.DO_NOTHING, related_name="+")
    started_at = models.DateTimeField(null=True)  # when the enrollment shown here began
    finished_at = models.DateTimeField(null=True)
    next_step = models.ForeignKey(Step, null=True, on_delete=models.DO_NOTHING, related_name="+")
    stage = models.ForeignKey(Stage, null=True, on_delete=models.DO_NOTHING, related_name="+")
    step_state = models.CharField(max_length=12, choices=Progress.State.choices, blank=True)
    steps_done = models.PositiveIntegerField(default=0)
    steps_total = models.PositiveIntegerField(default=0)
    turn = models.CharField(max_length=8, choices=Turn.choices, blank=True)
    turn_since = models.DateTimeField(null=True)
    last_activity_at = models.DateTimeField(null=True)  # the partner's own, never the vendor's
    orders = models.PositiveIntegerField(default=0)
    order_days = models.PositiveIntegerField(default=0)
    first_order_on = models.DateField(null=True)
    last_order_on = models.DateField(null=True)
    life = models.CharField(max_length=12, choices=Life.choices, default=Life.PROSPECT)
    # What this partner will be called if nobody acts, since when it has been quiet (or has waited), and the next
    # instant at which the clock alone changes something here. All of it follows from the facts.
    quiet_kind = models.CharField(max_length=14, choices=SilenceKind.choices, blank=True)
    quiet_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)  # someone talked to them; nobody needs to call before this
    next_change_at = models.DateTimeField(null=True)
    silence_kind = models.CharField(max_length=14, choices=SilenceKind.choices, blank=True)
    silence_since = models.DateTimeField(null=True)
    severity = models.PositiveIntegerField(default=0)  # 0 nobody needs to act; see followups/silence/judging.py

    objects = StandingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(silence_kind="", silence_since=None)
                | (~Q(silence_kind="") & Q(silence_since__isnull=False)),
                name="standing_silence_has_since",
            )
        ]
        indexes = [
            models.Index(fields=["vendor", "company_key", "partner"], name="standing_by_company"),
            models.Index(
                fields=["vendor", "silence_kind", "company_key", "partner"],
                condition=~Q(silence_kind=""),
                name="standing_by_silence",
            ),
            # Who needs somebody, in the two orders of Today: a row is in one of each pair.
            models.Index(fields=["vendor", "quiet_since", "partner"], condition=OWED_SOMETHING, name="standing_we_owe"),
            models.Index(
                fields=["vendor", "manager", "quiet_since", "partner"], condition=OWED_SOMETHING, name="standing_i_owe"
            ),
            models.Index(
                fields=["vendor", "-severity", "-quiet_since", "-partner"],
                condition=TO_TURN_TO,
                name="standing_we_turn_to",
            ),
            models.Index(
                fields=["vendor", "manager", "-severity", "-quiet_since", "-partner"],
                condition=TO_TURN_TO,
                name="standing_i_turn_to",
            ),
            models.Index(
                fields=["vendor", "manager", "silence_kind", "company_key", "partner"],
                condition=~Q(silence_kind=""),
                name="standing_my_silent",
            ),
            models.Index(
                fields=["vendor", "company_key", "partner"],
                condition=Q(last_activity_at=None),
                name="standing_never_acted",
            ),
            models.Index(
                fields=["vendor", "-finished_at"], condition=Q(finished_at__isnull=False), name="standing_finished"
            ),
            models.Index(
                fields=["vendor", "-accepted_at"],
                condition=Q(accepted_at__isnull=False, started_at__isnull=False),
                name="standing_began",
            ),
            models.Index(
                fields=["vendor", "company_key", "partner"], condition=WALKS_NOTHING, name="standing_walks_nothing"
            ),
            models.Index(fields=["vendor", "stage", "company_key", "partner"], name="standing_by_stage"),
            models.Index(fields=["vendor", "manager", "company_key", "partner"], name="standing_by_manager"),
            models.Index(fields=["sponsor", "-accepted_at"], name="standing_first_line"),
            models.Index(
                fields=["next_change_at", "partner"],
                condition=Q(next_change_at__isnull=False),
                name="standing_clock_is_next",
            ),
        ]

    def __str__(self) -> str:
        return self.company


def walks_nothing(standing: Standing) -> bool:
    """As ``walking_nothing``, for one."""
    is_accepted = standing.state == Partner.State.ACCEPTED
    return is_accepted and standing.started_at is None and not standing.orders and bool(standing.contact_email)
