from typing import Any, Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import Contact
from playbooks.models.playbook import PlaybookVersion
from playbooks.texts import text_in


class Turn(models.TextChoices):
    """Whose move it is."""

    PARTNER = "partner", _("Partner")
    VENDOR = "vendor", _("Vendor")
    SPONSOR = "sponsor", _("Sponsor")


# The roles that do something: a stakeholder is kept informed.
ROLES: Final = [(role.value, role.label) for role in Contact.Role if role != Contact.Role.STAKEHOLDER]


class Achieves(models.TextChoices):
    """What a partner has once a step is done, and may be proud of."""

    FIRST_CLIENT = "first_client", _("chosen a first client")
    FIRST_CAMPAIGN = "first_campaign", _("sent a first campaign")


class PartOfVersion(models.Model):
    """What a version is made of: once the version is published, it stays as it is."""

    class Meta:
        abstract = True

    version: models.ForeignKey[PlaybookVersion, PlaybookVersion]

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            self.version.refuse_when_published()
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        self.version.refuse_when_published()
        return super().delete(*args, **options)


class Stage(PartOfVersion):
    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="stages")
    key = models.SlugField(max_length=60)
    position = models.PositiveIntegerField()
    texts = models.JSONField(default=dict)  # {"en": {"title": "..."}}

    class Meta:
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="stage_key_once")]

    def __str__(self) -> str:
        return self.key

    def title(self, language: str) -> str:
        return str(text_in(self.texts, "title", language) or self.key)


class Step(PartOfVersion):
    """One bite-sized thing to do: why it pays first, then how in small moves."""

    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="steps")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="steps")
    key = models.SlugField(max_length=60)
    # Over the whole version, 0-based, without gaps after a save; the order in which steps open.
    position = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField(default=10, validators=[MinValueValidator(1), MaxValueValidator(480)])
    who = models.CharField(max_length=8, choices=Turn.choices, default=Turn.PARTNER)
    # Who at the partner does it: playbooks.doing. Empty: anyone there; only where the partner does it.
    role = models.CharField(max_length=12, choices=ROLES, blank=True, default="", db_default="")
    # The page of the step has the fields for the partner's goal; only where the partner does it.
    asks_for_goal = models.BooleanField(default=False, db_default=False)
    # What shows that it is done, in order: playbooks.evidence.fields. Empty: a press is enough.
    evidence = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # Pressing done hands it to the vendor, who says yes or what is missing; never where the vendor does it.
    wants_approval = models.BooleanField(default=False, db_default=False)
    # How many questions must be right; 0: each that is answered.
    pass_mark = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Links, files and films that help, in order: playbooks.resources.items.
    resources = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # The keys of the steps it needs: see playbooks.paths.opening. Empty: it simply comes in its order.
    needs = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # What the vendor offers to do instead: playbooks.offers.items. Empty: nothing.
    offer = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    # A moment that Today keeps, for the partner who has done the step: playbooks.achievements.
    achieves = models.CharField(max_length=20, choices=Achieves.choices, blank=True, default="", db_default="")
    # Whom it concerns: the tests of playbooks.paths.conditions, all of which have to hold. Empty: everybody.
    condition = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # By when it is wanted: playbooks.paths.due. Empty: whenever they come to it.
    due = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    # The partner's step, which the sponsor sees as well and may finish; without a sponsor it is the partner's alone.
    with_sponsor = models.BooleanField(default=False, db_default=False)
    # {"en": {"title": "", "why": "", "how": ["", ...], "tools": ["", ...], "skills": ["", ...], "when": "",
    #         "obstacles": [{"what": "", "answer": ""}, ...], "done_when": ""}, "de": {...}}
    texts = models.JSONField(default=dict)

    class Meta:
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="step_key_once")]
        indexes = [models.Index(fields=["version", "position"], name="step_in_order")]

    def __str__(self) -> str:
        return self.key

    def text(self, key: str, language: str) -> Any:
        """A text of the step: a string, a list of strings (how, tools, skills) or of obstacles; None if missing."""
        return text_in(self.texts, key, language)

    def title(self, language: str) -> str:
        return str(self.text("title", language) or self.key)
