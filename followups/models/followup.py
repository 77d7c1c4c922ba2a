from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from followups.models.cadence import TouchRule
from followups.models.message import Message
from partners.models import Contact, Member, Partner, Vendor
from partners.places import validate_time_zone
from playbooks.models import Enrollment, Progress


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def scheduled(self) -> Self:
        return self.filter(state=FollowUp.State.SCHEDULED)

    def finished(self) -> Self:
        return self.exclude(state=FollowUp.State.SCHEDULED)

    def due(self, *, now: datetime) -> Self:
        return self.scheduled().filter(due_at__lte=now)


class FollowUpFields(models.Model):
    """What a follow-up is, in use and in the archive alike: a field that is added here is added to both tables."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Planned")
        DECIDED = "decided", _("Decided")
        CANCELLED = "cancelled", _("Cancelled")
        SUPPRESSED = "suppressed", _("Held back")

    class Reason(models.TextChoices):
        """Why a follow-up came to its state; shown on the partner's timeline."""

        STEP_SETTLED = "step_settled", _("The step was done before it fell due")
        NOT_PARTNERS_TURN = "not_partners_turn", _("It was not the partner’s turn")
        ENROLLMENT_ENDED = "enrollment_ended", _("The playbook ended")
        NO_ADDRESS = "no_address", _("There is nobody to write to")
        ADDRESS_SUPPRESSED = "address_suppressed", _("The address wants no mail or cannot get any")
        OUTSIDE_WINDOW = "outside_window", _("Moved into the person’s working hours")
        DAILY_CAP = "daily_cap", _("One reminder had gone out that day; moved to the next")
        WEEKLY_CAP = "weekly_cap", _("Three reminders had gone out that week; moved on")
        SNOOZED = "snoozed", _("The partner asked for later")
        SLOT = "slot", _("Waits for the time that the partner set aside")
        MERGED = "merged", _("Sent together with another reminder")
        SENT_ALONE = "sent_alone", _("Sent")
        POLICY_CHANGED = "policy_changed", _("Planned anew because the rules changed")
        HANDED_ON = "handed_on", _("Goes to somebody else at the partner now")
        FIRST_WAS_LATE = "first_was_late", _("Moved, to keep its distance from the mail before it")
        NOT_WANTED = "not_wanted", _("They want no reminders of this kind")
        FEWER_WANTED = "fewer_wanted", _("They asked for one a week; moved on")
        PAUSED = "paused", _("Sending is paused; it goes on where it stopped")
        TOUCH_REMOVED = "touch_removed", _("The cadence no longer has this touch")
        CONDITION_UNMET = "condition_unmet", _("The condition of this touch was not met")
        ANSWERED = "answered", _("It had been answered by then")
        NO_WEBHOOK = "no_webhook", _("There is no address for webhooks")
        WEBHOOK_OFF = "webhook_off", _("Webhooks are paused or switched off; they go on where they stopped")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="%(class)ss")
    # An index of each table begins with it.
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="%(class)ss", db_index=False)
    enrollment = models.ForeignKey(
        Enrollment, null=True, blank=True, on_delete=models.CASCADE, related_name="%(class)ss"
    )
    progress = models.ForeignKey(Progress, null=True, blank=True, on_delete=models.CASCADE, related_name="%(class)ss")
    kind = models.CharField(max_length=40)
    channel = models.CharField(
        max_length=8,
        choices=TouchRule.Channel.choices,
        default=TouchRule.Channel.MAIL,
        db_default=TouchRule.Channel.MAIL.value,
    )
    episode = models.PositiveIntegerField(default=0)  # counts silences; 0 outside any
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="%(class)ss")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="%(class)ss")
    anchor_at = models.DateTimeField()
    offset = models.DurationField()
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    policy_version = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.SCHEDULED)
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    # Why it was moved last, kept when it ends under another reason.
    held = models.CharField(max_length=24, choices=Reason.choices, blank=True, default="", db_default="")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d %H:%M} {self.state}"


class FollowUp(FollowUpFields):
    """The intent: one touch due to one recipient. The database is the queue; nothing else carries it."""

    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.PROTECT, related_name="followups")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "progress", "kind", "episode"],
                condition=Q(progress__isnull=False),
                name="followup_once_per_step",
            ),
            models.UniqueConstraint(
                fields=["enrollment", "kind", "episode"],
                condition=Q(progress=None, enrollment__isnull=False),
                name="followup_once_per_enrollment",
            ),
            models.UniqueConstraint(
                fields=["partner", "kind", "episode"],
                condition=Q(progress=None, enrollment=None),
                name="followup_once_per_partner",
            ),
            models.CheckConstraint(
                condition=Q(contact=None, member__isnull=False) | Q(contact__isnull=False, member=None),
                name="followup_one_recipient",
            ),
            models.CheckConstraint(
                condition=Q(state="scheduled", finished_at=None)
                | (~Q(state="scheduled") & Q(finished_at__isnull=False) & ~Q(reason="")),
                name="followup_final_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="decided") | Q(message__isnull=False), name="followup_decided_has_message"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="scheduled"), name="followup_due"),
            models.Index(fields=["progress"], condition=Q(state="scheduled"), name="followup_open_of_step"),
            models.Index(fields=["partner", "-due_at"], name="followup_timeline"),
            models.Index(fields=["vendor", "due_at", "id"], condition=Q(state="scheduled"), name="followup_coming"),
            models.Index(
                fields=["vendor", "-finished_at", "-id"], condition=~Q(state="scheduled"), name="followup_lately"
            ),
        ]
