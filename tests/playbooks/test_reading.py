from pathlib import Path

import pytest

from playbooks import starters
from playbooks.outline import PlaybookOutline, StageOutline, StepOutline
from playbooks.reading import CannotRead, read

GOOD = """\
format: 1
key: start
languages: [en, de]
name: {en: A start, de: Ein Anfang}
stages:
  - key: first
    title: {en: First, de: Zuerst}
    steps:
      - key: say-why
        title: {en: Say why}
        why:
          en: |
            It pays.

            It does.
        how: {en: [Open it., "  Close it.  "], de: ["Öffnen."]}
        minutes: 15
        obstacles: {en: [{what: No time, answer: Ten minutes.}]}
        who: vendor
"""


def faults(source: str | bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(CannotRead) as caught:
        read(source.encode() if isinstance(source, str) else source)
    return [(fault.line, fault.place, fault.message) for fault in caught.value.faults]


def test_a_good_file_becomes_an_outline() -> None:
    step = StepOutline(
        key="say-why",
        texts={
            "en": {
                "title": "Say why",
                "why": "It pays.\n\nIt does.",
                "how": ["Open it.", "Close it."],
                "obstacles": [{"what": "No time", "answer": "Ten minutes."}],
            },
            "de": {"how": ["Öffnen."]},
        },
        minutes=15,
        who="vendor",
    )
    stage = StageOutline("first", {"en": {"title": "First"}, "de": {"title": "Zuerst"}}, (step,))
    names = {"en": {"name": "A start"}, "de": {"name": "Ein Anfang"}}
    assert read(GOOD.encode()) == PlaybookOutline("start", ("en", "de"), names, (stage,))


def test_with_one_language_the_text_stands_alone() -> None:
    source = """\
format: 1
key: start
languages: [de]
name: Ein Anfang
stages:
  - key: a
    title: Zuerst
    steps: [{key: b, title: 2026, how: [eins, zwei], obstacles: [{what: Zeit, answer: Zehn Minuten}]}]
"""
    (step,) = read(source.encode()).steps
    assert step.texts == {
        "de": {"title": "2026", "how": ["eins", "zwei"], "obstacles": [{"what": "Zeit", "answer": "Zehn Minuten"}]}
    }


def test_every_fault_is_told_at_once_with_its_line() -> None:
    source = """\
format: 2
key: A b
languages: [en, fr]
name: {en: x}
stages:
  - key: a
    title: hello
    steps:
      - key: x
        title: {en: t, de: u}
        minuts: 3
        minutes: 2 hours
        who: me
        how: {en: text}
      - key: x
        title: []
        minutes: 481
"""
    found = faults(source)
    assert [line for line, _place, _message in found] == [1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17]
    by_line = {line: (place, message) for line, place, message in found}
    assert by_line[11] == ("stage “a”, step 1", "“minuts” is not known here. Did you mean “minutes”?")
    assert by_line[12][0] == "step “x”, minutes"
    assert "Write a whole number from 1 to 480" in by_line[12][1]
    assert "already used in line 9" in by_line[15][1]


def test_a_step_may_ask_for_the_goal() -> None:
    def asks(line: str) -> bool:
        return next(iter(read(GOOD.replace("who: vendor", line).encode()).steps)).asks_for_goal

    assert asks("asks_for_goal: true")
    assert not asks("asks_for_goal: false")
    assert not asks("who: partner")


def test_a_fault_is_written_as_file_line_place_and_message() -> None:
    with pytest.raises(CannotRead) as caught:
        read(GOOD.replace("who: vendor", "who: me").encode())
    assert caught.value.lines("p.yaml") == [
        "p.yaml:19: step “say-why”, who: “me” cannot do a step. Write partner, vendor or sponsor."
    ]


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("format: 1\n", ""), 1, "The format is missing"),
        (("key: start", "key:"), 1, "The key is missing"),
        (("languages: [en, de]", "languages: []"), 1, "The languages are missing"),
        (("languages: [en, de]", "languages: [en, en]"), 3, "listed twice"),
        (("name: {en: A start, de: Ein Anfang}", "name: A start"), 4, "There are several languages"),
        (("name: {en: A start, de: Ein Anfang}", "goal_hint: {en: x}"), 1, "The name is missing"),
        (("stages:\n", "stages: soon\nrest:\n"), 5, "A list is expected"),
        (("title: {en: First, de: Zuerst}", "title: {en: First, en: Twice}"), 7, "is written twice"),
        (("title: {en: Say why}", "title: {en: [Say why]}"), 10, "Text is expected"),
        (("{what: No time, answer: Ten minutes.}", "{wat: No time}"), 18, "Did you mean “what”?"),
        (("{what: No time, answer: Ten minutes.}", "No time"), 18, "Fields are expected here"),
        (("who: vendor", "who: partner\n        asks_for_goal: yes"), 20, "neither yes nor no"),
        (("who: vendor", "who: vendor\n        asks_for_goal: true"), 20, "Only a step of the partner"),
        (("who: vendor", "who: vendor\n        wants_approval: true"), 20, "Nobody approves what the vendor does"),
        (("who: vendor", "evidence: some"), 19, "A list is expected"),
        (("who: vendor", "evidence: [{key: a, kind: poem}]"), 19, "no kind of evidence. Choose from: tick, text"),
        (("who: vendor", "evidence: [{key: a, kind: text, unit: {en: x}}]"), 19, "does not belong to this kind"),
        (("who: vendor", "evidence: [{key: a, kind: text}, {key: a, kind: text}]"), 19, "Give each its own"),
        (("who: vendor", "evidence: [{key: a, kind: number, min: few}]"), 19, "“few” is no number"),
        (("who: vendor", "evidence: [{key: a, kind: number, max: .inf}]"), 19, "is no number"),
        (("who: vendor", "evidence: [{key: a, kind: number, decimals: 9}]"), 19, "no whole number from 0 to 4"),
        (("who: vendor", "evidence: [{key: a, kind: question, options: [{right: true}]}]"), 19, "The text is missing"),
        (("who: vendor", "pass_mark: 1"), 19, "There is no question"),
        (
            ("who: vendor", "role: wizard"),
            19,
            "no role at a partner that does a step. Choose from: owner, sales, techn",
        ),
        (("who: vendor", "role: stakeholder"), 19, "“stakeholder” is no role"),
        (("who: vendor", "who: vendor\n        role: sales"), 20, "Only a step of the partner can be for a role"),
        (("who: vendor", "who: sponsor\n        role: sales"), 20, "Write “who: partner”"),
        (("who: vendor", "achieves: glory"), 19, "“glory” is nothing that Today keeps"),
        (
            ("who: vendor", "resources: [{key: a, kind: song}]"),
            19,
            "no kind of resource. Choose from: link",
        ),
        (("who: vendor", "resources: [{key: a, kind: link, file: {en: x}}]"), 19, "does not belong to this kind"),
        (
            ("who: vendor", "resources: [{key: a, kind: link, address: {en: 'javascript:1'}}]"),
            19,
            "no address of a page",
        ),
        (
            ("who: vendor", "resources: [{key: a, kind: video, address: {en: 'https://a.example/c'}}]"),
            19,
            "no film at YouTube",
        ),
        (
            ("who: vendor", f"resources: [{{key: a, kind: link, address: {{en: 'https://a.example/{'c' * 1983}'}}}}]"),
            19,
            "2001 characters; at most 2000",
        ),
        (("A start", "x" * 301), 4, "301 characters; at most 300"),
        (("A start", '"a\\0b"'), 4, "no text may hold"),
    ],
)
def test_a_fault_says_where_and_what(change: tuple[str, str], line: int, words: str) -> None:
    found = faults(GOOD.replace(*change))
    assert any(at == line and words in message for at, _place, message in found), found


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        (b"", 1, "The file is empty"),
        (b"just words", 1, "Fields are expected here"),
        (b"a: 'b\nc: d", 2, "This is not YAML"),
        (b"a:\n\t- b", 2, "This is not YAML"),
        (b"a: b\n---\nc: d", 2, "A second document"),
        (b"a: &x [1]\nb: *x", 1, "Aliases"),
        (b"key: a\nname: !!python/object/apply:os.system [ls]", 2, "Tags"),
        (b"a: 1\nb: \xe4", 2, "not in UTF-8"),
        (b"a: 1\nb: \x07", 2, "no text may hold"),
        (b"[" * 100_000, 1, "nested too deeply"),
        (b"{" * 100_000, 1, "nested too deeply"),
        (b"a: " + b"x" * (2 * 1024 * 1024), 1, "larger than 2 MB"),
    ],
)
def test_what_is_no_playbook_at_all_is_refused(source: bytes, line: int, words: str) -> None:
    assert any(at == line and words in message for at, _place, message in faults(source))


def test_too_many_stages_steps_and_items_are_refused() -> None:
    items = "[" + ", ".join("x" for _ in range(31)) + "]"
    assert "at most 30 fit" in faults(GOOD.replace("[Open it., ", f"{items[:-1]}, "))[0][2]
    stages = "".join(f"\n  - {{key: s{n}, title: {{en: S}}}}" for n in range(50))
    assert "at most 50 fit" in faults(GOOD.rstrip() + stages)[0][2]


def test_the_windows_mark_at_the_beginning_is_no_fault() -> None:
    assert read(b"\xef\xbb\xbf" + GOOD.encode()).key == "start"


def test_the_example_in_the_docs_can_be_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "playbook-format.md").read_text()
    example = page.split("```yaml\n")[1].split("```")[0]
    assert read(example.encode()).languages == ("en", "de")


def test_all_starters_can_be_read() -> None:
    assert len(starters.available_starters()) >= 3
