from django.db import models

from partners.models import User
from playbooks.models.progress import Progress
from playbooks.models.step import Step


class Evidence(models.Model):
    """What was given for one field of a step; who changes it before the step is done replaces it."""

    progress = models.ForeignKey(Progress, on_delete=models.CASCADE, related_name="evidence")
    # Whose field it is: a version's step, which never changes, also where the walk goes on in a later version.
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    key = models.SlugField(max_length=60)
    value = models.JSONField()  # see playbooks.evidence.fields
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    giver_name = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["progress", "step", "key"], name="evidence_once")]

    def __str__(self) -> str:
        return self.key
