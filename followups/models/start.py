from typing import Self

from django.db import models
from django.db.models import Q

from partners.models import Member, Vendor
from partners.models.errand import Errand, ErrandQuerySet
from playbooks.models import PlaybookVersion


class StartQuerySet(ErrandQuerySet["Start"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)


class Start(Errand):
    """Somebody's word that a playbook begins for all partners who wait without one; workers carry it out.

    With a ``manager`` it is said for the partners that this member is responsible for, and for no others.
    """

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="starts")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="+")
    manager = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    started = models.PositiveIntegerField(default=0)  # so far

    objects = StartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor"], condition=Q(ended_at=None), name="start_one_at_a_time"),
            *Errand.Meta.constraints,
        ]
        indexes = [models.Index(fields=["vendor", "-asked_at"], name="start_by_vendor")]

    def __str__(self) -> str:
        return f"{self.version} {self.asked_at:%Y-%m-%d %H:%M}"
