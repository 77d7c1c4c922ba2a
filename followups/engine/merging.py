"""A vendor's own words for a touch, and the fields in them that stand for whom and what a mail is about."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from followups.engine.cadences import LEVEL
from followups.engine.levels import Level, Place, nearest, parts_of
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
DOUBLED = re.compile(r"\{\{[^{}]*\}\}")


def unknown_fields(text: str) -> list[str]:
    """What stands in braces and is no field, as it was written; a brace without its other half too."""
    if doubled := DOUBLED.findall(text):  # as other tools write their fields
        return doubled
    unknown = [match.group(0) for match in FIELD.finditer(text) if match.group(1) not in FIELDS]
    return unknown + BRACE.findall(FIELD.sub("", text))


def merge(text: str, values: Mapping[str, str]) -> str:
    """``text`` with its fields filled in; what is no field stays as it is."""
    return FIELD.sub(lambda match: values.get(match.group(1), match.group(0)), text)


Texts = Mapping[str, Mapping[str, str]]  # subject and body by language


@dataclass(frozen=True, slots=True)
class Words:
    """The vendors' own words for touches, by whom the touches are for and by kind; the nearest level's hold alone."""

    texts: Mapping[Level, Mapping[str, Texts]]
    parts: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # the keys of stage and step, by progress

    @classmethod
    def everywhere(cls, vendor_id: int, kind: str, texts: Texts) -> "Words":
        """These words for this touch, whatever step it is about."""
        return cls({Level(vendor_id): {kind: texts}})

    def of(self, followup: FollowUp) -> dict[str, str]:
        """Subject and body in the language that is active; empty where it is said in Firstline's words."""
        return in_language(self._of(followup))

    def languages_of(self, followup: FollowUp) -> list[str]:
        """In which languages it has words of the vendor's own."""
        return [language for language, parts in self._of(followup).items() if all(map(parts.get, PARTS))]

    def _of(self, followup: FollowUp) -> Texts:
        playbook = followup.enrollment.playbook_id if followup.enrollment is not None else None
        place = Place(playbook, *self.parts.get(followup.progress_id or 0, ()))
        return self.texts.get(nearest(self.texts, followup.vendor_id, place), {}).get(followup.kind, {})


NO_WORDS: Final = Words({})


def in_language(texts: Texts) -> dict[str, str]:
    """The parts in the language that is active, else in the first there is; empty unless all are there."""
    language = get_language() or ""
    parts = {part: str(text_in(texts, part, language) or "") for part in PARTS}
    return parts if all(parts.values()) else {}


def words_for(followups: Collection[FollowUp]) -> Words:
    """The words in force for these, in one query; in two where a cadence is for a single stage or step."""
    columns = (*LEVEL, "touches__kind", "touches__texts")  # None where there is no touch
    found: defaultdict[Level, dict[str, Texts]] = defaultdict(dict)
    rows = Cadence.objects.filter(vendor__in={followup.vendor_id for followup in followups})
    for vendor_id, playbook_id, stage, step, kind, texts in rows.values_list(*columns):
        words = found[Level(vendor_id, playbook_id, stage, step)]
        if texts:
            words[kind] = texts
    narrow = {level.vendor for level in found if level.is_narrow}
    return Words(found, parts_of({one.progress_id for one in followups if one.progress_id and one.vendor_id in narrow}))
