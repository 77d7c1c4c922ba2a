from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import User, Vendor
from playbooks.texts import text_in


class PlaybookQuerySet(models.QuerySet["Playbook"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def in_use(self) -> Self:
        return self.filter(archived_at=None)


class Playbook(models.Model):
    """What a vendor's partners walk; its texts and steps live in versions."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="playbooks")
    slug = models.SlugField(max_length=60)
    # The one that accepting a partner starts when nothing else is said.
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = PlaybookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "slug"], name="playbook_slug_once"),
            models.UniqueConstraint(fields=["vendor"], condition=Q(is_default=True), name="playbook_default_once"),
        ]

    def __str__(self) -> str:
        return self.slug

    def draft(self) -> "PlaybookVersion | None":
        return self.versions.filter(state=PlaybookVersion.State.DRAFT).first()

    def published(self) -> "PlaybookVersion | None":
        """The newest published version: the one new partners start with."""
        return self.versions.filter(state=PlaybookVersion.State.PUBLISHED).order_by("-number").first()


class PublishedNeverChanges(Exception):
    """A published version was about to be changed; start a new draft instead."""

    message = _("This version has been published, so it stays as it is. Start a new draft to change something.")


class PlaybookVersion(models.Model):
    """One state of a playbook. A draft changes; once published it never does."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    languages = models.JSONField(default=list)  # ["en", "de"]; the first is the one fallen back to
    # {"en": {"name": "...", "summary": "...", "goal_hint": "..."}, "de": {...}}
    texts = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    is_frozen = False  # loaded from the database as published
    remembered: Any = None  # what a change that is under way began with: playbooks.undoing

    class Meta:
        ordering = ["playbook", "number"]
        constraints = [
            models.UniqueConstraint(fields=["playbook", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["playbook"], condition=Q(state="draft"), name="version_one_draft"),
            models.CheckConstraint(
                condition=Q(state="draft", published_at=None) | Q(state="published", published_at__isnull=False),
                name="version_published_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.playbook} {self.number}"

    def save(self, *args: Any, **options: Any) -> None:
        if self.is_frozen:
            raise PublishedNeverChanges
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        self.refuse_when_published()
        return super().delete(*args, **options)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        version = super().from_db(db, field_names, values, **options)
        version.is_frozen = version.__dict__.get("state") == cls.State.PUBLISHED
        return version

    def refuse_when_published(self) -> None:
        if not self.is_draft:
            raise PublishedNeverChanges

    def text(self, key: str, language: str) -> str:
        """``name``, ``summary`` or ``goal_hint`` in ``language``, else in the version's first language."""
        return str(text_in(self.texts, key, language) or "")

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT
