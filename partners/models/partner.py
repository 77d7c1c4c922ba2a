import unicodedata
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.member import Member
from partners.models.user import User
from partners.models.vendor import Vendor
from partners.places import LANGUAGES, validate_time_zone
from partners.prepared import Prepared


def company_key(company: str) -> str:
    """How a company is found and sorted: folded case, no accents, single spaces. At most 200 characters."""
    if company.isascii():  # the same, a good deal faster
        return " ".join(company.lower().split())[:200]
    plain = unicodedata.normalize("NFKD", company.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())[:200]


class PartnerQuerySet(models.QuerySet["Partner"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def where_contact(self, user: User | int) -> Self:
        """Partners, over all vendors, at which ``user`` is a contact."""
        return self.filter(contacts__user=user, contacts__left_at=None)

    def called(self, text: str) -> Self:
        """Partners found by company, however it is spelled, or by a contact's exact address."""
        by_address = self.filter(contacts__email=text.strip().lower()).values("pk")
        return self.filter(models.Q(company_key=company_key(text)) | models.Q(pk__in=by_address))

    def to_be_led(self) -> Self:
        """In the programme, with somebody to talk to: the direct customers that orders brought along have nobody."""
        return self.exclude(state=Partner.State.LEFT).filter(contacts__is_primary=True, contacts__left_at=None)

    def first_line_of(self, sponsor: "Partner") -> Self:
        return self.filter(vendor_id=sponsor.vendor_id, sponsor=sponsor)


class Partner(models.Model):
    """A reseller company in one vendor's programme."""

    class State(models.TextChoices):
        SIGNED = "signed", _("Signed, not accepted yet")
        ACCEPTED = "accepted", _("Accepted")
        LEFT = "left", _("Left")

    class Size(models.TextChoices):
        SOLO = "1", _("One person")
        SMALL = "2-9", _("2 to 9 people")
        MEDIUM = "10-49", _("10 to 49 people")
        LARGE = "50-249", _("50 to 249 people")
        CORPORATE = "250+", _("250 people or more")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="partners")
    company = models.CharField(_("company"), max_length=200)
    company_key = models.CharField(max_length=200, editable=False)
    reference = models.CharField(_("your reference"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, blank=True)
    size = models.CharField(_("size"), max_length=10, choices=Size.choices, blank=True)
    vertical = models.CharField(_("vertical"), max_length=80, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    sponsor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="first_line")
    manager = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="partners")
    deputy = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="deputised")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SIGNED)
    signed_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = PartnerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "reference"], condition=~models.Q(reference=""), name="partner_reference_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="signed", accepted_at=None)
                | (~models.Q(state="signed") & models.Q(accepted_at__isnull=False)),
                name="partner_accepted_has_time",
            ),
            models.CheckConstraint(condition=~models.Q(sponsor=models.F("id")), name="partner_not_own_sponsor"),
        ]
        indexes = [
            models.Index(fields=["vendor", "company_key", "id"], name="partner_by_company"),
        ]

    def __str__(self) -> str:
        return self.company

    def save(
        self,
        *args: Any,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        self.company_key = company_key(self.company)
        if update_fields is not None and "company" in update_fields:
            update_fields = {*update_fields, "company_key"}
        super().save(
            *args, force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields
        )

    @property
    def zone_name(self) -> str:
        return self.time_zone or self.vendor.time_zone


# Somebody whom a partner with this contact brought in, if anybody.
BROUGHT_BY: Prepared[int] = Prepared(
    lambda user: (
        Partner.objects.filter(sponsor__contacts__user=user, sponsor__contacts__left_at=None)
        .order_by()
        .values_list("pk", flat=True)[:1]
    ),
    int,
)
