from django.db import models


class Tick(models.Model):
    """A slot of time in which a job has run. Any number of beats: inserting the slot wins or does nothing."""

    pk = models.CompositePrimaryKey("job", "slot")
    job = models.CharField(max_length=40)
    slot = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.job} {self.slot:%Y-%m-%d %H:%M:%S}"
