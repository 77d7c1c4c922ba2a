from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import Vendor


class Cadence(models.Model):
    """A vendor's rule of touches: what is sent, to whom, how long after a step opens."""

    vendor = models.OneToOneField(Vendor, on_delete=models.CASCADE, related_name="cadence")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.vendor}"


class Touch(models.Model):
    """One touch of a cadence, planned whenever a step opens for a partner."""

    class Basis(models.TextChoices):
        ELAPSED = "elapsed", _("Hours on the clock")
        WORKING = "working", _("Working hours")

    class To(models.TextChoices):
        PARTNER = "partner", _("The partner’s contact")
        MANAGER = "manager", _("The channel manager")
        SPONSOR = "sponsor", _("The sponsor")

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")

    cadence = models.ForeignKey(Cadence, on_delete=models.CASCADE, related_name="touches")
    kind = models.SlugField(max_length=40)  # "remind-24h": the follow-up's kind
    after_hours = models.PositiveIntegerField()
    basis = models.CharField(max_length=8, choices=Basis.choices, default=Basis.ELAPSED)
    to = models.CharField(max_length=8, choices=To.choices, default=To.PARTNER)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["cadence", "after_hours"]
        constraints = [models.UniqueConstraint(fields=["cadence", "kind"], name="touch_kind_once")]

    def __str__(self) -> str:
        return self.kind
