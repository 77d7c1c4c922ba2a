from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.addresses import LowercaseEmailField
from partners.models.member import Member
from partners.models.partner import Partner
from partners.models.vendor import Vendor
from partners.places import LANGUAGES


class ApplicationQuerySet(models.QuerySet["Application"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def undecided(self) -> Self:
        return self.filter(state__in=Application.UNDECIDED)

    def decided(self) -> Self:
        return self.exclude(state__in=Application.UNDECIDED)


class Application(models.Model):
    """A would-be partner on its way through the human gate.

    No path leads to accepted without a conversation on record and a person who said yes to leading them.
    """

    class State(models.TextChoices):
        APPLIED = "applied", _("Applied")
        CONVERSATION_HELD = "conversation_held", _("Conversation held")
        ASSESSED = "assessed", _("Assessed")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    UNDECIDED = (State.APPLIED, State.CONVERSATION_HELD, State.ASSESSED)

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="applications")
    company = models.CharField(_("company"), max_length=200)
    contact_name = models.CharField(_("your name"), max_length=150)
    email = LowercaseEmailField(_("e-mail"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    country = models.CharField(_("country"), max_length=2)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES)
    size = models.CharField(_("size"), max_length=10, choices=Partner.Size.choices, blank=True)
    motivation = models.TextField(_("what do you want out of it?"), blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.APPLIED)
    applied_at = models.DateTimeField()
    conversation_at = models.DateTimeField(null=True, blank=True)
    interviewer = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    conversation_notes = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decision_reason = models.TextField(blank=True)
    partner = models.OneToOneField(Partner, null=True, blank=True, on_delete=models.SET_NULL)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(conversation_at=None, interviewer=None)
                | Q(conversation_at__isnull=False, interviewer__isnull=False),
                name="application_conversation_has_interviewer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["conversation_held", "assessed", "accepted"])
                | Q(conversation_at__isnull=False),
                name="application_no_yes_without_conversation",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="application_accepted_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["vendor", "state", "-applied_at"], name="application_queue")]

    def __str__(self) -> str:
        return self.company
