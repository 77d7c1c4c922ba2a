from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Vendor
from partners.models.errand import Errand, ErrandQuerySet
from playbooks.models.enrollment import Enrollment
from playbooks.models.playbook import Playbook, PlaybookVersion


class UpgradeQuerySet(ErrandQuerySet["Upgrade"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def that_count(self) -> Self:
        """All but those that found nobody to bring over: they changed nothing, so they stand in nobody's way."""
        return self.exclude(ended_at__isnull=False, moved=0, undoes=None)


class Upgrade(Errand):
    """Somebody's word that running partners go over to another version of their playbook; carried out in batches.

    One that ``undoes`` another takes back the same partners to the versions they came from.
    """

    class Choice(models.TextChoices):
        KEEP = "keep", _("Keep what they have")
        UNTOUCHED = "untouched", _("Take over where nobody has begun it")
        ADOPT = "adopt", _("Take over for everybody who has not done it")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="upgrades")
    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="upgrades")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="+")  # to which they go over
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    choices = models.JSONField(default=dict)  # {"key of a step": a Choice}, for each step that differs
    moved = models.PositiveIntegerField(default=0)  # so far
    told = models.PositiveIntegerField(default=0)  # of them, those for whom something looks different now

    objects = UpgradeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["playbook"], condition=Q(ended_at=None), name="upgrade_one_at_a_time"),
            *Errand.Meta.constraints,
        ]
        indexes = [models.Index(fields=["playbook", "-asked_at"], name="upgrade_by_playbook")]

    def __str__(self) -> str:
        return f"{self.version} {self.asked_at:%Y-%m-%d %H:%M}"


class UpgradedEnrollment(models.Model):
    """Which version a partner came from, so that an upgrade can be taken back."""

    upgrade = models.ForeignKey(Upgrade, on_delete=models.CASCADE, related_name="enrollments")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="upgrades")
    before = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upgrade", "enrollment"], name="upgraded_once")]

    def __str__(self) -> str:
        return f"{self.enrollment_id} {self.before}"
