from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Vendor


class SilenceKind(models.TextChoices):
    """Four kinds of silence, each with its own words and its own next action."""

    NEVER_STARTED = "never_started", _("Never started")
    STOPPED = "stopped", _("Started, then stopped")
    WAITING_ON_US = "waiting_on_us", _("Waiting on us")
    ORDERED_ONCE = "ordered_once", _("Ordered once")


class Silence(models.Model):
    """An episode in which a partner does not act, with its kind. It ends; the history stays."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="silences")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="silences")
    kind = models.CharField(max_length=14, choices=SilenceKind.choices)
    number = models.PositiveIntegerField()  # counts this partner's silences from 1: the follow-up's episode
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner"], condition=Q(ended_at=None), name="silence_one_at_a_time"),
            models.UniqueConstraint(fields=["partner", "number"], name="silence_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.began_at:%Y-%m-%d}"
