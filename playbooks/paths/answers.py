"""What was given in walks, in the words in which a condition may ask for it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import Exists, OuterRef

from partners.models import Member
from playbooks.evidence.fields import Asked, Field, Kind
from playbooks.models import Evidence, Handover, Progress
from playbooks.paths.conditions import YES, Question

Answers = dict[int, dict[Question, list[str]]]  # by the walk


def answers_of(questions: Mapping[int, Collection[Question]]) -> Answers:
    """To what each walk's conditions ask for. One query, or none where nothing is asked."""
    found: Answers = defaultdict(lambda: defaultdict(list))
    if not any(questions.values()):
        return found
    rows = Evidence.objects.filter(
        progress__enrollment__in=questions,
        progress__step__key__in={step for asked in questions.values() for step, _field in asked},
        key__in={field for asked in questions.values() for _step, field in asked},
    )
    for row in rows.select_related("step", "progress"):
        asked = next((each for each in row.step.evidence if each["key"] == row.key), None)
        if asked is not None:
            found[row.progress.enrollment_id][row.step.key, row.key] += _said(Field.from_json(asked), row.value)
    return found


def never_given(questions: Mapping[int, Collection[Question]]) -> set[tuple[int, Question]]:
    """Which of these nobody was asked, by the walk, of steps that are done.

    The vendor did them: handed over, and then only the quiz is not asked, or all where it was delivered without; on
    the vendor's word, with nothing handed in; or although something that has to be given is not there. One query, or
    none.
    """
    if not any(questions.values()):
        return set()
    keys = {step for asked in questions.values() for step, _field in asked}
    delivered = Handover.objects.filter(progress=OuterRef("pk"), state=Handover.State.CONFIRMED)
    own = Member.objects.filter(vendor=OuterRef("enrollment__vendor"), user=OuterRef("settled_by"))
    rows = Progress.objects.filter(enrollment__in=questions, step__key__in=keys, state=Progress.State.DONE)
    rows = rows.select_related("step").annotate(
        was_delivered=Exists(delivered),
        was_asked_then=Exists(delivered.filter(with_evidence=True)),
        is_by_member=Exists(own),
        is_given=Exists(Evidence.objects.filter(progress=OuterRef("pk"))),
    )
    return {(row.enrollment_id, (row.step.key, field.key)) for row in rows for field in _not_asked(row)}


def _not_asked(row: Any) -> Iterator[Field]:
    asked = Asked.of(row.step)
    if row.was_delivered:
        yield from (field for field in asked.fields if field.kind == Kind.QUESTION or not row.was_asked_then)
    elif _is_on_vendors_word(row) or (not row.is_given and asked.unmet({})):
        yield from asked.fields


def _is_on_vendors_word(row: Any) -> bool:
    """As it was written down; of what was done before that was, by whether somebody of the vendor settled it."""
    if row.on_vendors_word is not None:
        return bool(row.on_vendors_word)
    return row.is_by_member and not row.step.wants_approval


def _said(field: Field, value: object) -> Iterator[str]:
    if field.kind == Kind.TICK:
        yield from [YES] if value else []
    elif field.kind == Kind.QUESTION and isinstance(value, list):
        for place in value:
            if 0 <= place < len(field.options):
                yield from (words["text"] for words in field.options[place].texts.values() if words.get("text"))
    elif isinstance(value, str):
        yield value
