from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Contact, Member, Vendor


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)


class MessageFields(models.Model):
    """What a message is, in use and in the archive alike: a field that is added here is added to both tables."""

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        CLAIMED = "claimed", _("Claimed")
        SENDING = "sending", _("Being sent")
        ACCEPTED = "accepted", _("Accepted by the mail server")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown: the line broke while sending")
        CANCELLED = "cancelled", _("Cancelled")

    class Kind(models.TextChoices):
        REMINDER = "reminder", _("Reminder")  # capped: one a day to a person
        # The first mail after a partner was accepted: no cap counts it. The word sorts before "reminder", and so the
        # mail leaves before a burst of them.
        GREETING = "greeting", _("Welcome")
        # To who was stuck and asked: no cap counts it either, and it leaves before all but account mail.
        ANSWER = "answer", _("Answer")
        ACCOUNT = "account", _("Account")  # sign-in codes, invitations, answers to what a person just did
        # What leaves by another way than mail: no cap counts it, and the word sorts after "reminder".
        TOUCH = "touch", _("Touch")

    vendor = models.ForeignKey(  # an index of each table begins with it
        Vendor, null=True, blank=True, on_delete=models.CASCADE, related_name="%(class)ss", db_index=False
    )
    # "digest:<vendor>:<address>:<local date>" for reminders, "fu:<id>:<address>" for a welcome or an answer,
    # "fu:<id>:<channel>" for what is no mail, "test:<uuid>" where that is tried out, "mail:<uuid>" for the rest.
    key = models.CharField(max_length=400, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    channel = models.CharField(max_length=8, default="mail")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="%(class)ss")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="%(class)ss")
    to_address = models.EmailField()
    language = models.CharField(max_length=5, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.READY)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)  # on the database's clock
    fence = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    calendar = models.TextField(blank=True, default="", db_default="")  # an entry for calendar programs (RFC 5546)
    headers = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)  # the project's clock, for people
    last_error = models.TextField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class Message(MessageFields):
    """The outbox: what leaves the house. A row here is the only way anything is sent."""

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(state__in=["claimed", "sending"]) & Q(lease_until__isnull=False))
                | (~Q(state__in=["claimed", "sending"]) & Q(lease_until=None)),
                name="message_lease_while_held",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["accepted", "failed", "unknown", "cancelled"]) & Q(finished_at__isnull=False))
                | (~Q(state__in=["accepted", "failed", "unknown", "cancelled"]) & Q(finished_at=None)),
                name="message_final_has_time",
            ),
        ]
        indexes = [
            # By kind first: an account mail never waits behind a burst of reminders.
            models.Index(fields=["kind", "not_before", "id"], condition=Q(state="ready"), name="message_ready"),
            # What message_lease_while_held says of those that are held; SQLite finds no list of states in a condition.
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="message_held"),
            models.Index(
                fields=["to_address", "finished_at"],
                condition=Q(state="accepted", kind="reminder"),
                name="message_for_caps",
            ),
            # What message_final_has_time says of those that have not left: no list of states here either.
            models.Index(
                fields=["to_address"], condition=Q(finished_at=None, kind="reminder"), name="message_not_over"
            ),
            models.Index(fields=["vendor", "-created_at"], name="message_by_vendor"),
            models.Index(fields=["finished_at", "id"], condition=Q(state="unknown"), name="message_unknown"),
            models.Index(
                fields=["vendor", "not_before"],
                condition=Q(state="ready", channel="webhook"),
                name="message_webhook_ready",
            ),
            models.Index(fields=["vendor", "-id"], condition=Q(channel="webhook"), name="message_webhook_lately"),
        ]


class AttemptFields(models.Model):
    """What was tried, in use and in the archive alike."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected for good")
        DEFERRED = "deferred", _("Asked to try again later")
        BROKEN = "broken", _("The line broke before the text was sent")
        UNKNOWN = "unknown", _("The line broke while the text was sent")
        CANCELLED = "cancelled", _("Not wanted any more")
        # What a person found out about an unknown one; ``response`` says who.
        ARRIVED = "arrived", _("Somebody saw that it arrived")
        AGAIN = "again", _("Somebody saw that it had not arrived, and had it sent again")

    at = models.DateTimeField()
    fence = models.PositiveIntegerField()
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    code = models.PositiveIntegerField(null=True, blank=True)  # the SMTP reply code
    response = models.TextField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.outcome} {self.at:%Y-%m-%d %H:%M}"


class Attempt(AttemptFields):
    """Append-only: what was tried, when, and what the server said."""

    # attempt_by_message begins with it
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["message", "at"], name="attempt_by_message")]
