from typing import Self

from django.db import models
from django.db.models import Q

from followups.models.archive import ArchivedFollowUp
from followups.models.followup import FollowUp, FollowUpFields
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
    """A note at somebody's bell, written in the transaction in which its follow-up is decided.

    Or one that no cadence asked for: it has a key instead, is in our words, and says itself where it leads.
    """

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="notifications")
    followup = models.OneToOneField(
        FollowUp, null=True, blank=True, on_delete=models.CASCADE, related_name="notification"
    )
    archived = models.ForeignKey(  # where that follow-up is, once it is long over
        ArchivedFollowUp, null=True, blank=True, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    key = models.CharField(max_length=120, blank=True, default="", db_default="")
    leads_to = models.CharField(max_length=300, blank=True, default="", db_default="")  # a path
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
            ),
            models.CheckConstraint(
                condition=Q(followup__isnull=False, archived=None, key="", leads_to="")
                | Q(followup=None, archived__isnull=False, key="", leads_to="")
                | (Q(followup=None, archived=None) & ~Q(key="") & ~Q(leads_to="")),
                name="notification_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["archived"], condition=Q(archived__isnull=False), name="notification_once_archived"
            ),
            models.UniqueConstraint(fields=["vendor", "key"], condition=~Q(key=""), name="notification_once_per_key"),
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
        return f"{self.came_of.kind if self.came_of else self.key} {self.made_at:%Y-%m-%d %H:%M}"

    @property
    def came_of(self) -> FollowUpFields | None:
        """The follow-up that it is, in use or archived; none where it has a key."""
        return self.followup or self.archived
