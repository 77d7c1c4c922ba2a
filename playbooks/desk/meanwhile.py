"""What somebody else changed while a form was open, in words; and a form in which both are put together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, QueryDict
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.isolating import isolated
from partners.models import User
from partners.places import language_name
from playbooks.aging import older_texts, published_texts
from playbooks.comparing import LABELS
from playbooks.desk.forms import StepForm
from playbooks.editing import SavedMeanwhile
from playbooks.merging import Others, fingerprint
from playbooks.models import Step
from playbooks.models.step import Turn
from playbooks.offers.items import offer_of

# Fields whose column has another name than what is said of them.
_SAID_AS: Final = {"evidence": "asked", "pass_mark": "asked"}


def field_names(fields: Iterable[str], languages: Sequence[str]) -> str:
    """“Minutes” and “Why it pays (German)”."""
    names = dict.fromkeys(_field_name(field, languages) for field in fields)
    return str(get_text_list([_("“%(title)s”") % {"title": name} for name in names], _("and")))


def _field_name(field: str, languages: Sequence[str]) -> str:
    name, _dot, language = field.partition(".")
    label = str(LABELS[_SAID_AS.get(name, name)])
    return f"{label} ({language_name(language)})" if language and len(languages) > 1 else label


def kept_in_words(kept: Iterable[Others], languages: Sequence[str], *, reader: User) -> str:
    """A sentence for each person."""
    return " ".join(_kept(others, languages, reader) for others in kept)


def _kept(others: Others, languages: Sequence[str], reader: User) -> str:
    count = len(others.fields)
    if others.by is None:
        words = ngettext(
            "Somebody changed %(fields)s meanwhile; it is kept.",
            "Somebody changed %(fields)s meanwhile; they are kept.",
            count,
        )
    elif others.by == reader:
        words = ngettext(
            "You changed %(fields)s in another window meanwhile; it is kept.",
            "You changed %(fields)s in another window meanwhile; they are kept.",
            count,
        )
    else:
        words = ngettext(
            "%(by)s changed %(fields)s meanwhile; it is kept.",
            "%(by)s changed %(fields)s meanwhile; they are kept.",
            count,
        )
    return words % {"by": isolated(str(others.by or "")), "fields": field_names(others.fields, languages)}


def torn_in_words(torn: Iterable[Others], languages: Sequence[str], *, reader: User) -> str:
    """A sentence for each person, and what to do."""
    return " ".join(
        [*(_torn(others, languages, reader) for others in torn), _("Press Save to see both texts; nothing is lost.")]
    )


def _torn(others: Others, languages: Sequence[str], reader: User) -> str:
    if others.by is None:
        words = _("Somebody changed %(fields)s meanwhile.")
    elif others.by == reader:
        words = _("You changed %(fields)s in another window meanwhile.")
    else:
        words = _("%(by)s changed %(fields)s meanwhile.")
    return words % {"by": isolated(str(others.by or "")), "fields": field_names(others.fields, languages)}


def against_who(step: Step) -> str:
    """What the step still has that does not go with who does it, in words; it keeps it from being published."""
    said = []
    if step.evidence and step.who == Turn.VENDOR:
        said.append(_("But your own staff does it now, so nobody is asked what shows that it is done."))
    if offer_of(step) is not None and step.who != Turn.PARTNER:
        said.append(_("But it is not the partner’s step any more, and you still offer to do it for them."))
    return " ".join(said)


def older_in_words(step: Step) -> dict[str, str]:
    """By the name of a text: that it is older in one language than in another."""
    version, said = step.version, {}
    before = published_texts(version, step.key)
    for older in older_texts(step, before.get(step.key), version.languages):
        words = ngettext(
            "The %(older)s text is older than the %(newer)s one: look whether it still fits.",
            "The texts in %(older)s are older than the %(newer)s one: look whether they still fit.",
            len(older.languages),
        )
        names = {"older": older.languages, "newer": older.rewritten}
        said[older.name] = words % {
            key: get_text_list([language_name(code) for code in codes], _("and")) for key, codes in names.items()
        }
    return said


@dataclass(frozen=True)
class Conflict:
    """What both changed: what somebody else made of it, beside the form with what was typed."""

    by: str
    kept: str  # what is put together already, in words
    lines: Sequence[tuple[str, str]]  # field, and what it says now


def conflict_of(request: HttpRequest, meanwhile: SavedMeanwhile, *, reader: User) -> tuple[StepForm, Conflict]:
    """The form has what was typed, and what somebody else alone changed; saving it is then meant."""
    current, merged = meanwhile.current, meanwhile.merged
    languages, seen = current.version.languages, fingerprint(current)
    theirs = StepForm(step=current, languages=languages, seen=seen)
    data = request.POST.copy()
    data["seen"] = seen
    for name in merged.kept:
        _take_over(data, theirs, name)
    mine = StepForm(data, step=current, languages=languages, seen=seen)
    torn = [field for name in merged.torn for field in _form_fields(theirs, name)]
    lines = [
        (theirs.label_of(name), saved)
        for name in torn
        if (saved := theirs.shown(name)).split() != mine.shown(name).split()
    ]
    by = next((str(others.by) for others in meanwhile.torn if others.by), "")
    return mine, Conflict(by, kept_in_words(meanwhile.kept, languages, reader=reader), lines)


def brought(data: QueryDict, theirs: StepForm, kept: Iterable[Others]) -> dict[str, str | bool]:
    """What the fields of the form that was sent have to hold, by their names, to show what others changed."""
    values: dict[str, str | bool] = {}
    for others in kept:
        for name in others.fields:
            values |= _values_of(data, theirs, name)
    return values


def _form_fields(form: StepForm, name: str) -> Iterator[str]:
    """The fields of the form that one of the step's stands in."""
    key, _dot, language = name.partition(".")
    if key == "obstacles":
        for number in range(form.obstacle_count):
            yield from (f"what_{number}_{language}", f"answer_{number}_{language}")
    else:
        yield f"{key}_{language}" if language else key


def _take_over(data: QueryDict, theirs: StepForm, name: str) -> None:
    for field, value in _values_of(data, theirs, name).items():
        if value is False:
            data.pop(field, None)
        else:
            data[field] = "on" if value is True else value


def _values_of(data: QueryDict, theirs: StepForm, name: str) -> dict[str, str | bool]:
    key, _dot, language = name.partition(".")
    values: dict[str, str | bool] = {}
    if key == "obstacles":  # also where there are fewer now
        sent = (each for each in data if each.startswith(("what_", "answer_")) and each.endswith(f"_{language}"))
        values |= dict.fromkeys(sent, "")
    for field in _form_fields(theirs, name):
        value = theirs[field].value()
        values[field] = value if isinstance(value, bool) else str(value or "")
    return values
