"""A vendor's own words for a touch, and the fields in them that stand for whom and what a mail is about."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from followups.models import Cadence, FollowUp
from playbooks.texts import text_in

# Each has a value in every mail: a field that may be empty would tear a hole into a sentence.
FIELDS: Final[Mapping[str, Promise]] = {
    "name": _("who gets the mail"),
    "company": _("the partner’s company"),
    "step": _("the title of the step"),
    "minutes": _("how long it takes, such as “10 minutes”"),
    "vendor": _("your company"),
    "manager": _("the partner’s channel manager"),
}
PARTS = ("subject", "body")
FIELD = re.compile(r"\{\s*([^{}]*?)\s*\}")
BRACE = re.compile(r"[{}]")


def unknown_fields(text: str) -> list[str]:
    """What stands in braces and is no field, as it was written; a brace without its other half too."""
    unknown = [match.group(0) for match in FIELD.finditer(text) if match.group(1) not in FIELDS]
    return unknown + BRACE.findall(FIELD.sub("", text))


def merge(text: str, values: Mapping[str, str]) -> str:
    """``text`` with its fields filled in; what is no field stays as it is."""
    return FIELD.sub(lambda match: values.get(match.group(1), match.group(0)), text)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the touches that have their own, by vendor, playbook (None for the standard) and kind."""

    texts: Mapping[tuple[int, int | None, str], Mapping[str, Mapping[str, str]]]
    own: Collection[int] = frozenset()  # playbooks with a cadence of their own

    def of(self, followup: FollowUp) -> dict[str, str]:
        """Subject and body in the language that is active; empty where it is said in Firstline's words."""
        return in_language(self._of(followup))

    def languages_of(self, followup: FollowUp) -> list[str]:
        """In which languages it has words of the vendor's own."""
        return [language for language, parts in self._of(followup).items() if all(map(parts.get, PARTS))]

    def _of(self, followup: FollowUp) -> Mapping[str, Mapping[str, str]]:
        playbook = followup.enrollment.playbook_id if followup.enrollment is not None else None
        return self.texts.get((followup.vendor_id, playbook if playbook in self.own else None, followup.kind), {})


NO_WORDS: Final = Words({})


def in_language(texts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The parts in the language that is active, else in the first there is; empty unless all are there."""
    language = get_language() or ""
    parts = {part: str(text_in(texts, part, language) or "") for part in PARTS}
    return parts if all(parts.values()) else {}


def words_of(vendor_ids: Collection[int]) -> Words:
    """The words in force at these vendors, in one query."""
    columns = ("vendor_id", "playbook_id", "touches__kind", "touches__texts")  # None where there is no touch
    rows: list[Any] = list(Cadence.objects.filter(vendor__in=vendor_ids).values_list(*columns))
    return Words(
        {(vendor, playbook, kind): texts for vendor, playbook, kind, texts in rows if texts},
        frozenset(playbook for _vendor, playbook, _kind, _texts in rows if playbook is not None),
    )
