from django.db import models

from partners.models import Vendor
from playbooks.models.enrollment import Enrollment


class Certificate(models.Model):
    """That a partner walked a playbook to its end. The names are those of that day: it says the same for ever."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="certificates")
    enrollment = models.OneToOneField(Enrollment, on_delete=models.CASCADE, related_name="certificate")
    number = models.CharField(max_length=14, unique=True)
    company = models.CharField(max_length=200)
    person = models.CharField(max_length=150, blank=True)
    vendor_name = models.CharField(max_length=150)
    issued_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number
