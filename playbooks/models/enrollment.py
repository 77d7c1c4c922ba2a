from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from partners.models import Order, Partner, User, Vendor
from playbooks.models.playbook import Playbook, PlaybookVersion


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def of_contact(self, user: User) -> Self:
        """Enrollments, over all vendors, of the partners at which ``user`` is a contact."""
        return self.filter(partner__in=Partner.objects.where_contact(user))

    def with_first_order(self) -> Self:
        """With ``first_order_on``: when the partner, or a customer of it, first ordered."""
        orders = Order.objects.filter(partner=OuterRef("partner")).order_by("ordered_on").values("ordered_on")
        return self.annotate(first_order_on=Subquery(orders[:1]))

    def running(self) -> Self:
        return self.filter(state=Enrollment.State.RUNNING)


class Enrollment(models.Model):
    """One partner walking one published version."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        STOPPED = "stopped", _("Stopped")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="enrollments")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="enrollments")
    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="enrollments")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="enrollments")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    # The partner's own words, asked for at kick-off.
    goal = models.TextField(_("what do you want out of it?"), blank=True)
    goal_by = models.DateField(_("by when?"), null=True, blank=True)
    goal_why = models.TextField(_("why now?"), blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "playbook"], condition=Q(state="running"), name="enrollment_running_once"
            ),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None) | (~Q(state="running") & Q(ended_at__isnull=False)),
                name="enrollment_ended_has_time",
            ),
        ]
        indexes = [models.Index(fields=["partner", "-started_at"], name="enrollment_by_partner")]

    def __str__(self) -> str:
        return f"{self.partner} / {self.version}"
