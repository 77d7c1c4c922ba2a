from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import Vendor


class Suppression(models.Model):
    """An address that gets no more reminders, with the reason. Lifting one is a date, not a delete."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        BOUNCED = "bounced", _("The address does not exist")
        COMPLAINED = "complained", _("Marked as spam")

    # Without a vendor it holds for all: a dead address is dead everywhere.
    vendor = models.ForeignKey(Vendor, null=True, blank=True, on_delete=models.CASCADE, related_name="suppressions")
    address = models.EmailField()
    reason = models.CharField(max_length=12, choices=Reason.choices)
    created_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "address"],
                condition=models.Q(lifted_at=None, vendor__isnull=False),
                name="suppression_once_per_vendor",
            ),
            models.UniqueConstraint(
                fields=["address"], condition=models.Q(lifted_at=None, vendor=None), name="suppression_once_for_all"
            ),
        ]
        indexes = [models.Index(fields=["address"], condition=models.Q(lifted_at=None), name="suppression_in_force")]

    def __str__(self) -> str:
        return f"{self.address} {self.reason}"
