from typing import Self

from django.db import models
from django.db.models import Q

from partners.models import Vendor


class PauseQuerySet(models.QuerySet["Pause"]):
    def in_force(self) -> Self:
        return self.filter(ended_at=None)


class Pause(models.Model):
    """A time in which nothing that is planned for a vendor is decided or sent. Resuming is a date, not a delete."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=200, blank=True)  # the vendor's staff reads it, too
    began_at = models.DateTimeField()
    began_by = models.CharField(max_length=150)  # by name: it may be somebody at a terminal, without a login here
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor"], condition=Q(ended_at=None), name="pause_once_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="pause_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} since {self.began_at:%Y-%m-%d %H:%M}"
