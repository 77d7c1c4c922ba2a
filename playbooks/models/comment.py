from typing import Self

from django.db import models
from django.db.models import Q

from partners.models import User, Vendor
from playbooks.models.playbook import Playbook


class CommentQuerySet(models.QuerySet["Comment"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(playbook__vendor=vendor)

    def open(self) -> Self:
        return self.filter(settled_at=None)


class Comment(models.Model):
    """A word among co-authors about a step; by the step's key, so that it outlives the version. No partner sees it."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="comments")
    step = models.SlugField(max_length=60)  # its key
    text = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = CommentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["playbook", "step", "id"], name="comment_of_step"),
            models.Index(fields=["playbook", "step"], condition=Q(settled_at=None), name="comment_open"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.made_at:%Y-%m-%d %H:%M}"
