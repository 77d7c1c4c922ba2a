from typing import Self

from django.db import models
from django.db.models import Case, Prefetch, Q, When
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, User
from playbooks.models.enrollment import Enrollment
from playbooks.models.step import Step, Turn

OF_SPONSORS = Q(step__who=Turn.SPONSOR) | Q(step__with_sponsor=True)


class ProgressQuerySet(models.QuerySet["Progress"]):
    def of_sponsor(self, user: User) -> Self:
        """Steps that ``user`` does, as a sponsor, for or with the partners of the first line."""
        return self.filter(OF_SPONSORS, enrollment__partner__sponsor__in=Partner.objects.where_contact(user))

    def visible_to(self, user: User | int) -> Self:
        """Steps of the partners that ``user`` is a contact of, and those that these do as sponsors."""
        theirs = Partner.objects.where_contact(user)
        as_sponsor = OF_SPONSORS & Q(enrollment__partner__sponsor__in=theirs)
        return self.filter(Q(enrollment__partner__in=theirs) | as_sponsor)

    def with_texts(self) -> Self:
        """With everything that a step's page shows, in two queries: as one, planning it took 16 ms, reading 0.5."""
        people = Partner.objects.select_related("vendor", "sponsor", "manager__user")
        return self.select_related("step__stage", "enrollment").prefetch_related(
            Prefetch("enrollment__partner", queryset=people)
        )

    def in_play(self) -> Self:
        """Steps that someone has to move now."""
        return self.filter(state__in=Progress.IN_PLAY)

    def partners_first(self) -> Self:
        """In order, but before it what is the partner's turn, and then where they are stuck; as Standing has it."""
        rank = Case(When(turn=Turn.PARTNER, then=0), When(state=Progress.State.STUCK, then=1), default=2)
        return self.order_by(rank, "position", "pk")

    def concerning(self) -> Self:
        """But for those whose condition left them out."""
        return self.filter(left_out=False)

    def settled(self) -> Self:
        return self.concerning().filter(state__in=Progress.SETTLED)


class Progress(models.Model):
    """One enrollment's state in one step."""

    class State(models.TextChoices):
        LOCKED = "locked", _("Later")
        OPEN = "open", _("Open")
        WAITING = "waiting", _("Waiting for approval")
        STUCK = "stuck", _("Stuck")
        HANDED_OVER = "handed_over", _("Done for you")
        REOPENED = "reopened", _("Sent back")
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Skipped")

    IN_PLAY = (State.OPEN, State.WAITING, State.STUCK, State.HANDED_OVER, State.REOPENED)
    SETTLED = (State.DONE, State.SKIPPED)

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="progress")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="progress")
    position = models.PositiveIntegerField()  # the step's, copied so that the next one is found by one index
    state = models.CharField(max_length=12, choices=State.choices, default=State.LOCKED)
    turn = models.CharField(max_length=8, choices=Turn.choices, blank=True)
    turn_since = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Of a step that is done: whether it is on the vendor's word, with nothing handed in, so that nobody was asked for
    # what it asks. Not known where a release before this column settled it, nor of one that was handed over.
    on_vendors_word = models.BooleanField(null=True, blank=True)
    # By when it is wanted, as soon as that is known of a step in play: what the step's ``due`` comes to here.
    due_at = models.DateTimeField(null=True, blank=True)
    # Its condition says that it does not concern this partner: skipped by nobody when its time came, or to come, and
    # then as things stand (``playbooks.paths.counting``). It is in no number.
    left_out = models.BooleanField(default=False, db_default=False)
    reason = models.TextField(blank=True)  # why stuck, skipped or sent back, in the person's own words
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # When the time begins that was set aside for it (that of its live ``Slot``).
    slot_at = models.DateTimeField(null=True, blank=True)

    objects = ProgressQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "step"], name="progress_once"),
            models.CheckConstraint(
                condition=(Q(state__in=["done", "skipped"]) & Q(settled_at__isnull=False))
                | (~Q(state__in=["done", "skipped"]) & Q(settled_at=None)),
                name="progress_settled_has_time",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["locked", "done", "skipped"]) & Q(turn="", turn_since=None))
                | (~Q(state__in=["locked", "done", "skipped"]) & ~Q(turn="") & Q(turn_since__isnull=False)),
                name="progress_in_play_has_turn",
            ),
        ]
        indexes = [models.Index(fields=["enrollment", "position"], name="progress_in_order")]

    def __str__(self) -> str:
        return f"{self.step} {self.state}"

    @property
    def is_in_play(self) -> bool:
        return self.state in self.IN_PLAY

    @property
    def handed_in(self) -> str:
        """Tells what is handed in now from what was before; empty where nothing waits for approval."""
        if self.state != self.State.WAITING or self.turn_since is None:
            return ""
        return f"{self.step_id} {self.turn_since.isoformat()}"

    @property
    def is_settled(self) -> bool:
        return self.state in self.SETTLED


class TurnSpell(models.Model):
    """How long one turn took: written when the turn passes on. Every waiting hour belongs to someone."""

    progress = models.ForeignKey(Progress, on_delete=models.CASCADE, related_name="turns")
    turn = models.CharField(max_length=8, choices=Turn.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__gte=models.F("began_at")), name="turn_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"{self.turn} {self.ended_at - self.began_at}"
