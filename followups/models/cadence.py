from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Contact, Vendor
from playbooks.models import Playbook

LONGEST_DELAY = 90 * 24


class CadenceQuerySet(models.QuerySet["Cadence"]):
    def of(self, vendor: Vendor) -> Self:
        return self.filter(vendor=vendor)

    def standard(self) -> Self:
        return self.filter(playbook=None)


class Cadence(models.Model):
    """A vendor's rule of touches: what is sent, to whom, how long after a step opens.

    The standard one is for everything that has none of its own. A playbook may have its own, and so may a stage or a
    step of it, in all its versions; the nearest holds alone. Without touches it says that nothing is sent there.

    Its touches are in force; what is being changed lies beside them as a draft, where the engine does not see it.
    """

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="cadences")
    playbook = models.ForeignKey(Playbook, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    # Of a stage or a step: keys stay the same over versions, and a version may have no such part any more.
    stage_key = models.SlugField(max_length=60, blank=True, default="", db_default="")
    step_key = models.SlugField(max_length=60, blank=True, default="", db_default="")
    made_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    draft_since = models.DateTimeField(null=True, blank=True)
    # Once the draft is published, this cadence is gone, and the next wider one holds.
    draft_inherits = models.BooleanField(default=False, db_default=False)

    objects = CadenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor"], condition=Q(playbook=None), name="cadence_standard_once"),
            models.UniqueConstraint(
                fields=["playbook", "stage_key", "step_key"],
                condition=Q(playbook__isnull=False),
                name="cadence_in_playbook_once",
            ),
            models.CheckConstraint(
                condition=Q(stage_key="", step_key="") | Q(playbook__isnull=False) & (Q(stage_key="") | Q(step_key="")),
                name="cadence_of_one_part",
            ),
            models.CheckConstraint(
                condition=Q(draft_inherits=False) | Q(draft_since__isnull=False, playbook__isnull=False),
                name="cadence_inherits_by_draft",
            ),
        ]

    def __str__(self) -> str:
        own = (str(self.playbook), self.stage_key, self.step_key) if self.playbook_id else ()
        return " / ".join(filter(None, [str(self.vendor), *own]))

    @property
    def has_draft(self) -> bool:
        return self.draft_since is not None

    @property
    def is_of_part(self) -> bool:
        """For a stage or a step alone."""
        return bool(self.stage_key or self.step_key)


class TouchRule(models.Model):
    """What one touch says: planned whenever a step opens for a partner."""

    class Basis(models.TextChoices):
        ELAPSED = "elapsed", _("Hours on the clock")
        WORKING = "working", _("Working hours")

    class To(models.TextChoices):
        PARTNER = "partner", _("The partner’s contact")
        MANAGER = "manager", _("The channel manager")
        SPONSOR = "sponsor", _("The sponsor")

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")
        IN_APP = "in-app", _("A note in Firstline, at the bell")
        CALL = "call", _("A call, as a task for the channel manager")
        WEBHOOK = "webhook", _("A webhook: your own system is told")

    class Condition(models.TextChoices):
        ALWAYS = "", _("Always")
        NOTHING_DONE = "nothing_done", _("Only while the partner has not done a single step")
        SOMETHING_DONE = "something_done", _("Only once the partner has done a step")

    kind = models.SlugField(max_length=40)  # "remind-24h": the follow-up's kind
    after_hours = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DELAY)])
    basis = models.CharField(max_length=8, choices=Basis.choices, default=Basis.ELAPSED)
    to = models.CharField(max_length=8, choices=To.choices, default=To.PARTNER)
    # Whom of the partner's people: a Contact.Role; without one, or where nobody has it, who the playbook talks to.
    role = models.CharField(max_length=12, choices=Contact.Role.choices, blank=True, default="", db_default="")
    condition = models.CharField(max_length=16, choices=Condition.choices, blank=True, default="", db_default="")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    # {"en": {"subject": "...", "body": "..."}, "de": {...}}, or nothing: then it is said in Firstline's words.
    texts = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.kind


class Touch(TouchRule):
    """A touch in force."""

    cadence = models.ForeignKey(Cadence, on_delete=models.CASCADE, related_name="touches")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["cadence", "after_hours"]
        constraints = [models.UniqueConstraint(fields=["cadence", "kind"], name="touch_kind_once")]


class DraftTouch(TouchRule):
    """A touch as it will be once the draft is published. Nothing is planned by it."""

    cadence = models.ForeignKey(Cadence, on_delete=models.CASCADE, related_name="draft_touches")

    class Meta:
        ordering = ["cadence", "after_hours"]
        constraints = [models.UniqueConstraint(fields=["cadence", "kind"], name="draft_touch_kind_once")]
