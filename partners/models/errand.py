from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from partners.models.user import User

Row_co = TypeVar("Row_co", bound="Errand", covariant=True)


class ErrandQuerySet(models.QuerySet[Row_co]):
    def running(self) -> Self:
        return self.filter(ended_at=None)

    def claimable(self, *, now: datetime) -> Self:
        """Those that are not through and that nobody carries out, or whose worker died."""
        return self.running().filter(Q(lease_until=None) | Q(lease_until__lt=now))


class Errand(models.Model):
    """Somebody's word that something happens to many; ``partners/carrying_out.py`` does it, in batches."""

    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    waiting = models.PositiveIntegerField()  # how many it was about when it was asked for
    tries = models.PositiveSmallIntegerField(default=0)  # how often it broke off by a fault of ours
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(lease_until=None), name="%(class)s_ended_has_no_lease"
            ),
        ]
