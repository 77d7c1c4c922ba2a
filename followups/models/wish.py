from django.db import models
from django.utils.translation import gettext_lazy as _

from followups.models.cadence import TouchRule
from partners.models import Vendor


class Wish(models.Model):
    """How much of one kind of reminder an address wants from a vendor. Without a row: all that the cadence plans."""

    class Amount(models.TextChoices):
        FEWER = "fewer", _("Fewer: at most one a week")
        NONE = "none", _("None")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="wishes")
    address = models.EmailField()  # in lower case
    about = models.CharField(max_length=8, choices=TouchRule.To.choices)  # in which part the person is written to
    amount = models.CharField(max_length=5, choices=Amount.choices)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            # By address first: the engine asks for the addresses of a batch, over all vendors.
            models.UniqueConstraint(fields=["address", "vendor", "about"], name="wish_once"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.about} {self.amount}"
