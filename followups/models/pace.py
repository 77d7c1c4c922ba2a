from django.db import models


class Pace(models.Model):
    """How many mails were taken up for a receiving domain in a minute, and how many were told to wait for later."""

    pk = models.CompositePrimaryKey("domain", "minute")
    domain = models.CharField(max_length=255)
    minute = models.DateTimeField()
    taken = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.domain} {self.minute:%Y-%m-%d %H:%M} {self.taken}"
