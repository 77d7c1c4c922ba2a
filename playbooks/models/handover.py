from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Contact, User, Vendor
from playbooks.models.enrollment import Enrollment
from playbooks.models.progress import Progress
from playbooks.models.step import Turn

# Plain words, as constraints and migrations want them.
ENDED_STATES = ("confirmed", "refused", "withdrawn", "declined", "settled")
AGREED_STATES = ("accepted", "scheduled", "returned")


class HandoverQuerySet(models.QuerySet["Handover"]):
    def live(self) -> Self:
        return self.filter(ended_at=None)

    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def running(self) -> Self:
        return self.live().filter(progress__enrollment__state=Enrollment.State.RUNNING)


class Handover(models.Model):
    """A step that the vendor does for a partner, on the terms under which it was asked for.

    The terms are copies: what the playbook offers later changes nothing here.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Asked for")
        QUOTED = "quoted", _("Quoted")
        ACCEPTED = "accepted", _("Agreed")
        SCHEDULED = "scheduled", _("Scheduled")
        DELIVERED = "delivered", _("Delivered")
        RETURNED = "returned", _("Sent back")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Quote turned down")
        WITHDRAWN = "withdrawn", _("Taken back")
        DECLINED = "declined", _("Declined")
        SETTLED = "settled", _("Settled otherwise")  # the step was done or left out in another way

    # Whose turn it is as long as it is running; what is not among these has ended.
    TURNS: ClassVar[dict[str, str]] = {
        State.REQUESTED: Turn.VENDOR,
        State.QUOTED: Turn.PARTNER,
        State.ACCEPTED: Turn.VENDOR,
        State.SCHEDULED: Turn.VENDOR,
        State.DELIVERED: Turn.PARTNER,
        State.RETURNED: Turn.VENDOR,
    }

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="handovers")
    progress = models.ForeignKey(Progress, on_delete=models.CASCADE, related_name="handovers")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    offer = models.JSONField()  # as it was when it was asked for: playbooks.offers.items
    asked_at = models.DateTimeField()
    wish = models.TextField(blank=True)  # what the partner wrote along
    # What they sent along, as evidence has it: the key of a ``StoredFile`` as ``file``, ``name`` and ``size``.
    attached = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    # Files that the vendor brought for a delivery that is still to come, by the field's key, as ``attached`` is.
    brought = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    # What was agreed upon, or is to be: out of the offer, or out of the vendor's quote.
    amount = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    accepted_name = models.CharField(max_length=150, blank=True)
    ready_on = models.DateField(null=True, blank=True)  # quoted, promised by the lead time, or scheduled
    # Whether the vendor was asked for the step's evidence on delivering; not of what was delivered by earlier releases.
    with_evidence = models.BooleanField(default=False, db_default=False)
    due_at = models.DateTimeField(null=True, blank=True)  # by when the vendor is to move; none while it is not theirs
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["progress"], condition=Q(ended_at=None), name="handover_one_at_a_time"),
            models.CheckConstraint(
                condition=(Q(state__in=ENDED_STATES) & Q(ended_at__isnull=False))
                | (~Q(state__in=ENDED_STATES) & Q(ended_at=None)),
                name="handover_ended_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[*AGREED_STATES, "delivered", "confirmed"]) | Q(accepted_at__isnull=False),
                name="handover_accepted_has_time",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["requested", *AGREED_STATES]) & Q(due_at__isnull=False))
                | (~Q(state__in=["requested", *AGREED_STATES]) & Q(due_at=None)),
                name="handover_due_with_vendor",
            ),
            models.CheckConstraint(condition=Q(amount=None) | ~Q(currency=""), name="handover_price_has_currency"),
        ]

    def __str__(self) -> str:
        return f"{self.progress_id} {self.state}"

    @property
    def is_live(self) -> bool:
        return self.state in self.TURNS


class HandoverMove(models.Model):
    """One move of a handover, as it was made: never changed, in order."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="moves")
    state = models.CharField(max_length=10, choices=Handover.State.choices)  # what it came to be
    at = models.DateTimeField()
    side = models.CharField(max_length=8, choices=Turn.choices)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    ready_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.state} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise ValueError("What was done with a handover stays as it was written.")
        super().save(*args, **options)
