"""Form fields for whom a step concerns: a few tests, each of a subject, a comparison and what to compare with."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from partners.countries import country_name, find_country
from partners.models import Partner
from playbooks.evidence.forms import refuse_forbidden
from playbooks.outline import LONGEST_LINE
from playbooks.paths.conditions import MOST_TESTS, MOST_VALUES, OF_LISTS, About, How, Test

SPARE_TESTS = 2
SIZES = {value.casefold(): value for value in Partner.Size.values}
PROFILE = (About.SIZE, About.COUNTRY, About.VERTICAL)


class ConditionFields(forms.Form):
    """A blank row is left out. Values stand one on a line; sizes and countries also between commas."""

    test_count = 0

    def add_tests(self, tests: Sequence[Test], questions: Sequence[tuple[str, str, str, str]]) -> None:
        """``questions`` are the keys and titles of earlier steps, with the keys and labels of what these ask for."""
        subjects = [(str(about.value), str(about.label)) for about in PROFILE]
        subjects += [(_subject(step, field), _question(title, label)) for step, title, field, label in questions]
        known = {value for value, _label in subjects}
        subjects += [
            (_subject(*test.question), _question(test.step, test.field))
            for test in tests
            if test.about == About.ANSWER and _subject(*test.question) not in known
        ]
        sent = sum(1 for number in range(MOST_TESTS) if f"about_{number}" in (self.data or ()))
        self.test_count = min(max(len(tests) + SPARE_TESTS, sent), MOST_TESTS)
        for number in range(self.test_count):
            self._add_row(number, [("", pgettext("a subject to choose", "nothing")), *subjects])
            if number < len(tests):
                self._fill(number, tests[number])

    def _add_row(self, number: int, subjects: Sequence[tuple[str, Any]]) -> None:
        select = {"class": "form-select"}
        self.fields[f"about_{number}"] = forms.ChoiceField(
            choices=subjects, required=False, widget=forms.Select(attrs=select)
        )
        self.fields[f"how_{number}"] = forms.ChoiceField(
            choices=How.choices, required=False, widget=forms.Select(attrs=select)
        )
        self.fields[f"values_{number}"] = forms.CharField(
            required=False,
            max_length=MOST_VALUES * LONGEST_LINE,
            validators=[refuse_forbidden],
            widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
        )

    def _fill(self, number: int, test: Test) -> None:
        about = _subject(*test.question) if test.about == About.ANSWER else test.about
        values = [_shown(test.about, value) for value in test.values]
        shown = {"about": about, "how": test.how, "values": "\n".join(values)}
        self.initial.update({f"{name}_{number}": value for name, value in shown.items()})

    def test_rows(self) -> Iterator[tuple[BoundField, BoundField, BoundField]]:
        for number in range(self.test_count):
            yield self[f"about_{number}"], self[f"how_{number}"], self[f"values_{number}"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        for number in range(self.test_count):
            if self.cleaned_data.get(f"about_{number}"):
                try:
                    self.cleaned_data[f"test_{number}"] = self._test(number)
                except ValidationError as error:
                    self.add_error(f"values_{number}", error)
        return self.cleaned_data

    def _test(self, number: int) -> Test:
        about, *question = self.cleaned_data[f"about_{number}"].split("/")
        how = self.cleaned_data.get(f"how_{number}") or How.IN
        values = tuple(_values(about, self.cleaned_data.get(f"values_{number}") or ""))
        if not values:
            raise ValidationError(_("Write what to compare with."))
        if len(values) > MOST_VALUES:
            raise ValidationError(_("Write at most %(most)d values.") % {"most": MOST_VALUES})
        if about != About.ANSWER and how not in OF_LISTS:
            raise ValidationError(_("Of a size, country or vertical, ask whether it is one of several, or none."))
        if how not in OF_LISTS and len(values) > 1:
            raise ValidationError(_("Write one value to compare with."))
        return Test(about, how, values, *question)

    def tests(self) -> list[Test]:
        found = (self.cleaned_data.get(f"test_{number}") for number in range(self.test_count))
        return [test for test in found if test is not None]


def _subject(step: str, field: str) -> str:
    return f"{About.ANSWER}/{step}/{field}"


def _question(title: str, label: str) -> str:
    return pgettext("an answer of a step", "“%(field)s” of “%(step)s”") % {"field": label, "step": title}


def _values(about: str, text: str) -> Iterable[str]:
    between = r"[\r\n,;]+" if about in (About.SIZE, About.COUNTRY) else r"[\r\n]+"
    for each in filter(None, (part.strip() for part in re.split(between, text))):
        if len(each) > LONGEST_LINE:
            raise ValidationError(_("One value has more than %(most)d characters.") % {"most": LONGEST_LINE})
        yield _read(about, each)


def _read(about: str, text: str) -> str:
    if about == About.COUNTRY:
        code = find_country(text)
        if not code:
            raise ValidationError(
                _("“%(text)s” is no country we know. Write its name, or two letters.") % {"text": text}
            )
        return code
    if about == About.SIZE:
        size = SIZES.get(text.casefold().replace(" ", "").replace("–", "-"))
        if size is None:
            known = ", ".join(Partner.Size.values)
            raise ValidationError(_("“%(text)s” is no size. Choose from: %(known)s.") % {"text": text, "known": known})
        return size
    return text


def _shown(about: str, value: str) -> str:
    return country_name(value, get_language() or "en") if about == About.COUNTRY else value
