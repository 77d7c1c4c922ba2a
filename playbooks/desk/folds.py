"""A step's form in parts: what most steps need stands open, the rest is folded and says what it holds.

A part stands open where something in it is wrong, or older in one language than in another. What has a page of its own
is a row with its state in words.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from playbooks.desk.forms import Row, StepForm
from playbooks.evidence.fields import Asked
from playbooks.models import Step
from playbooks.models.step import Achieves
from playbooks.offers.items import Offer, Terms, offer_of
from playbooks.paths.telling import told
from playbooks.resources.items import resources_of
from playbooks.texts import ended_at_a_word

LONGEST_SAID: Final = 60  # characters of a text in a line that sums up
MOST_NAMED: Final = 3

# The parts that hold texts alone: key, title, and the names of their texts.
_OF_TEXTS: Final = (
    ("when", _("When it fits, and with which clients"), ("clients", "when")),
    ("done", _("Done when"), ("done_when",)),
    ("tools", _("Tools and skills"), ("tools", "skills")),
)
_LISTS: Final = ("tools", "skills")
_TICKS: Final = ("asks_for_goal", "wants_approval", "with_sponsor")


@dataclass(frozen=True)
class Fold:
    key: str
    title: str | Promise
    holds: str
    is_open: bool
    rows: Sequence[Row] = ()


@dataclass(frozen=True)
class FurtherPage:
    """``name`` is that of the button that saves the form and goes there."""

    name: str
    title: str
    state: Sequence[str]
    is_empty: bool


def folds(form: StepForm, language: str) -> Iterator[Fold]:
    """In ``language``, what each part holds."""
    is_wrong = _is_wrong(form, "what_", "answer_") or "obstacles" in form.older
    yield Fold("obstacles", _("What may get in the way"), _obstacles(form, language), is_wrong)
    for key, title, names in _OF_TEXTS:
        rows = [form.row(name) for name in names]
        starts = [f"{name}_{code}" for name in names for code in form.languages]
        is_open = _is_wrong(form, *starts) or any(row.older for row in rows)
        yield Fold(key, title, _texts(form, names, language), is_open, rows)
    yield Fold("more", _("Goal, approval, sponsor"), _ticked(form), _is_wrong(form, *_TICKS, "achieves"))


def _is_wrong(form: StepForm, *starts: str) -> bool:
    return any(name.startswith(starts) for name in form.errors)


def _value(form: StepForm, name: str) -> str:
    return " ".join(str(form[name].value() or "").split()) if name in form.fields else ""


def _listed(form: StepForm, name: str) -> str:
    lines = str(form[name].value() or "").splitlines() if name in form.fields else []
    return ", ".join(filter(None, (" ".join(line.split()) for line in lines)))


def _obstacles(form: StepForm, language: str) -> str:
    count = sum(bool(_value(form, f"what_{number}_{language}")) for number in range(form.obstacle_count))
    return ngettext("%(count)d obstacle", "%(count)d obstacles", count) % {"count": count} if count else ""


def _texts(form: StepForm, names: Iterable[str], language: str) -> str:
    found = (
        _listed(form, f"{name}_{language}") if name in _LISTS else _value(form, f"{name}_{language}") for name in names
    )
    return " · ".join(ended_at_a_word(text, LONGEST_SAID) for text in found if text)


def _ticked(form: StepForm) -> str:
    said = [str(form.fields[name].label) for name in _TICKS if form[name].value()]
    achieved = form["achieves"].value()
    if achieved in Achieves.values:
        said.append(str(Achieves(achieved).label))
    return " · ".join(said)


def further_pages(step: Step, language: str) -> list[FurtherPage]:
    """What a step has beyond its form. One query, or none."""
    helping = [each.label(language) for each in resources_of(step)]
    path = told(step, language)
    asked = [field.label(language) for field in Asked.of(step).fields]
    offer = offer_of(step)
    return [
        FurtherPage("resources", gettext("What helps with it"), _named(helping, gettext("Nothing yet")), not helping),
        FurtherPage("path", gettext("When it comes"), path or [gettext("In its order")], is_empty=False),
        FurtherPage(
            "evidence",
            gettext("What shows that it is done"),
            _named(asked, gettext("Nothing is asked for: a press of Done is enough")),
            not asked,
        ),
        FurtherPage("offer", gettext("Done for you"), [_offered(offer)], offer is None),
    ]


def _named(labels: Sequence[str], otherwise: str) -> list[str]:
    if not labels:
        return [otherwise]
    named = [ended_at_a_word(label, LONGEST_SAID) for label in labels[:MOST_NAMED]]
    more = len(labels) - len(named)
    if more:
        named.append(ngettext("%(count)d more", "%(count)d more", more) % {"count": more})
    return [get_text_list(named, gettext("and"))]


def _offered(offer: Offer | None) -> str:
    if offer is None:
        return gettext("Not offered")
    days = ngettext("%(count)s working day", "%(count)s working days", offer.days) % {"count": offer.days}
    terms = offer.price or str(Terms(offer.terms).label)
    return ", ".join([terms, days] if offer.days else [terms])
