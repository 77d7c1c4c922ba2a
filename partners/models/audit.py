from django.db import models

from partners.models.user import User
from partners.models.vendor import Vendor


class AuditEntry(models.Model):
    """Who changed what at a vendor: written in the transaction of the change, never changed, never deleted alone."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="audit_entries")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["vendor", "-at"], name="audit_by_time")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
