from django.db import models

from partners.models import User
from playbooks.models.playbook import PlaybookVersion


class DraftChange(models.Model):
    """One change of a draft, with what stood there before: the newest can be taken back, then the one before it.

    What was taken back stays until the next change, so that it can be redone.
    """

    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="changes")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=20)  # as in the audit log: "step_moved"
    subject = models.CharField(max_length=60, blank=True)  # the key of the step or stage
    titles = models.JSONField(default=dict)  # of the subject, by language
    before = models.JSONField()  # see playbooks.undoing
    after = models.JSONField(null=True, blank=True)  # once it is taken back: what stood there until then

    class Meta:
        indexes = [models.Index(fields=["version", "-id"], name="change_newest_of_version")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
