from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.partner import Partner
from partners.models.vendor import Vendor


class Life(models.TextChoices):
    """How far a customer or a partner has come; kept by orders and referrals, never set by hand."""

    PROSPECT = "prospect", _("Prospect")
    FIRST_ORDER = "first_order", _("First order")
    REPEAT = "repeat", _("Ordered again")
    REGULAR = "regular", _("Regular")
    REFERRER = "referrer", _("Recommends you")


class CustomerQuerySet(models.QuerySet["Customer"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def who_ordered_once(self) -> Self:
        """All their orders fall on one day."""
        return self.filter(order_days=1)


class Customer(models.Model):
    """A customer of a partner."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="customers")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="customers")
    reference = models.CharField(_("reference"), max_length=80)
    name = models.CharField(_("name"), max_length=200, blank=True)
    created_at = models.DateTimeField()
    # What the orders tell, kept by partners/ordering.py.
    order_days = models.PositiveIntegerField(default=0, db_default=0)
    first_order_on = models.DateField(null=True, blank=True)
    last_order_on = models.DateField(null=True, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "reference"], name="customer_reference_once"),
            models.CheckConstraint(
                condition=Q(order_days=0, first_order_on=None, last_order_on=None)
                | Q(order_days__gt=0, first_order_on__isnull=False, last_order_on__isnull=False),
                name="customer_order_days_have_dates",
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "-last_order_on", "id"], condition=Q(order_days=1), name="customer_ordered_once"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.reference


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)


class Order(models.Model):
    """One order, by a partner itself or, with ``customer``, by one of its customers."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="orders")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="orders")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="orders")
    # The order's own number, or one derived from the row, so that the same file twice changes nothing.
    reference = models.CharField(max_length=160)
    ordered_on = models.DateField()
    quantity = models.PositiveIntegerField(default=1)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    imported_at = models.DateTimeField()

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "reference"], name="order_reference_once")]
        indexes = [models.Index(fields=["partner", "ordered_on"], name="order_by_partner_day")]

    def __str__(self) -> str:
        return self.reference
