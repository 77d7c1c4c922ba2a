"""What was given, in words: on pages, and in the log, which outlives the playbook."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import formats, translation
from django.utils.translation import gettext as _

from playbooks.evidence.fields import Asked, Field, Kind, Value
from playbooks.models import Evidence
from playbooks.texts import text_in


@dataclass(frozen=True)
class Given:
    """One field and what was given for it; ``is_right`` is None where there is no right and wrong."""

    label: str
    words: str
    address: str
    file: str  # the key of a stored one
    explanation: str
    is_right: bool | None
    at: datetime
    by: str


def told(asked: Asked, rows: Mapping[str, Evidence], language: str) -> list[Given]:
    """What was given, in the order of the fields."""
    return [_given(field, rows[field.key], language) for field in asked.fields if field.key in rows]


def _given(field: Field, row: Evidence, language: str) -> Given:
    is_question = field.kind == Kind.QUESTION
    return Given(
        label=field.label(language),
        words=in_words(field, row.value, language),
        address=str(row.value) if field.kind == Kind.LINK else "",
        file=row.value["file"] if field.kind == Kind.FILE else "",
        explanation=field.text("explanation", language) if is_question else "",
        is_right=row.value == field.right if is_question else None,
        at=row.given_at,
        by=row.giver_name,
    )


def in_words(field: Field, value: Value, language: str) -> str:
    """``value`` as a person reads it; dates and numbers are in the format of the language that is active."""
    match field.kind:
        case Kind.TICK:
            return _("Yes")
        case Kind.NUMBER:
            unit = field.text("unit", language)  # without one it may be a year or a customer's number
            number = formats.number_format(Decimal(str(value)), use_l10n=True, force_grouping=bool(unit))
            return f"{number} {unit}".strip()
        case Kind.DATE:
            return formats.date_format(date.fromisoformat(str(value)), "SHORT_DATE_FORMAT")
        case Kind.FILE if isinstance(value, dict):
            return file_in_words(value)
        case Kind.QUESTION:
            chosen = value if isinstance(value, list) else []
            return "; ".join(option.text(language) for place, option in enumerate(field.options) if place in chosen)
    return str(value)


def file_in_words(value: Mapping[str, Any]) -> str:
    """“Logo.png (12.0 KB)”, of what is kept of a file."""
    return f"{value['name']} ({filesizeformat(value['size'])})"


def for_the_log(asked: Asked, given: Mapping[str, Value], languages: list[str]) -> list[dict[str, Any]]:
    """By language, ``[{"en": {"label": "Clients", "words": "12"}}]``: it can be read when the playbook is gone."""
    lines: list[dict[str, Any]] = [{} for field in asked.fields if field.key in given]
    for language in languages:
        with translation.override(language):
            shown = (field for field in asked.fields if field.key in given)
            for line, field in zip(lines, shown, strict=True):
                words = in_words(field, given[field.key], language)
                line[language] = {"label": field.label(language), "words": words}
    return lines


def from_the_log(lines: list[dict[str, Any]], language: str) -> str:
    """One line for each field."""
    return "\n".join(f"{text_in(line, 'label', language)}: {text_in(line, 'words', language)}" for line in lines)
