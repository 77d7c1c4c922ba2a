from datetime import time
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.user import User
from partners.places import LANGUAGES, validate_time_zone

validate_colour = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour as # and six digits, such as #2f6f4f."))
validate_days = RegexValidator(r"^1?2?3?4?5?6?7?$", _("Write the working days as digits, Monday is 1: 12345."))


class VendorQuerySet(models.QuerySet["Vendor"]):
    def with_member(self, user: User) -> Self:
        """Vendors on whose staff ``user`` is."""
        return self.filter(members__user=user, members__left_at=None)


class Vendor(models.Model):
    """The tenant: a company that signs resellers."""

    slug = models.SlugField(_("address"), unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=150)
    country = models.CharField(_("country"), max_length=2, default="DE")
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, default="en")
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Berlin", validators=[validate_time_zone]
    )
    colour = models.CharField(_("colour"), max_length=7, default="#2f6f4f", validators=[validate_colour])
    reply_to = models.EmailField(_("answers go to"), blank=True)
    postal_address = models.CharField(_("postal address"), max_length=250, blank=True)

    # When a partner may be reminded, in the partner's own time zone.
    working_days = models.CharField(_("working days"), max_length=7, default="12345", validators=[validate_days])
    day_starts = models.TimeField(_("day starts"), default=time(9))
    day_ends = models.TimeField(_("day ends"), default=time(17))

    # Whether partners are asked, a day after they began, how sure they are. New vendors do; see ``vendors``.
    asks_confidence = models.BooleanField(_("asks how sure partners are"), default=False, db_default=False)

    # After how long a partner counts as silent. Wall-clock, not working time.
    never_started_hours = models.PositiveIntegerField(default=48, validators=[MinValueValidator(1)])
    stopped_hours = models.PositiveIntegerField(default=7 * 24, validators=[MinValueValidator(1)])
    waiting_hours = models.PositiveIntegerField(default=24, validators=[MinValueValidator(1)])
    ordered_once_days = models.PositiveIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )

    # Raised by every change to zone, hours or cadence; follow-ups planned under an older one are planned anew.
    policy_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    objects = VendorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(day_starts__lt=models.F("day_ends")), name="vendor_day_has_hours"
            ),
            models.CheckConstraint(condition=~models.Q(working_days=""), name="vendor_week_has_days"),
        ]

    def __str__(self) -> str:
        return self.name
