from typing import Self

from django.db import models
from django.db.models import Q

from followups.models.followup import FollowUp
from partners.models import Contact, Member, User, Vendor
from playbooks.models import Progress


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of_member(self, member: Member) -> Self:
        return self.filter(member=member)

    def of_user(self, user: User | int) -> Self:
        """What came to ``user`` as somebody’s contact, at any vendor."""
        return self.filter(contact__in=Contact.objects.filter(user=user, left_at=None))

    def unread(self) -> Self:
        """Not looked at, and not over."""
        return self.filter(read_at=None, settled_at=None)


class Notification(models.Model):
    """A note at somebody's bell. It is there from the moment its follow-up is decided, in the same transaction."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="notifications")
    followup = models.OneToOneField(FollowUp, on_delete=models.CASCADE, related_name="notification")
    # The follow-up's own, again: the bell of every page counts by them alone.
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    progress = models.ForeignKey(Progress, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    # The vendor's own words as they were, with their fields filled in: {"en": {"subject": "...", "body": "..."}, ...}.
    texts = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)  # what it speaks of was done or answered

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(contact=None, member__isnull=False) | Q(contact__isnull=False, member=None),
                name="notification_one_reader",
            )
        ]
        indexes = [
            models.Index(
                fields=["member"], condition=Q(read_at=None, settled_at=None), name="notification_unread_member"
            ),
            models.Index(
                fields=["contact"], condition=Q(read_at=None, settled_at=None), name="notification_unread_contact"
            ),
            models.Index(fields=["member", "-made_at", "-id"], name="notification_of_member"),
            models.Index(fields=["contact", "-made_at", "-id"], name="notification_of_contact"),
            models.Index(fields=["progress"], condition=Q(settled_at=None), name="notification_of_open_step"),
        ]

    def __str__(self) -> str:
        return f"{self.followup.kind} {self.made_at:%Y-%m-%d %H:%M}"
