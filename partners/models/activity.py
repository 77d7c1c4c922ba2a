from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.partner import Partner
from partners.models.user import User
from partners.models.vendor import Vendor


class ActivityQuerySet(models.QuerySet["Activity"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)


class Activity(models.Model):
    """An append-only fact about what someone did, and when. What breaks a silence is the partner's own side."""

    class Side(models.TextChoices):
        PARTNER = "partner", _("Partner")
        VENDOR = "vendor", _("Vendor")
        SPONSOR = "sponsor", _("Sponsor")
        SYSTEM = "system", _("Firstline")

    class Kind(models.TextChoices):
        SIGNED = "signed", _("Signed")
        ACCEPTED = "accepted", _("Accepted")
        STARTED = "started", _("Playbook started")
        OPENED = "opened", _("Step opened")
        DONE = "done", _("Step done")
        STUCK = "stuck", _("Stuck")
        HELPED = "helped", _("Helped on")
        HANDED_IN = "handed_in", _("Handed in")
        WITHDRAWN = "withdrawn", _("Taken back")
        SENT_BACK = "sent_back", _("Sent back")
        HANDOVER = "handover", _("Done for them")
        SNOOZED = "snoozed", _("Asked for later")
        SLOT = "slot", _("Time set aside")
        SKIPPED = "skipped", _("Step skipped")
        LEFT_OUT = "left_out", _("Left out")
        GOAL = "goal", _("Goal written")
        CONFIDENCE = "confidence", _("Said how sure they are")
        ORDERED = "ordered", _("Ordered")
        CONTACTED = "contacted", _("Contacted")
        LED = "led", _("Another person leads")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        UPGRADED = "upgraded", _("Playbook updated")
        FINISHED = "finished", _("Playbook finished")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="activities")
    at = models.DateTimeField()
    side = models.CharField(max_length=8, choices=Side.choices)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["partner", "-at"], name="activity_timeline"),
            models.Index(fields=["partner", "side", "-at"], name="activity_last_by_side"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
