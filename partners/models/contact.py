from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.addresses import LowercaseEmailField
from partners.models.partner import Partner
from partners.models.user import User
from partners.models.vendor import Vendor
from partners.places import LANGUAGES, validate_time_zone


class ContactQuerySet(models.QuerySet["Contact"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(partner__vendor=vendor, left_at=None)

    def of_user(self, user: User) -> Self:
        return self.filter(user=user, left_at=None)


class Contact(models.Model):
    """A person at a partner; may have a login; has a role there."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Management")
        SALES = "sales", _("Sales")
        TECHNICAL = "technical", _("Technical")
        MARKETING = "marketing", _("Marketing")
        FINANCE = "finance", _("Finance")
        STAKEHOLDER = "stakeholder", _("Stakeholder")

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="contacts")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts")
    name = models.CharField(_("name"), max_length=150)
    email = LowercaseEmailField(_("e-mail"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.OWNER)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    # The person the playbook talks to. Exactly one at a partner that walks a playbook.
    is_primary = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "email"], name="contact_email_once"),
            models.UniqueConstraint(
                fields=["partner"], condition=models.Q(is_primary=True), name="contact_primary_once"
            ),
        ]
        indexes = [models.Index(fields=["email"], name="contact_by_email")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone_name(self) -> str:
        """The zone this person is reminded in: their own, else the partner's, else the vendor's."""
        return self.time_zone or self.partner.zone_name

    @property
    def language_code(self) -> str:
        return self.language or self.partner.language or self.partner.vendor.language
