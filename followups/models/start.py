from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from partners.models import Member, User, Vendor
from playbooks.models import PlaybookVersion


class StartQuerySet(models.QuerySet["Start"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def running(self) -> Self:
        return self.filter(ended_at=None)

    def claimable(self, *, now: datetime) -> Self:
        """Those that are not through and that nobody carries out, or whose worker died."""
        return self.running().filter(Q(lease_until=None) | Q(lease_until__lt=now))


class Start(models.Model):
    """Somebody's word that a playbook begins for all partners who wait without one; workers carry it out.

    With a ``manager`` it is said for the partners that this member is responsible for, and for no others.
    """

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="starts")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="+")
    manager = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    waiting = models.PositiveIntegerField()  # how many waited when it was asked for
    started = models.PositiveIntegerField(default=0)  # so far
    tries = models.PositiveSmallIntegerField(default=0)  # how often it broke off by a fault of ours
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = StartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor"], condition=Q(ended_at=None), name="start_one_at_a_time"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(lease_until=None), name="start_ended_has_no_lease"),
        ]
        indexes = [models.Index(fields=["vendor", "-asked_at"], name="start_by_vendor")]

    def __str__(self) -> str:
        return f"{self.version} {self.asked_at:%Y-%m-%d %H:%M}"
