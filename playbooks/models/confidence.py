from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Contact, User, Vendor
from playbooks.models.enrollment import Enrollment


class Confidence(models.Model):
    """What a partner answered a day after the start, when it shows whether the decision holds."""

    class Answer(models.TextChoices):
        CONFIDENT = "confident", _("Confident")
        DOUBTS = "doubts", _("Has doubts")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="+")
    enrollment = models.OneToOneField(Enrollment, on_delete=models.CASCADE, related_name="confidence")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answer = models.CharField(max_length=9, choices=Answer.choices)
    first_answer = models.CharField(max_length=9, choices=Answer.choices)  # as it was before anybody helped
    reason = models.TextField(blank=True)  # in the person's own words
    answered_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(answer="doubts") | ~Q(reason=""), name="confidence_doubts_have_reason")
        ]

    def __str__(self) -> str:
        return f"{self.answer} {self.answered_at:%Y-%m-%d %H:%M}"

    @property
    def has_doubts(self) -> bool:
        return self.answer == self.Answer.DOUBTS

    @property
    def mark(self) -> str:
        """What a page that shows this answer sends back with a new one: nobody takes back what they have not read."""
        return self.changed_at.isoformat()

    def is_of(self, *, user: User | None, contact: Contact | None) -> bool:
        """Whether it is theirs to take back; that of somebody who is gone is everybody's."""
        if self.contact is None or self.contact.left_at is not None or self.contact == contact:
            return True
        return user is not None and self.contact.user_id == user.pk
