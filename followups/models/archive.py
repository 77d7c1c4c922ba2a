"""What is over and long past, out of the way of what is still moving. Rows keep their primary keys and unique keys.

A key that lies here was used: nothing is planned or sent under it again.
"""

from django.db import models
from django.db.models import Q

from followups.models.followup import FollowUpFields
from followups.models.message import AttemptFields, MessageFields


class ArchivedMessage(MessageFields):
    class Meta:
        indexes = [models.Index(fields=["vendor", "-finished_at"], name="archivedmessage_by_vendor")]


class ArchivedAttempt(AttemptFields):
    message = models.ForeignKey(ArchivedMessage, on_delete=models.CASCADE, related_name="attempts")


class ArchivedFollowUp(FollowUpFields):
    message = models.ForeignKey(
        ArchivedMessage, null=True, blank=True, on_delete=models.CASCADE, related_name="followups"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "progress", "kind", "episode"],
                condition=Q(progress__isnull=False),
                name="archivedfollowup_once_per_step",
            ),
            models.UniqueConstraint(
                fields=["enrollment", "kind", "episode"],
                condition=Q(progress=None, enrollment__isnull=False),
                name="archivedfollowup_once_per_enrollment",
            ),
            models.UniqueConstraint(
                fields=["partner", "kind", "episode"],
                condition=Q(progress=None, enrollment=None),
                name="archivedfollowup_once_per_partner",
            ),
        ]
        indexes = [models.Index(fields=["partner", "-finished_at", "-id"], name="archivedfollowup_timeline")]
