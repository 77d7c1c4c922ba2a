from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.user import User
from partners.models.vendor import Vendor


class UploadQuerySet(models.QuerySet["Upload"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def of_user(self, user: User) -> Self:
        return self.filter(user=user)

    def older_than(self, moment: datetime) -> Self:
        return self.filter(uploaded_at__lt=moment)

    def claimable(self, *, now: datetime) -> Self:
        """Those to be loaded that nobody is loading, or whose loader died."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=now), state=Upload.State.LOADING)


class Upload(models.Model):
    """A file of partners or orders between upload and result. The file itself is in the storage, and goes after."""

    class Kind(models.TextChoices):
        PARTNERS = "partners", _("Partners")
        ORDERS = "orders", _("Orders")

    class State(models.TextChoices):
        SEEN = "seen", _("Waits for your decision")
        LOADING = "loading", _("Is being loaded")
        LOADED = "loaded", _("Loaded")
        DROPPED = "dropped", _("Nothing was loaded")
        FAILED = "failed", _("Could not be loaded")

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="uploads")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    token = models.CharField(max_length=43, unique=True)
    name = models.CharField(max_length=200)  # as the person's computer calls the file
    stored_as = models.CharField(max_length=200, blank=True)  # in the storage; "" when it is gone
    sheet = models.CharField(max_length=100, blank=True)
    mapping = models.JSONField(default=dict)  # our column -> where it stands in the file, from 0
    start_playbook = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.SEEN)
    uploaded_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)  # how often loading broke off by a fault of ours
    lease_until = models.DateTimeField(null=True, blank=True)
    # What the look through the file found.
    rows = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)  # the first ones: [line, column, reason]
    outlook = models.JSONField(default=dict)  # what loading would do: see partners/importing/outlook.py
    trouble = models.TextField(blank=True)  # why the file cannot be used as it is mapped
    # What loading did so far.
    seen = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    further = models.PositiveIntegerField(default=0)
    started = models.PositiveIntegerField(default=0)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["vendor", "uploaded_at"], name="upload_by_age")]

    def __str__(self) -> str:
        return self.name

    @property
    def good(self) -> int:
        return self.rows - self.bad

    @property
    def unchanged(self) -> int:
        """Good rows that told nothing new."""
        of_rows = self.new if self.kind == self.Kind.ORDERS else self.new + self.further
        return max(0, self.good - of_rows)

    @property
    def is_decided(self) -> bool:
        return self.state != self.State.SEEN
