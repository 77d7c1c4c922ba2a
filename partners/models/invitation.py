from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from partners.models.addresses import LowercaseEmailField
from partners.models.contact import Contact
from partners.models.member import Member
from partners.models.user import User
from partners.models.vendor import Vendor


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def open(self, *, now: datetime) -> Self:
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """An invitation to join a vendor's staff, or to sign in as an existing contact of a partner."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="invitations")
    email = LowercaseEmailField()
    role = models.CharField(max_length=10, choices=Member.Role.choices, blank=True)
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations")
    # SHA-256 of the secret in the link; the secret itself is only in the mail.
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(contact=None) & ~Q(role="")) | Q(contact__isnull=False, role=""),
                name="invitation_for_staff_or_contact",
            ),
        ]

    def __str__(self) -> str:
        return self.email
