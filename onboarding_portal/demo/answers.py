"""What the demo's partners give where a step asks for something."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from playbooks.evidence.fields import Asked, Field, Kind, Value
from playbooks.models import Step
from playbooks.models.step import Turn

# By the field's key: what somebody wrote, in English and in German, or a number.
TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "seen-by": (
        "Our technician. He wants to show it to the dentist himself.",
        "Unser Techniker. Er will es der Zahnarztpraxis selbst zeigen.",
    ),
    "first": (
        "The tax office with the old server: they asked for it themselves.",
        "Die Steuerkanzlei mit dem alten Server: Sie hat selbst danach gefragt.",
    ),
    "second": ("The dentist, since patients’ pictures are kept there.", "Die Zahnarztpraxis, wegen der Röntgenbilder."),
    "third": ("The joinery: three computers, one disk.", "Die Tischlerei: drei Rechner, eine Festplatte."),
    "in-their-words": (
        "“I thought our old service contract covers that.”",
        "„Ich dachte, das ist im Wartungsvertrag mit drin.“",
    ),
}
NUMBERS: Final[Mapping[str, str]] = {"minutes": "14", "price": "39.50"}
OTHERWISE: Final = ("Done as described, and it went well.", "Wie beschrieben gemacht, es lief gut.")
CALLS_IN: Final = timedelta(days=3)


def answers_to(step: Step, *, language: str, at: datetime) -> dict[str, Value]:
    """By the field's key; whatever the playbook asks for, also where somebody has changed it."""
    fields = (field for field in Asked.of(step).fields if field.kind != Kind.FILE)
    return {field.key: _answer(field, language=language, at=at) for field in fields}


def side_of(step: Step, turn: str) -> str:
    """Who says that it is done: the vendor where a file would be needed, which nobody here has."""
    needs_file = any(field.kind == Kind.FILE and field.required for field in Asked.of(step).fields)
    return Turn.VENDOR if needs_file else turn


def _answer(field: Field, *, language: str, at: datetime) -> Value:
    match field.kind:
        case Kind.TICK:
            return True
        case Kind.NUMBER:
            return NUMBERS.get(field.key) or format(field.least or Decimal(10), "f")
        case Kind.DATE:
            return (at + CALLS_IN).date().isoformat()
        case Kind.LINK:
            return "https://example.com/"
        case Kind.QUESTION:
            return field.right
    return TEXTS.get(field.key, OTHERWISE)[language == "de"]
