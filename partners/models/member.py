from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.user import User
from partners.models.vendor import Vendor


class MemberQuerySet(models.QuerySet["Member"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor, left_at=None)

    def who_lead(self) -> Self:
        """Members who can be responsible for partners."""
        return self.filter(role__in=[Member.Role.OWNER, Member.Role.MANAGER])


class Member(models.Model):
    """A person on the vendor's staff."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MANAGER = "manager", _("Channel manager")
        VIEWER = "viewer", _("Viewer")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "user"], name="member_once")]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def may_act(self) -> bool:
        """Viewers read everything and change nothing."""
        return self.role != self.Role.VIEWER

    def leads_somebody(self) -> bool:
        """Whether any partner's responsible person is this one."""
        return self.vendor.partners.filter(manager=self).exists()

    @property
    def may_administer(self) -> bool:
        return self.role == self.Role.OWNER
