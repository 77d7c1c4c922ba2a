import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from partners.models import Contact, User, Vendor
from partners.places import validate_time_zone
from playbooks.models.progress import Progress


class SlotQuerySet(models.QuerySet["Slot"]):
    def live(self) -> Self:
        return self.filter(ended_at=None)

    def of_user(self, user: User) -> Self:
        """Of ``user``, over all vendors, wherever they still are somebody's contact."""
        return self.filter(contact__in=Contact.objects.of_user(user))

    def in_a_calendar(self) -> Self:
        """To come, or kept: what was taken back, or done before it began, stands in no calendar any more."""
        return self.filter(Q(ended_at=None) | Q(ending=Slot.End.KEPT))


class Slot(models.Model):
    """A time that a person set aside for a step. Moved, it stays the same entry in their calendar, by ``uid``."""

    class End(models.TextChoices):
        KEPT = "kept"  # it had begun when the step was settled
        SETTLED = "settled"  # the step was settled before it began
        WITHDRAWN = "withdrawn"
        TAKEN_OVER = "taken_over"  # a colleague set another time aside

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="slots")
    progress = models.ForeignKey(Progress, on_delete=models.CASCADE, related_name="slots", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="slots", db_index=False)
    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sequence = models.PositiveIntegerField(default=0)  # raised by every change (RFC 5545, 3.8.7.4)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])  # in which it is written
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=10, choices=End.choices, blank=True)

    objects = SlotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["progress"], condition=Q(ended_at=None), name="slot_one_at_a_time"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="slot_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="slot_ended_says_how",
            ),
        ]
        indexes = [
            models.Index(fields=["contact", "starts_at"], name="slot_by_contact"),
            models.Index(fields=["progress"], name="slot_by_step"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.contact}"

    def has_begun(self, now: datetime) -> bool:
        return self.starts_at <= now
