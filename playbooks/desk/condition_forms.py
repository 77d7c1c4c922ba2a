"""Form fields for whom a step concerns: what is ticked of a profile, and what was given in earlier steps.

Each part of the form is one test, or none where it is left alone. A test of a file that no part can show is told in
words, with a tick to keep it.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from partners.countries import country_choices, country_name
from partners.models import Partner
from playbooks.desk.answer_forms import Asking, Part, parts_of
from playbooks.evidence.forms import refuse_forbidden
from playbooks.outline import LONGEST_LINE, has_forbidden
from playbooks.paths.conditions import MOST_TESTS, MOST_VALUES, OF_LISTS, About, How, Test, same
from playbooks.paths.telling import in_words

PROFILE = (About.SIZE, About.COUNTRY, About.VERTICAL)


@dataclass(frozen=True)
class Known:
    """What the vendor's partners have in their profiles; it is offered first."""

    countries: Collection[str] = ()  # as codes
    verticals: Sequence[str] = ()

    @classmethod
    def ticked(cls, data: QueryDict) -> "Known":
        """What whoever sends this was offered, as far as they ticked it."""
        verticals = (each for each in data.getlist(About.VERTICAL) if each.strip() and not has_forbidden(each))
        return cls(data.getlist(About.COUNTRY), [each for each in verticals if len(each) <= LONGEST_LINE])


@dataclass(frozen=True)
class ProfilePart:
    label: str
    how: BoundField
    near: BoundField
    far: BoundField | None  # what none of the vendor's partners has: ticks, or lines to write
    is_far_chosen: bool = False


@dataclass(frozen=True)
class AskedPart:
    """What one earlier step asks for."""

    label: str
    parts: Sequence[BoundField]


@dataclass(frozen=True)
class AskedStep:
    title: str
    asked: Sequence[AskedPart]
    is_used: bool


