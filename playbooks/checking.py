"""What a draft still lacks, in plain words: before publishing, and beside each step while it is written."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.text import Truncator, capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from partners.places import language_name
from playbooks.aging import older_texts, published_texts
from playbooks.comparing import LABELS
from playbooks.evidence.checking import of_evidence
from playbooks.evidence.fields import Asked
from playbooks.legibility import LONG_SENTENCE, LONGEST_SENTENCE, legibility_of, longest_sentence, words_of
from playbooks.models import PlaybookVersion, Stage, Step
from playbooks.offers.checking import of_offer
from playbooks.outline import Texts
from playbooks.paths.checking import Gaps, of_paths
from playbooks.resources.checking import kept_among, of_resources
from playbooks.resources.items import resources_of
from playbooks.texts import readers_first, shortened

LONGEST_QUOTED = 200  # characters of a sentence
LONGEST_CALM_STEP = 20  # minutes: what fits between two jobs

_FIELD_NAMES = {
    "name": gettext_lazy("the name"),
    "summary": gettext_lazy("the summary"),
    "title": gettext_lazy("the title"),
    "why": gettext_lazy("why it pays"),
    "how": gettext_lazy("how to do it"),
    "when": gettext_lazy("when to do it"),
    "obstacles": gettext_lazy("what may get in the way"),
    "done_when": gettext_lazy("how one knows that it is done"),
}
NEEDED_IN_A_STEP = ("title", "why", "how")
GOOD_IN_A_STEP = ("when", "obstacles", "done_when")


@dataclass(frozen=True)
class Problem:
    """``blocks`` says whether publishing has to wait; the ids say where to go and mend it."""

    message: str
    blocks: bool
    stage_id: int | None = None
    step_id: int | None = None
    field: str = ""  # of what the step asks for
    resource: str = ""  # of what helps with it
    is_of_path: bool = False  # about when it comes
    is_about_offer: bool = False
    title: str = ""  # of the step, as the message quotes it

    @property
    def beneath(self) -> str:
        """The message where a heading names the step."""
        rest = self.message.removeprefix(_("“%(title)s”") % {"title": self.title})
        if not self.title or rest == self.message:
            return self.message
        if rest.startswith(": "):
            return str(capfirst(rest[2:]))
        return pgettext("the step that the heading names", "It") + rest


def check(
    *,
    version: PlaybookVersion,
    today: date | None = None,
    loaded: Sequence[Step] | None = None,
    before: Mapping[str, Texts] | None = None,
) -> list[Problem]:
    """Every problem of ``version``, those that block first, each in the order of the playbook; at most four queries.

    The steps and stages are called as the reader's own language has them, where the version is in it.

    Without ``today`` no date counts as past. ``version`` is read with its playbook and vendor; ``loaded`` are its
    steps in their order, and ``before`` what those published last say, by key, where they are here.
    """
    stages = list(version.stages.all())
    steps = list(version.steps.order_by("position") if loaded is None else loaded)
    found = check_loaded(version, stages, steps, today=today)
    languages = readers_first(version.languages)
    titles = {step.pk: shortened(step.title(next(iter(languages), ""))) for step in steps}
    found += [*_older(version, steps, before), *_hard_to_read(steps, languages)]
    return [replace(each, title=titles.get(each.step_id, "")) if each.step_id else each for each in found]


def check_loaded(
    version: PlaybookVersion, stages: Iterable[Stage], steps: Iterable[Step], *, today: date | None = None
) -> list[Problem]:
    """As ``check``, for stages and steps that are already here."""
    problems, steps = list(_of_playbook(version)), list(steps)
    by_stage: dict[int, list[Step]] = {}
    for step in steps:
        by_stage.setdefault(step.stage_id, []).append(step)
    files = kept_among((each for step in steps for each in resources_of(step)), version)
    paths = of_paths(steps, version, today=today)
    stages, languages = list(stages), readers_first(version.languages)
    if not stages:
        problems.append(Problem(_("There is no stage yet. Add a stage, and in it a first step."), blocks=True))
    for stage in stages:
        problems.extend(_of_stage(stage, languages, by_stage.get(stage.pk, []), files, paths))
    return sorted(problems, key=lambda problem: not problem.blocks)


def _of_playbook(version: PlaybookVersion) -> Iterator[Problem]:
    languages = readers_first(version.languages)
    for language, missing in _missing(version.texts, ("name",), languages):
        yield Problem(_gap(_("The playbook"), language, missing, languages), blocks=True)
    for language, missing in _missing(version.texts, ("summary",), languages):
        yield Problem(_gap(_("The playbook"), language, missing, languages), blocks=False)


def _of_stage(
    stage: Stage, languages: list[str], steps: list[Step], files: Collection[str] | None, paths: Gaps
) -> Iterator[Problem]:
    subject = _("The stage “%(title)s”") % {"title": shortened(stage.title(languages[0] if languages else ""))}
    for language, missing in _missing(stage.texts, ("title",), languages):
        yield Problem(_gap(subject, language, missing, languages), blocks=True, stage_id=stage.pk)
    if not steps:
        message = _("%(stage)s has no steps. Add one, or remove the stage.")
        yield Problem(message % {"stage": subject}, blocks=True, stage_id=stage.pk)
    for step in steps:
        yield from of_step(step, languages, files)
        for gap in paths.get(step.pk, ()):
            yield Problem(gap.message, gap.blocks, step_id=step.pk, is_of_path=True)


def of_step(step: Step, languages: list[str], files: Collection[str] | None = None) -> Iterator[Problem]:
    """The step is called as the first of ``languages`` has it; ``files`` are those kept, None: not asked."""
    title = shortened(step.title(languages[0] if languages else ""))
    subject = _("“%(title)s”") % {"title": title}
    for language, missing in _missing(step.texts, NEEDED_IN_A_STEP, languages):
        yield Problem(_gap(subject, language, missing, languages), blocks=True, step_id=step.pk)
    for problem in of_evidence(Asked.of(step), step.who, languages):
        message = f"{subject}: {problem.message}"
        yield Problem(message, problem.blocks, step_id=step.pk, field=problem.key)
    for problem in of_resources(resources_of(step), languages, files):
        message = f"{subject}: {problem.message}"
        yield Problem(message, problem.blocks, step_id=step.pk, resource=problem.key)
    for problem in of_offer(step, languages):
        yield Problem(f"{subject}: {problem.message}", problem.blocks, step_id=step.pk, is_about_offer=True)
    if step.minutes > LONGEST_CALM_STEP:
        message = _("%(step)s takes %(minutes)d minutes. Split it? A step that fits between two jobs gets done.")
        values = {"step": subject, "minutes": step.minutes}
        yield Problem(message % values, blocks=False, step_id=step.pk)
    for language, missing in _missing(step.texts, GOOD_IN_A_STEP, languages):
        yield Problem(_gap(subject, language, missing, languages), blocks=False, step_id=step.pk)
    for what in _unanswered(step, languages):
        message = _("%(step)s names what may get in the way, and no way past it: “%(what)s”. Write how others did it.")
        yield Problem(message % {"step": subject, "what": shortened(what)}, blocks=False, step_id=step.pk)
    for language, parts in _by_http(step.texts, languages):
        message = _(
            "%(step)s leads to http:// in %(parts)s (%(language)s). There anybody can read along: use https://."
        )
        values = {"step": subject, "parts": parts, "language": language_name(language)}
        yield Problem(message % values, blocks=False, step_id=step.pk)
    lengths = {len(step.texts.get(language, {}).get("how", ())) for language in languages} - {0}
    if len(lengths) > 1:
        message = _("%(step)s has more moves in one language than in another. Compare them.")
        yield Problem(message % {"step": subject}, blocks=False, step_id=step.pk)


def _by_http(texts: dict[str, dict[str, Any]], languages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """By language, the texts with such an address: files of before have them, and who pastes one."""
    for language in languages:
        found = [name for name, text in texts.get(language, {}).items() if "http://" in str(text)]
        if found:
            yield language, str(get_text_list([_part(name) for name in found], _("and")))


def _part(name: str) -> str:
    return str(_FIELD_NAMES.get(name, LABELS[name]))


def _unanswered(step: Step, languages: Iterable[str]) -> Iterator[str]:
    for language in languages:
        for pair in step.texts.get(language, {}).get("obstacles", ()):
            if pair.get("what") and not pair.get("answer"):
                yield str(pair["what"])


def _older(version: PlaybookVersion, steps: Iterable[Step], before: Mapping[str, Texts] | None) -> Iterator[Problem]:
    """Where one language was rewritten since the last time, and another was not."""
    reader = next(iter(readers_first(version.languages)), "")
    if before is None:
        before = published_texts(version)
    for step in steps:
        older: dict[tuple[Sequence[str], Sequence[str]], list[str]] = {}
        for each in older_texts(step, before.get(step.key), version.languages):
            older.setdefault((tuple(each.languages), tuple(each.rewritten)), []).append(_part(each.name))
        for (languages, rewritten), names in older.items():
            message = _(
                "“%(title)s” was rewritten in %(rewritten)s since it was published, and not in %(languages)s:"
                " %(parts)s. Look whether it still fits."
            )
            values = {
                "title": shortened(step.title(reader)),
                "rewritten": _languages(rewritten),
                "languages": _languages(languages),
                "parts": get_text_list(names, _("and")),
            }
            yield Problem(message % values, blocks=False, step_id=step.pk)


def _languages(codes: Iterable[str]) -> str:
    return str(get_text_list([language_name(code) for code in codes], _("and")))


def _hard_to_read(steps: Iterable[Step], languages: list[str]) -> Iterator[Problem]:
    """Says what would make it easier: shorter sentences where one is long, else shorter words."""
    for step in steps:
        title = shortened(step.title(languages[0] if languages else ""))
        for language in languages:
            text = words_of(step.texts.get(language, {}))
            found = legibility_of(text, language)
            if found is None or not found.is_hard:
                sentence, count = longest_sentence(text)
                if count > LONGEST_SENTENCE:
                    yield Problem(_too_long(title, language, sentence, count), blocks=False, step_id=step.pk)
                continue
            values: dict[str, Any] = {"title": title, "language": language_name(language), "words": found.words_in_it}
            if found.words_in_it >= LONG_SENTENCE:
                message = _(
                    "“%(title)s” is hard to read in %(language)s. Write shorter sentences:"
                    " the longest has %(words)d words: “%(sentence)s”"
                )
                values["sentence"] = Truncator(found.longest).chars(LONGEST_QUOTED)
            else:
                message = _(
                    "“%(title)s” is hard to read in %(language)s. Use shorter words, for example instead of: %(long)s"
                )
                values["long"] = ", ".join(found.long_words)
            yield Problem(message % values, blocks=False, step_id=step.pk)


def _too_long(title: str, language: str, sentence: str, count: int) -> str:
    message = _(
        "“%(title)s” has a sentence of %(words)d words in %(language)s. Make two of it, or three: “%(sentence)s”"
    )
    quoted = Truncator(sentence).chars(LONGEST_QUOTED)
    return message % {"title": title, "words": count, "language": language_name(language), "sentence": quoted}


def _missing(
    texts: dict[str, dict[str, Any]], fields: Iterable[str], languages: Iterable[str]
) -> Iterator[tuple[str, list[str]]]:
    for language in languages:
        words = texts.get(language, {})
        missing = [str(_FIELD_NAMES[name]) for name in fields if not words.get(name)]
        if missing:
            yield language, missing


def _gap(subject: str, language: str, missing: list[str], languages: list[str]) -> str:
    parts = get_text_list(missing, _("and"))
    if len(languages) == 1:
        return _("%(subject)s lacks %(parts)s.") % {"subject": subject, "parts": parts}
    name = language_name(language)
    return _("%(subject)s lacks %(parts)s in %(language)s.") % {"subject": subject, "parts": parts, "language": name}
