from typing import Any

import pytest
from django.utils import translation

from playbooks.checking import check
from playbooks.desk.meanwhile import older_in_words
from playbooks.models import PlaybookVersion, Stage
from playbooks.publishing import publish, start_draft
from tests.factories import NOW, make_vendor, make_version

pytestmark = pytest.mark.django_db


def a_draft(*steps: dict[str, Any], languages: tuple[str, ...] = ("en",)) -> PlaybookVersion:
    whole = [{"key": f"s{at}", "when": "Today", **step} for at, step in enumerate(steps or ({},))]
    version = make_version(make_vendor(), published=False, steps=whole)
    version.languages = list(languages)
    version.save()
    return version


def told(version: PlaybookVersion) -> list[tuple[bool, str]]:
    return [(problem.blocks, problem.message) for problem in check(version=version)]


def test_a_whole_draft_has_no_problems() -> None:
    assert told(a_draft()) == []


def test_a_missing_reason_blocks() -> None:
    version = a_draft({"why": "", "how": []})
    assert told(version) == [(True, "“Do the s0 thing” lacks why it pays and how to do it.")]
    assert check(version=version)[0].step_id == version.steps.get().pk


def test_a_missing_language_blocks_everywhere() -> None:
    version = a_draft(languages=("en", "de"))
    blocking = [message for blocks, message in told(version) if blocks]
    assert blocking == [
        "The playbook lacks the name in German.",
        "The stage “The start” lacks the title in German.",
        "“Do the s0 thing” lacks the title, why it pays and how to do it in German.",
    ]


def test_a_long_step_is_a_hint() -> None:
    version = a_draft({"minutes": 21}, {"minutes": 20})
    (problem,) = check(version=version)
    assert not problem.blocks
    assert "takes 21 minutes. Split it?" in problem.message


def test_an_empty_stage_and_an_empty_playbook_block() -> None:
    version = a_draft()
    empty = Stage.objects.create(version=version, key="x", position=1, texts={"en": {"title": "Later"}})
    (problem,) = check(version=version)
    assert (problem.blocks, problem.stage_id) == (True, empty.pk)
    assert problem.message == "The stage “Later” has no steps. Add one, or remove the stage."
    for stage in version.stages.all():
        stage.delete()
    assert told(version) == [(True, "There is no stage yet. Add a stage, and in it a first step.")]


def test_what_blocks_comes_first() -> None:
    assert [blocks for blocks, _ in told(a_draft({"minutes": 60}, {"why": ""}))] == [True, False]


def test_an_obstacle_without_an_answer_is_a_hint() -> None:
    version = a_draft({"obstacles": [{"what": "No time", "answer": ""}]})
    assert told(version) == [
        (
            False,
            "“Do the s0 thing” names what may get in the way, and no way past it: “No time”. Write how others did it.",
        )
    ]


def test_a_long_title_is_shortened_and_what_lacks_a_label_is_quoted_by_the_one_it_has() -> None:
    resource = {
        "key": "the-guide",
        "kind": "link",
        "texts": {"en": {"label": "Our guide", "address": "https://a.example"}},
    }
    version = a_draft({"title": "Call them " * 30, "minutes": 21}, languages=("en", "de"))
    version.steps.update(resources=[resource])
    messages = [message for _blocks, message in told(version)]
    assert all(len(message) < 250 for message in messages)
    assert any(message.endswith("…”: what helps as “Our guide” has no label in German.") for message in messages)


def test_each_reader_is_told_in_the_words_of_their_own_language() -> None:
    version = a_draft({"minutes": 25, "needs": ["gone"]}, languages=("en", "de"))
    step = version.steps.get()
    step.texts |= {"de": {**step.texts["en"], "title": "Rufen Sie an", "how": []}}
    step.stage.texts |= {"de": {"title": "Anfang"}}
    step.save()
    step.stage.save()
    with translation.override("de"):
        problems = [problem for problem in check(version=version) if problem.step_id]
    assert len(problems) == 3
    assert [problem.message for problem in problems if not problem.message.startswith("„Rufen Sie an“")] == []
    assert all("Rufen" not in message for _blocks, message in told(version))


def test_beneath_a_heading_the_step_is_not_named_again() -> None:
    link = {"key": "a", "kind": "link", "texts": {"en": {"label": "Our guide"}}}
    version = a_draft({"why": "", "minutes": 25, "resources": [link]})
    problems = check(version=version)
    assert {problem.title for problem in problems} == {"Do the s0 thing"}
    assert [problem.beneath for problem in problems] == [
        "It lacks why it pays.",
        "“Our guide” leads nowhere yet.",
        "It takes 25 minutes. Split it? A step that fits between two jobs gets done.",
    ]
    version.texts = {}
    (problem, *_rest) = check(version=version)
    assert problem.beneath == problem.message == "The playbook lacks the name."


def test_what_was_rewritten_in_one_language_alone_is_a_hint() -> None:
    version = a_draft({})
    step = version.steps.get()
    version.languages, version.texts = ["en", "de"], version.texts | {"de": {"name": "A", "summary": "B"}}
    words = {"title": "Rufen Sie an", "why": "Es lohnt sich sehr."}
    step.texts |= {"de": {**step.texts["en"], **words}}
    step.stage.texts |= {"de": {"title": "Anfang"}}
    for part in (step, step.stage, version):
        part.save()
    publish(version=version, by=None, now=NOW)
    draft = start_draft(playbook=version.playbook, by=None, now=NOW)
    assert told(draft) == []
    step = draft.steps.get()
    step.texts["en"]["why"] = "Something else altogether, which nobody has put into German."
    step.save()
    (hint, *_more) = told(draft)
    said = "“Do the s0 thing” was rewritten in English since it was published, and not in German: why it pays"
    assert hint[0] is False
    assert hint[1].startswith(said)
    assert older_in_words(step)["why"] == "The German text is older than the English one: look whether it still fits."
    assert older_in_words(step).keys() == {"why"}
    step.texts["de"]["why"] = "Etwas ganz anderes."
    step.save()
    assert not [message for _blocks, message in told(draft) if "why it pays" in message]


def test_an_address_by_http_is_a_hint_with_its_place() -> None:
    link = {"key": "a", "kind": "link", "texts": {"en": {"label": "Our guide", "address": "http://a.example"}}}
    version = a_draft({"why": "See [it](http://b.example).", "resources": [link]})
    assert told(version) == [
        (
            False,
            "“Do the s0 thing”: the address of “Our guide” begins with http://, where anybody can read along."
            " Use https://.",
        ),
        (
            False,
            "“Do the s0 thing” leads to http:// in why it pays (English). There anybody can read along: use https://.",
        ),
    ]
    assert [problem.resource for problem in check(version=version)] == ["a", ""]
