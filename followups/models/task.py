from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from followups.models.archive import ArchivedFollowUp
from followups.models.followup import FollowUp
from partners.models import Contact, Member, Partner, Vendor
from playbooks.models import Enrollment, Progress

# What a partner waits for the vendor to do, by the state of its step. Plain words, as constraints want them.
OWED_KINDS = ("stuck", "approve", "handover", "step")


class TaskQuerySet(models.QuerySet["Task"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def still_open(self) -> Self:
        return self.filter(ended_at=None)

    def to_do(self, *, now: datetime) -> Self:
        """Open, not put off until later, and about somebody who is still there."""
        here = self.still_open().filter(contact__left_at=None).exclude(partner__state=Partner.State.LEFT)
        return here.filter(not_before__lte=now).exclude(kind__in=OWED_KINDS)

    def owed(self) -> Self:
        """What partners wait for now: open, about a step of a playbook that is running."""
        running = self.still_open().filter(kind__in=OWED_KINDS, progress__enrollment__state=Enrollment.State.RUNNING)
        return running.exclude(partner__state=Partner.State.LEFT)

    def falling_to(self, member: Member, *, now: datetime) -> Self:
        """What is theirs to do: of partners they lead, and what is overdue of those whose deputy they are."""
        return self.filter(Q(partner__manager=member) | Q(partner__deputy=member, due_at__lt=now))

    def led_by(self, member: Member) -> Self:
        return self.filter(partner__manager=member)


class Task(models.Model):
    """One thing that whoever leads a partner has to do about one of its people, or its step. It ends by being done."""

    class Kind(models.TextChoices):
        CALL = "call", _("A call")
        ADDRESS = "address", _("A new address")
        DOUBT = "doubt", _("Doubts")
        STUCK = "stuck", _("Stuck")
        APPROVE = "approve", _("Approvals")
        HANDOVER = "handover", _("Done for them")
        STEP = "step", _("Your own steps")

    class End(models.TextChoices):
        DONE = "done", _("Done")
        SETTLED = "settled", _("No longer needed")
        REPLACED = "replaced", _("Taken over by the next one")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="tasks")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="tasks")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    followup = models.OneToOneField(FollowUp, null=True, blank=True, on_delete=models.CASCADE, related_name="task")
    archived = models.ForeignKey(  # where that follow-up is, once it is long over
        ArchivedFollowUp, null=True, blank=True, on_delete=models.CASCADE, related_name="tasks", db_index=False
    )
    progress = models.ForeignKey(Progress, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    texts = models.JSONField(default=dict, blank=True)  # the vendor's own words, as a notification has them
    made_at = models.DateTimeField()
    not_before = models.DateTimeField()  # nobody was reached: tried again from here on
    due_at = models.DateTimeField(null=True, blank=True)  # of what a partner waits for, and of that alone
    overdue_told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=8, choices=End.choices, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner"], condition=Q(kind="call", ended_at=None), name="task_one_call_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["partner"], condition=Q(kind="doubt", ended_at=None), name="task_one_doubt_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["contact"], condition=Q(kind="address", ended_at=None), name="task_one_address_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["archived"], condition=Q(archived__isnull=False), name="task_once_archived"
            ),
            models.UniqueConstraint(
                fields=["progress"],
                condition=Q(kind__in=OWED_KINDS, ended_at=None),
                name="task_owed_once_a_step",
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=OWED_KINDS) & Q(due_at__isnull=False, progress__isnull=False))
                | (~Q(kind__in=OWED_KINDS) & Q(due_at=None, contact__isnull=False)),
                name="task_owed_is_due",
            ),
            models.CheckConstraint(condition=Q(followup=None) | Q(archived=None), name="task_of_one_followup"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="task_ended_says_how",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "not_before", "id"], condition=Q(ended_at=None), name="task_to_do"),
            models.Index(fields=["progress"], condition=Q(ended_at=None), name="task_of_open_step"),
            models.Index(
                fields=["vendor", "due_at", "id"],
                condition=Q(kind__in=OWED_KINDS, ended_at=None),
                name="task_owed",
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(kind__in=OWED_KINDS, ended_at=None, overdue_told_at=None),
                name="task_to_fall_overdue",
            ),
            models.Index(
                fields=["vendor", "ended_at"], condition=Q(kind="stuck", ending="done"), name="task_stuck_answered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.contact or self.partner}"