class ConditionFields(forms.Form):
    def add_tests(self, tests: Sequence[Test], asked: Sequence[Asking], known: Known) -> None:
        """``asked`` is what the earlier steps ask for, in their order."""
        self.stored, self.asked = tuple(tests), asked
        self.parts: dict[str, tuple[Asking, Part]] = {}
        self.chosen: dict[About, Sequence[str]] = {}
        left = list(tests)
        for about in PROFILE:
            self._add_profile(about, _first(left, lambda test, about=about: test.about == about), known)
        for asking in asked:
            for part in parts_of(asking.field):
                self._add_answer(asking, part, left)
        self.kept = {f"keep_{_mark(test)}": test for test in left}
        titles = {asking.step: asking.title for asking in asked}
        labels = {asking.question: asking.label for asking in asked}
        for name, test in self.kept.items():
            said = in_words(replace(test, field=labels.get(test.question, test.field)), titles=titles)
            self.fields[name] = forms.BooleanField(label=said, required=False, initial=True)

    def _add_profile(self, about: About, test: Test | None, known: Known) -> None:
        chosen = test.values if test else ()
        near, far = _offered(about, chosen, known)
        self.chosen[about] = chosen
        self.fields[f"{about}_how"] = forms.ChoiceField(
            label=_("How to compare"),
            choices=[(how.value, how.label) for how in OF_LISTS],
            required=False,
            initial=test.how if test else How.IN,
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        self.fields[str(about)] = _ticks(near, [value for value, _label in near if _is_among(value, chosen)])
        if about == About.COUNTRY:
            self.fields["country_far"] = _ticks(far, ())
        if about == About.VERTICAL:
            self.fields["vertical_far"] = forms.CharField(
                label=_("Others, one on each line"),
                required=False,
                max_length=MOST_VALUES * LONGEST_LINE,
                validators=[refuse_forbidden],
                widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
            )

    def _add_answer(self, asking: Asking, part: Part, left: list[Test]) -> None:
        name = f"{asking.name}__{part.name}"
        test = _first(left, lambda test: test.question == asking.question and part.shown(test, asking) is not None)
        self.fields[name] = part.made(asking)
        self.parts[name] = asking, part
        if test is not None:
            self.initial[name] = part.shown(test, asking)

    # To show

    def offer(self, known: Known, sent: QueryDict) -> None:
        """To tick, when the form is shown again: what was ticked, and what is known."""
        ticked = Known.ticked(sent)
        verticals = [*ticked.verticals, *(each for each in known.verticals if not _is_among(each, ticked.verticals))]
        both = Known({*ticked.countries, *known.countries} - {*sent.getlist("country_far")}, verticals)
        for about in PROFILE:
            near, far = _offered(about, self.chosen[about], both)
            self.fields[str(about)].choices = near  # type: ignore[attr-defined]
            if about == About.COUNTRY:
                self.fields["country_far"].choices = far  # type: ignore[attr-defined]

    def profile_parts(self) -> Iterator[ProfilePart]:
        for about in PROFILE:
            far = f"{about}_far"
            has_far = far in self.fields
            yield ProfilePart(
                str(about.label),
                self[f"{about}_how"],
                self[str(about)],
                self[far] if has_far else None,
                has_far and bool(self[far].value() or self[far].errors),
            )

    def asked_steps(self) -> Iterator[AskedStep]:
        for step in dict.fromkeys(asking.step for asking in self.asked):
            theirs = [asking for asking in self.asked if asking.step == step]
            asked = [AskedPart(asking.label, self._bound(asking)) for asking in theirs]
            is_used = any(_is_said(part.value()) or part.errors for each in asked for part in each.parts)
            yield AskedStep(theirs[0].title, [each for each in asked if each.parts], is_used)

    def _bound(self, asking: Asking) -> list[BoundField]:
        return [self[name] for name, (its, _part) in self.parts.items() if its is asking]

    def kept_tests(self) -> list[BoundField]:
        return [self[name] for name in self.kept]

    # To read

    def clean(self) -> dict[str, Any]:
        super().clean()
        found = [*self._of_profile(), *self._of_answers()]
        found += [test for name, test in self.kept.items() if self.cleaned_data.get(name)]
        if len(found) > MOST_TESTS:
            self.add_error(None, _("Say at most %(most)d things about whom it concerns.") % {"most": MOST_TESTS})
        # Who saves without a change has changed nothing.
        as_stored = [next((test for test in self.stored if _says_the_same(test, each)), each) for each in found]
        self.cleaned_data["condition"] = sorted(as_stored, key=self._place)
        return self.cleaned_data

    def _place(self, test: Test) -> int:
        return self.stored.index(test) if test in self.stored else len(self.stored)

    def _of_profile(self) -> Iterator[Test]:
        for about in PROFILE:
            values = [*self.cleaned_data.get(str(about), ())]
            far = self.cleaned_data.get(f"{about}_far") or ()
            values += self._lines(far) if isinstance(far, str) else far
            if len(values) > MOST_VALUES:
                self.add_error(str(about), _("Choose at most %(most)d.") % {"most": MOST_VALUES})
            elif not values and self.cleaned_data.get(f"{about}_how") == How.NOT_IN:
                message = _("None of what? Tick it, or choose “%(choice)s” above.")
                self.add_error(str(about), ValidationError(message % {"choice": How.IN.label}))
            elif values:
                yield Test(str(about), self.cleaned_data.get(f"{about}_how") or How.IN, tuple(dict.fromkeys(values)))

    def _lines(self, text: str) -> list[str]:
        lines = [line for part in re.split(r"[\r\n]+", text) if (line := part.strip())]
        if any(len(line) > LONGEST_LINE for line in lines):
            message = _("One value has more than %(most)d characters.") % {"most": LONGEST_LINE}
            self.add_error("vertical_far", ValidationError(message))
            return []
        return lines

    def _of_answers(self) -> Iterator[Test]:
        for name, (asking, part) in self.parts.items():
            value = self.cleaned_data.get(name)
            if _is_said(value):
                how, values = part.said(value)
                yield Test(About.ANSWER, how, values, *asking.question)

    def tests(self) -> list[Test]:
        found: list[Test] = self.cleaned_data["condition"]
        return found


def _is_said(value: Any) -> bool:
    """Whether a part of the form says something: 0 does, which is no less a number for being equal to False."""
    return value is not None and value is not False and value not in ("", [])


def _first(tests: list[Test], fits: Any) -> Test | None:
    """Taken out of the list."""
    found = next(filter(fits, tests), None)
    if found is not None:
        tests.remove(found)
    return found


def _ticks(choices: Sequence[tuple[str, str]], chosen: Sequence[str]) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    return forms.MultipleChoiceField(choices=choices, required=False, initial=list(chosen), widget=widget)


def _offered(
    about: About, chosen: Sequence[str], known: Known
) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]:
    """With their labels; what is chosen stands in the first list, also where nobody has it."""
    if about == About.VERTICAL:
        names = [*chosen, *(each for each in known.verticals if not _is_among(each, chosen))]
        return [(name, name) for name in sorted(names, key=str.casefold)], []
    if about == About.SIZE:
        strange = [(value, value) for value in chosen if value not in Partner.Size.values]
        return [*((value, str(label)) for value, label in Partner.Size.choices), *strange], []
    language = get_language() or "en"
    first = {*known.countries, *chosen}
    named = country_choices(language)
    strange = [(code, country_name(code, language)) for code in chosen if code not in dict(named)]
    return [*(each for each in named if each[0] in first), *strange], [each for each in named if each[0] not in first]


def _is_among(value: str, values: Collection[str]) -> bool:
    return any(same(value, each) for each in values)


def _says_the_same(one: Test, other: Test) -> bool:
    of_one, of_other = (
        (test.about, test.how, test.question, {each.casefold() for each in test.values}) for test in (one, other)
    )
    return of_one == of_other


def _mark(test: Test) -> str:
    return hashlib.sha256(json.dumps(test.as_json(), sort_keys=True).encode()).hexdigest()[:12]
