import secrets
from typing import Self

from django.db import models

from partners.models import User, Vendor
from playbooks.models.progress import Progress


def new_key() -> str:
    return secrets.token_hex(16)


def place_of(stored: "StoredFile", name: str) -> str:
    """Under a name of our own making: what the sender called it stands in the row alone."""
    return f"files/{stored.key[:2]}/{stored.key}"


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def visible_to(self, user: User | int) -> Self:
        """What was given in steps that ``user`` may see, as contact or as sponsor."""
        return self.filter(progress__in=Progress.objects.visible_to(user))


class StoredFile(models.Model):
    """A file that somebody sent, checked before it was kept; its content is in Django's storage."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="+")
    progress = models.ForeignKey(Progress, null=True, blank=True, on_delete=models.CASCADE, related_name="files")
    key = models.CharField(max_length=32, unique=True, default=new_key)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    file = models.FileField(upload_to=place_of, max_length=100)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = StoredFileQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
