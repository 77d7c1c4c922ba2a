"""Which texts are hard to read, by which measure, and what is said about them."""

import pytest

from playbooks.checking import check
from playbooks.legibility import LONGEST_SENTENCE, legibility_of, longest_sentence, words_of
from playbooks.starters import available_starters
from tests.factories import make_vendor, make_version

EASY = "Take the phone. Call the client you know best. Ask one thing, and write it down. " * 5
DRY = (
    "The organisational implementation of contractual obligations necessitates comprehensive consideration of every"
    " administrative requirement that individual representatives of participating organisations communicated, and the"
    " corresponding documentation has to be completed beforehand. "
)
GERMAN = (
    "Die organisatorische Durchführung der vertraglichen Verpflichtungen erfordert die Berücksichtigung sämtlicher"
    " verwaltungstechnischer Anforderungen, die von den verantwortlichen Ansprechpartnern der beteiligten"
    " Unternehmensbereiche ausdrücklich vorgeschrieben wurden. "
)


@pytest.mark.parametrize(
    ("text", "language", "is_hard"), [(EASY, "en", False), (DRY * 3, "en", True), (GERMAN * 4, "de", True)]
)
def test_what_is_hard(text: str, language: str, is_hard: bool) -> None:
    found = legibility_of(text, language)
    assert found is not None
    assert found.is_hard is is_hard


def test_flesch_by_hand() -> None:
    """Four sentences of five words with six syllables each: 206.835 - 1.015 * 5 - 84.6 * 6 / 5."""
    found = legibility_of("We put it very soon. " * 16, "en")
    assert found is not None
    assert found.score == pytest.approx(206.835 - 1.015 * 5 - 84.6 * 6 / 5, abs=0.01)


def test_a_silent_e_is_no_syllable() -> None:
    """Judged only where it matters: of a text that is hard with them."""
    with_them = legibility_of("inconsiderable made " * 40, "en")
    without = legibility_of("inconsiderable mad " * 40, "en")
    assert with_them is not None
    assert without is not None
    assert with_them.score == without.score


def test_few_words_and_other_languages_are_not_judged() -> None:
    assert legibility_of(DRY, "en") is None
    assert legibility_of(DRY * 9, "fr") is None


def test_marks_and_addresses_are_no_words() -> None:
    plain, marked = (
        legibility_of(EASY, "en"),
        legibility_of(EASY.replace("phone", "[**phone**](https://a.example/x)"), "en"),
    )
    assert plain == marked


def test_the_starters_are_easy() -> None:
    for starter in available_starters():
        for step in starter.outline.steps:
            for language, texts in step.texts.items():
                found = legibility_of(words_of(texts), language)
                assert found is None or not found.is_hard, (step.key, language)


@pytest.mark.django_db
def test_the_author_is_told_what_to_do_and_may_publish() -> None:
    one_word = "Organisational responsibilities. Administrative requirements. "
    steps = [{"key": "long", "why": DRY * 3}, {"key": "words", "why": one_word * 20}, {"key": "easy", "why": EASY}]
    version = make_version(make_vendor(), published=False, steps=steps)
    hints = {problem.step_id: problem for problem in check(version=version) if "hard to read" in problem.message}
    long, words, easy = version.steps.order_by("position")
    assert "Write shorter sentences: the longest has 29 words: “The organisational" in hints[long.pk].message
    assert "Use shorter words, for example instead of: responsibilities, Administrative," in hints[words.pk].message
    assert easy.pk not in hints
    assert not any(problem.blocks for problem in hints.values())


@pytest.mark.django_db
def test_a_very_long_sentence_is_named_in_however_short_a_text() -> None:
    long = "Whoever " + "and ".join(["calls a client "] * 10) + "wins."
    version = make_version(make_vendor(), published=False, steps=[{"key": "a", "why": long}, {"key": "b"}])
    first = version.steps.order_by("position")[0]
    [hint] = [problem for problem in check(version=version) if "sentence of" in problem.message]
    assert (hint.step_id, hint.blocks) == (first.pk, False)
    assert (
        "has a sentence of 41 words in English. Make two of it, or three: “Whoever calls a client and" in hint.message
    )


def test_no_starter_has_a_very_long_sentence() -> None:
    for starter in available_starters():
        for step in starter.outline.steps:
            for language, texts in step.texts.items():
                sentence, words = longest_sentence(words_of(texts))
                assert words <= LONGEST_SENTENCE, (step.key, language, sentence)
