"""A playbook as plain values, apart from the database: what a file says and what a version holds.

Texts are by language, in the same shape as in the models. What stands here is tidy: no text is empty, titles
and list items are single lines, line breaks are ``\\n``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from playbooks.evidence.fields import FIELD_LINES, FIELD_PARAGRAPHS, Asked, Field, Option
from playbooks.models import PlaybookVersion, Stage, Step
from playbooks.offers.items import TEXTS as OFFER_TEXTS
from playbooks.offers.items import Offer, Terms, offer_of
from playbooks.paths.conditions import Test, condition_of
from playbooks.paths.due import Due, due_of
from playbooks.resources.items import Resource, resources_of

Texts = dict[str, dict[str, Any]]

PLAYBOOK_LINES = ("name",)
PLAYBOOK_PARAGRAPHS = ("summary", "goal_hint")
STEP_LINES = ("title", "when")
STEP_PARAGRAPHS = ("why", "clients", "done_when")
STEP_LISTS = ("how", "tools", "skills")

MOST_STAGES = 50
MOST_STEPS = 1000
MOST_ITEMS = 30
MOST_NEEDS = 20
LONGEST_LINE = 300
LONGEST_PARAGRAPH = 4000
LONGEST_KEY = 60
LONGEST_MINUTES = 480

_BREAKS = re.compile(r"\s*[\r\n\v\f\x85\u2028\u2029]+\s*")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class StepOutline:
    key: str
    texts: Texts
    minutes: int = 10
    who: str = "partner"
    asks_for_goal: bool = False
    wants_approval: bool = False
    asked: Asked = field(default_factory=Asked)
    resources: tuple[Resource, ...] = ()
    needs: tuple[str, ...] = ()
    offer: Offer | None = None
    achieves: str = ""
    condition: tuple[Test, ...] = ()
    due: Due | None = None
    with_sponsor: bool = False
    role: str = ""


@dataclass(frozen=True)
class StageOutline:
    key: str
    texts: Texts
    steps: tuple[StepOutline, ...] = ()


@dataclass(frozen=True)
class PlaybookOutline:
    key: str
    languages: tuple[str, ...]
    texts: Texts
    stages: tuple[StageOutline, ...] = field(default=())

    @property
    def steps(self) -> Iterable[StepOutline]:
        return (step for stage in self.stages for step in stage.steps)


def has_forbidden(text: str) -> bool:
    """Whether ``text`` holds characters that no page shows and PostgreSQL does not store."""
    return bool(_FORBIDDEN.search(text))


def tidy_line(text: str) -> str:
    # What is printable has no breaks; asking that first takes a tenth of the time, and most lines are.
    return (text if text.isprintable() else _BREAKS.sub(" ", text)).strip()


def tidy_paragraph(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def tidy_step_texts(texts: Mapping[str, Mapping[str, Any]], languages: Iterable[str]) -> Texts:
    """Texts of a step as they are stored: known fields alone, in one order, nothing empty."""
    tidied = {language: _tidy_step(texts.get(language, {})) for language in languages}
    return {language: words for language, words in tidied.items() if words}


def _tidy_step(words: Mapping[str, Any]) -> dict[str, Any]:
    tidied: dict[str, Any] = {key: tidy_line(words.get(key) or "") for key in STEP_LINES}
    tidied |= {key: tidy_paragraph(words.get(key) or "") for key in STEP_PARAGRAPHS}
    tidied |= {key: [line for line in map(tidy_line, words.get(key) or ()) if line] for key in STEP_LISTS}
    pairs = ((tidy_line(pair["what"]), tidy_paragraph(pair["answer"])) for pair in words.get("obstacles") or ())
    tidied["obstacles"] = [{"what": what, "answer": answer} for what, answer in pairs if what or answer]
    return {key: value for key, value in tidied.items() if value}


def tidy_asked(asked: Asked, languages: Iterable[str]) -> Asked:
    """What a step asks for, as it is stored: an option that says nothing is left out."""
    languages = list(languages)
    return Asked(tuple(tidy_field(field, languages) for field in asked.fields), asked.pass_mark)


def tidy_field(field: Field, languages: Sequence[str]) -> Field:
    lines = {*FIELD_LINES, *FIELD_PARAGRAPHS}
    words = {language: {n: t for n, t in said.items() if n in lines} for language, said in field.texts.items()}
    said = ((tidy_texts(option.texts, languages), option.right) for option in field.options)
    options = tuple(Option(texts, right) for texts, right in said if texts)
    return replace(field, texts=tidy_texts(words, languages), options=options)


def tidy_resource(resource: Resource, languages: Sequence[str]) -> Resource:
    names = ("label", resource.target)
    words = {language: {n: t for n, t in said.items() if n in names} for language, said in resource.texts.items()}
    return replace(resource, texts=tidy_texts(words, languages))


def tidy_offer(offer: Offer | None, languages: Sequence[str]) -> Offer | None:
    if offer is None:
        return None
    words = {code: {n: t for n, t in said.items() if n in OFFER_TEXTS} for code, said in offer.texts.items()}
    offer = replace(offer, texts=tidy_texts(words, languages))
    return offer if offer.terms == Terms.PRICE else replace(offer, amount=None, currency="")


def tidy_texts(texts: Mapping[str, Mapping[str, str]], languages: Iterable[str]) -> Texts:
    """Texts of a playbook, a stage or a field as they are stored."""
    lines = {*PLAYBOOK_LINES, *STEP_LINES, *FIELD_LINES, "text", "address", "file"}
    tidied = {
        language: {
            key: tidy_line(text) if key in lines else tidy_paragraph(text)
            for key, text in texts.get(language, {}).items()
            if text.strip()
        }
        for language in languages
    }
    return {language: words for language, words in tidied.items() if words}


def outline_of(version: PlaybookVersion, loaded: Iterable[Step] | None = None) -> PlaybookOutline:
    """What ``version`` says, in three queries whatever its length; ``loaded`` are its steps, where they are here."""
    languages = tuple(version.languages)
    steps: dict[int, list[StepOutline]] = {}
    for step in version.steps.order_by("position") if loaded is None else loaded:
        steps.setdefault(step.stage_id, []).append(outline_of_step(step, languages))
    stages = (outline_of_stage(stage, languages, steps.get(stage.pk, ())) for stage in version.stages.all())
    return PlaybookOutline(
        key=version.playbook.slug,
        languages=languages,
        texts=tidy_texts(version.texts, languages),
        stages=tuple(stages),
    )


def outline_of_stage(stage: Stage, languages: Iterable[str], steps: Iterable[StepOutline] = ()) -> StageOutline:
    return StageOutline(key=stage.key, texts=tidy_texts(stage.texts, languages), steps=tuple(steps))


def outline_of_step(step: Step, languages: Iterable[str]) -> StepOutline:
    return StepOutline(
        key=step.key,
        texts=tidy_step_texts(step.texts, languages),
        minutes=step.minutes,
        who=step.who,
        asks_for_goal=step.asks_for_goal,
        wants_approval=step.wants_approval,
        asked=tidy_asked(Asked.of(step), languages),
        resources=tuple(tidy_resource(each, tuple(languages)) for each in resources_of(step)),
        needs=tuple(step.needs),
        offer=tidy_offer(offer_of(step), tuple(languages)),
        achieves=step.achieves,
        condition=condition_of(step.condition),
        due=due_of(step.due),
        with_sponsor=step.with_sponsor,
        role=step.role,
    )
