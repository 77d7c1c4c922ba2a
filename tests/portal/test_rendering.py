"""Lists to choose from are written quickly, and as Django writes them."""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.forms.renderers import DjangoTemplates, get_default_renderer

from onboarding_portal.rendering import QuickLists
from partners.zones import zone_choices

PLAIN = [("", "—"), ("a", "A & B"), (1, "<one>"), ("c", "C")]
WIDGETS = {
    "plain": forms.Select(choices=PLAIN),
    "with attributes": forms.Select(attrs={"class": 'a"b', "required": True, "disabled": False}, choices=PLAIN),
    "in groups": forms.Select(choices=zone_choices()),
    "several": forms.SelectMultiple(choices=PLAIN),
    "a yes or no": forms.NullBooleanSelect(),
    "nothing": forms.Select(choices=[]),
}


class Striped(forms.Select):
    """Options with attributes of their own."""

    def create_option(self, *args: object, **given: object) -> dict[str, object]:
        made = super().create_option(*args, **given)  # type: ignore[arg-type]
        made["attrs"] |= {"data-stripe": made["index"], "hidden": True, "lang": False}
        return made


@pytest.mark.parametrize("value", ["", "a", "1", "Europe/Berlin", "nothing of the kind"])
@pytest.mark.parametrize("widget", [*WIDGETS.values(), Striped(choices=PLAIN)], ids=[*WIDGETS, "striped"])
def test_it_is_what_django_writes(widget: forms.Select, value: str) -> None:
    given = [value] if isinstance(widget, forms.SelectMultiple) else value
    ours, djangos = (widget.render("field", given, renderer=one) for one in (QuickLists(), DjangoTemplates()))
    assert ours == djangos


def test_every_form_is_written_so() -> None:
    assert isinstance(get_default_renderer(), QuickLists)


def test_what_is_pasted_into_a_long_field_is_not_cut() -> None:
    templates = Path(settings.BASE_DIR, "templates").rglob("*.html")
    by_hand = [tag for path in templates for tag in re.findall(r"<textarea[^>]*", path.read_text())]
    assert len(by_hand) > 5
    assert not [tag for tag in by_hand if 'maxlength="' in tag]
    words = forms.CharField(max_length=10, widget=forms.Textarea(attrs={"rows": 3, "required": True, "lang": False}))
    written = str(words.widget.render("words", "a <b>", renderer=QuickLists()))
    assert "maxlength" not in written
    assert 'rows="3"' in written
    assert " required>" in written
    assert "a &lt;b&gt;</textarea>" in written
    assert written.startswith('<textarea name="words"')
