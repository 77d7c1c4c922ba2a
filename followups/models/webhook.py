from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Vendor


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def switched_on(self) -> Self:
        return self.filter(paused_at=None, off_at=None)


class Webhook(models.Model):
    """A vendor's own system, and how it is told. Neither its address nor its secret is for anybody but an owner."""

    class Off(models.TextChoices):
        """Why nobody but Firstline itself switched it off."""

        GONE = "gone", _("It answered that it is gone for good (410)")
        FAILING = "failing", _("It took nothing in many tries in a row")

    vendor = models.OneToOneField(Vendor, on_delete=models.CASCADE, related_name="webhook")
    address = models.CharField(max_length=500)  # may be all that a receiver asks for, so it is kept like a secret
    secret = models.TextField()  # sealed, see followups.webhooks.signing
    # What was in use before, and until when both sign.
    old_secret = models.TextField(blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    off_at = models.DateTimeField(null=True, blank=True)
    off_because = models.CharField(max_length=8, choices=Off.choices, blank=True)
    failures = models.PositiveIntegerField(default=0)  # tries in a row that came to nothing
    rest_until = models.DateTimeField(null=True, blank=True)  # nothing is tried before
    # One worker at a time posts to a vendor: which of them by number, and until when, on the database's clock.
    lane = models.PositiveIntegerField(default=0)
    held_until = models.DateTimeField(null=True, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(old_secret="", old_until=None) | (~Q(old_secret="") & Q(old_until__isnull=False)),
                name="webhook_old_secret_has_end",
            ),
            models.CheckConstraint(
                condition=Q(off_at=None, off_because="") | (Q(off_at__isnull=False) & ~Q(off_because="")),
                name="webhook_off_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"webhook of vendor {self.vendor_id}"

    @property
    def is_on(self) -> bool:
        return self.paused_at is None and self.off_at is None

    def sealed_secrets(self, *, now: datetime) -> list[str]:
        """Those that sign at the moment, the newest first."""
        return [self.secret, *([self.old_secret] if self.old_until is not None and now < self.old_until else [])]
