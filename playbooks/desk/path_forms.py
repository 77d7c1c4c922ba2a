"""The form for when a step comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db.models import Count
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner, Vendor
from playbooks.desk.answer_forms import Asking
from playbooks.desk.condition_forms import ConditionFields, Known
from playbooks.desk.due_forms import DueFields
from playbooks.evidence.fields import Field
from playbooks.merging import MOST_SEEN
from playbooks.models import Step
from playbooks.models.step import Turn
from playbooks.outline import MOST_NEEDS
from playbooks.paths.conditions import condition_of
from playbooks.paths.due import due_of
from playbooks.paths.editing import Path, fingerprint
from playbooks.paths.reach import ASKABLE

MOST_OFFERED: Final = 40  # verticals to tick; others can be written


@dataclass(frozen=True)
class Mate:
    """Another step of the version, as far as a list of them shows it."""

    key: str
    title: str
    position: int
    asks: Sequence[Field] = ()  # of whoever is not the vendor, what a condition may ask about


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


def mates_of(step: Step, language: str) -> list[Mate]:
    """All steps of its version but itself, in order. One query, and of each step its titles alone."""
    codes = [language, *(code for code in step.version.languages if code != language)]
    titles = {f"title_{number}": KT(f"texts__{code}__title") for number, code in enumerate(codes)}
    rows = Step.objects.filter(version=step.version_id).exclude(pk=step.pk).order_by("position")
    found = rows.annotate(**titles).values_list("key", "position", "who", "evidence", *titles)
    return [
        Mate(key, next(filter(None, words), key), position, [] if who == Turn.VENDOR else _asked(evidence))
        for key, position, who, evidence, *words in found
    ]


def _asked(evidence: Sequence[dict[str, Any]]) -> list[Field]:
    return [field for field in map(Field.from_json, evidence) if field.kind in ASKABLE]


def known_of(vendor: Vendor) -> Known:
    """What its partners have in their profiles, the most frequent verticals; two queries."""
    partners = Partner.objects.of(vendor).order_by()
    countries = partners.exclude(country="").values_list("country", flat=True).distinct()
    often = partners.exclude(vertical="").values_list("vertical").annotate(count=Count("pk")).order_by("-count")
    verticals: dict[str, str] = {}
    for vertical, _count in often[:MOST_OFFERED]:
        verticals.setdefault(vertical.strip().casefold(), vertical.strip())
    return Known(frozenset(countries), list(verticals.values()))


class PathForm(ConditionFields, DueFields):
    needs = forms.MultipleChoiceField(label=gettext_lazy("What it needs"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=MOST_SEEN)

    def __init__(
        self, data: Any = None, *, step: Step, mates: Sequence[Mate], language: str, known: Known | None = None
    ) -> None:
        super().__init__(data, initial={"needs": step.needs, "seen": fingerprint(step)})
        self.step, self.mates = step, mates
        earlier = [mate for mate in mates if mate.position < step.position]
        asked = [Asking(mate.key, mate.title, field, language) for mate in earlier for field in mate.asks]
        self.add_tests(condition_of(step.condition), asked, known or Known())
        self.add_due(due_of(step.due), [(mate.key, mate.title) for mate in earlier])
        self.fields["needs"].choices = [(choice.value, choice.label) for choice in self._offered()]  # type: ignore[attr-defined]

    def needs_choices(self) -> list[Choice]:
        """The steps before it, and what else is chosen already."""
        chosen = self["needs"].value() or ()
        return [Choice(each.value, each.label, each.value in chosen) for each in self._offered()]

    def _offered(self) -> list[Choice]:
        there = {mate.key for mate in self.mates}
        gone = [Choice(key, _("%(key)s (no longer there)") % {"key": key}, True) for key in self.step.needs]
        return [
            *(
                Choice(mate.key, mate.title, mate.key in self.step.needs)
                for mate in self.mates
                if mate.position < self.step.position or mate.key in self.step.needs
            ),
            *(each for each in gone if each.value not in there),
        ]

    def clean_needs(self) -> list[str]:
        """In the order of the playbook."""
        needs: list[str] = self.cleaned_data["needs"]
        if len(needs) > MOST_NEEDS:
            raise forms.ValidationError(_("Choose at most %(most)d steps.") % {"most": MOST_NEEDS})
        order = [choice.value for choice in self._offered()]
        return sorted(needs, key=order.index)

    def path(self) -> Path:
        return Path(needs=self.cleaned_data["needs"], condition=self.tests(), due=self.due())
