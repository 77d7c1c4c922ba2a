from django.db import models

from partners.models import User


class CalendarFeed(models.Model):
    """The address under which a person's calendar program reads their times. No row: there is none."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_feed")
    key = models.CharField(max_length=32, unique=True)  # exchanged when the address is renewed
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Calendar of {self.user}"
