"""What is missing or contradicts itself in what a step asks for, in plain words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from partners.places import language_name
from playbooks.evidence.fields import MANY_FIELDS, Asked, Field, Kind
from playbooks.models.step import Turn
from playbooks.texts import shortened


@dataclass(frozen=True)
class Gap:
    """``key`` says which field; empty: all of them together."""

    message: str
    blocks: bool
    key: str = ""


def of_evidence(asked: Asked, who: str, languages: Sequence[str]) -> Iterator[Gap]:
    if not asked:
        return
    if who == Turn.VENDOR:
        message = _("your own staff does this step, so nobody would be asked to show that it is done. Take it out.")
        yield Gap(message, blocks=True, key=asked.fields[0].key)
    for field in asked.fields:
        yield from _of_field(field, languages)
    if asked.pass_mark > len(asked.questions):
        message = _("%(mark)d answers must be right, but there are %(count)d questions. Lower the number.")
        values = {"mark": asked.pass_mark, "count": len(asked.questions)}
        yield Gap(message % values, blocks=True, key=asked.questions[0].key if asked.questions else "")
    if len(asked.fields) > MANY_FIELDS:
        message = _("it asks for %(count)d things. Split it? A short form gets filled in.")
        yield Gap(message % {"count": len(asked.fields)}, blocks=False)


def _of_field(field: Field, languages: Sequence[str]) -> Iterator[Gap]:
    for language in languages:
        if not field.texts.get(language, {}).get("label"):
            message = _("something that is asked for has no label in %(language)s.")
            if any(words.get("label") for words in field.texts.values()):
                message = _("what is asked for as “%(label)s” has no label in %(language)s.")
            values = {"label": shortened(field.label(languages[0])), "language": language_name(language)}
            yield Gap(message % values, blocks=True, key=field.key)
    label = {"label": shortened(field.label(languages[0] if languages else ""))}
    if field.least is not None and field.most is not None and field.least > field.most:
        message = _("no number can be given for “%(label)s”: the least is more than the most.")
        yield Gap(message % label, blocks=True, key=field.key)
    if field.kind == Kind.QUESTION:
        yield from _of_question(field, label, languages)


def _of_question(field: Field, label: dict[str, str], languages: Sequence[str]) -> Iterator[Gap]:
    if len(field.options) < 2:
        message = _("the question “%(label)s” needs two answers to choose from.")
        yield Gap(message % label, blocks=True, key=field.key)
    elif not field.right:
        yield Gap(_("no answer to “%(label)s” is right. Tick one.") % label, blocks=True, key=field.key)
    for language in languages:
        missing = sum(1 for option in field.options if not option.texts.get(language, {}).get("text"))
        if missing:
            message = _("the question “%(label)s” lacks %(count)d of its answers in %(language)s.")
            values = {**label, "count": missing, "language": language_name(language)}
            yield Gap(message % values, blocks=True, key=field.key)
