"""What was given in a walk, in the words in which a condition may ask for it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from playbooks.evidence.fields import Field, Kind
from playbooks.models import Evidence, Handover
from playbooks.paths.conditions import YES, Question


def answers_of(enrollment: int, questions: Collection[Question]) -> Mapping[Question, Sequence[str]]:
    """One query, or none where nothing is asked."""
    found: dict[Question, list[str]] = defaultdict(list)
    if not questions:
        return found
    rows = Evidence.objects.filter(
        progress__enrollment=enrollment,
        progress__step__key__in={step for step, _field in questions},
        key__in={field for _step, field in questions},
    )
    for row in rows.select_related("step"):
        asked = next((each for each in row.step.evidence if each["key"] == row.key), None)
        if asked is not None:
            found[row.step.key, row.key] += _said(Field.from_json(asked), row.value)
    return found


def never_asked(
    enrollment: int, questions: Collection[Question], answers: Mapping[Question, Sequence[str]]
) -> Collection[Question]:
    """Quiz questions of steps that were done for the partner: nobody was asked them.

    Nor was anybody asked for anything in steps that an earlier release delivered without.

    One query, or none where all is answered.
    """
    open_still = {question for question in questions if question not in answers}
    if not open_still:
        return frozenset()
    done_for_them = Handover.objects.filter(progress__enrollment=enrollment, state=Handover.State.CONFIRMED)
    rows = list(
        done_for_them.filter(progress__step__key__in={step for step, _field in open_still}).values_list(
            "progress__step__key", "progress__step__evidence", "with_evidence"
        )
    )
    asked = {
        (step, field["key"])
        for step, fields, was_asked in rows
        for field in fields
        if was_asked and field["kind"] != Kind.QUESTION
    }
    steps = {step for step, _fields, _was_asked in rows}
    return {question for question in open_still if question[0] in steps and question not in asked}


def _said(field: Field, value: object) -> Iterator[str]:
    if field.kind == Kind.TICK:
        yield from [YES] if value else []
    elif field.kind == Kind.QUESTION and isinstance(value, list):
        for place in value:
            if 0 <= place < len(field.options):
                yield from (words["text"] for words in field.options[place].texts.values() if words.get("text"))
    elif isinstance(value, str):
        yield value
