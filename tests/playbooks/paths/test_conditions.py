"""A step for some partners alone: in the walk, and before publishing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.dashboards.timeline import timeline
from followups.models import Standing
from followups.standing.checking import find_drift
from partners.models import Activity, User, Vendor
from playbooks.checking import check
from playbooks.comparing import differences
from playbooks.copying import copy_stage
from playbooks.enrolling import enroll_all
from playbooks.models import Certificate, Enrollment, PlaybookVersion, Progress, Step
from playbooks.outline import outline_of
from playbooks.paths.conditions import Facts, Test, concerns, condition_of
from playbooks.publishing import start_draft
from playbooks.reading import CannotRead, read
from playbooks.walking import complete
from playbooks.writing import write
from tests.factories import NOW, make_enrollment, make_field, make_partner, make_version

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
A_B = {"step": "a", "field": "b"}


def a_test(about: str, how: str, *values: str, **question: str) -> dict[str, Any]:
    return {"about": about, "how": how, "values": list(values), **question}


GERMAN = a_test("country", "in", "DE", "AT")
SMALL = a_test("size", "in", "1", "2-9")
MANY = a_test("answer", "over", "5", step="ask", field="clients")
STEPS: list[Any] = [
    {"key": "tax", "condition": [GERMAN]},
    {"key": "ask", "evidence": [make_field("clients", "number", min="0", max="99")]},
    {"key": "plan", "condition": [MANY]},
    "call",
]


def a_draft(vendor: Vendor) -> PlaybookVersion:
    steps = [step if isinstance(step, dict) else {"key": step} for step in STEPS]
    return make_version(vendor, published=False, steps=[{**step, "when": "Now"} for step in steps])


def states(enrollment: Enrollment) -> list[str]:
    return list(enrollment.progress.order_by("position").values_list("state", flat=True))


def done(enrollment: Enrollment, key: str, **given: str) -> None:
    progress = enrollment.progress.get(step__key=key)
    complete(progress=progress, by=None, now=NOW + HOUR, given=given)


def numbers(enrollment: Enrollment) -> tuple[int, int]:
    assert find_drift(vendor=enrollment.vendor, now=NOW + HOUR).partners == []
    found = Standing.objects.get(pk=enrollment.partner_id)
    return found.steps_done, found.steps_total


@pytest.mark.parametrize(
    ("test", "facts", "holds"),
    [
        (GERMAN, Facts(country="AT"), True),
        (GERMAN, Facts(country="CH"), False),
        (GERMAN, Facts(), False),
        (a_test("country", "not_in", "DE"), Facts(), True),
        (a_test("vertical", "in", "Dental practices"), Facts(vertical="dental practices "), True),
        (MANY, Facts(answers={("ask", "clients"): ["5.5"]}), True),
        (MANY, Facts(answers={("ask", "clients"): ["5"]}), False),
        (MANY, Facts(), False),
        (a_test("answer", "in", "5", step="a", field="b"), Facts(answers={("a", "b"): ["5.0"]}), True),
        (a_test("answer", "contains", "NAS", step="a", field="b"), Facts(answers={("a", "b"): ["Two nas"]}), True),
        (
            a_test("answer", "under", "2026-05-01", step="a", field="b"),
            Facts(answers={("a", "b"): ["2026-04-30"]}),
            True,
        ),
    ],
)
def test_what_holds(test: dict[str, Any], facts: Facts, holds: bool) -> None:
    assert concerns(condition_of([test]), facts) is holds


def test_who_is_concerned_gets_the_step_and_who_is_not_does_not(vendor: Vendor) -> None:
    version = make_version(vendor, steps=STEPS)
    here = make_enrollment(make_partner(vendor, country="DE"), version=version)
    there = make_enrollment(make_partner(vendor, country="CH"), version=version)
    assert states(here) == ["open", "locked", "locked", "locked"]
    assert states(there) == ["skipped", "open", "locked", "locked"]
    left_out = there.progress.get(position=0)
    assert (left_out.left_out, left_out.settled_at, left_out.reason, left_out.settled_by) == (True, NOW, "", None)
    assert (numbers(here), numbers(there)) == ((0, 4), (0, 3))
    told = Activity.objects.get(kind="left_out")
    assert (told.partner, told.side) == (there.partner, "system")
    shown = [entry.what for entry in timeline(partner=there.partner, after="", language="en").entries]
    assert "Left out, as it does not concern them: Do the tax thing" in shown


@pytest.mark.parametrize(("clients", "expected"), [("6", "plan"), ("5", "call")])
def test_an_earlier_answer_decides(vendor: Vendor, clients: str, expected: str) -> None:
    enrollment = make_enrollment(make_partner(vendor, country="CH"), version=make_version(vendor, steps=STEPS))
    done(enrollment, "ask", clients=clients)
    assert enrollment.progress.in_play().get().step.key == expected
    assert numbers(enrollment) == ((1, 3) if expected == "plan" else (1, 2))


def test_it_does_not_count_and_is_not_shown(vendor: Vendor, user: User) -> None:
    partner = make_partner(vendor, country="CH", user=user)
    enrollment = make_enrollment(partner, version=make_version(vendor, steps=STEPS))
    client = Client()
    client.force_login(user)
    assert "Step 1 of 3" in client.get("/my/").content.decode()
    open_now = enrollment.progress.in_play().get()
    assert "Step 1 of 3" in client.get(f"/my/steps/{open_now.pk}/").content.decode()
    assert "Do the tax thing" not in client.get("/my/steps/").content.decode()
    left_out = client.get(f"/my/steps/{enrollment.progress.get(position=0).pk}/").content.decode()
    assert "This step is not for you" in left_out


def test_whom_nothing_concerns_is_done_at_once(vendor: Vendor) -> None:
    version = make_version(vendor, steps=[{"key": "tax", "condition": [GERMAN]}, {"key": "x", "condition": [SMALL]}])
    enrollment = make_enrollment(make_partner(vendor, country="CH", size="250+"), version=version)
    enrollment.refresh_from_db()
    assert (enrollment.state, states(enrollment)) == ("finished", ["skipped", "skipped"])
    assert numbers(enrollment) == (0, 0)
    assert not Certificate.objects.exists()


def test_a_hundred_cost_as_many_queries_as_three(vendor: Vendor) -> None:
    countries = ("DE", "CH", "AT", "")

    def queries(version: PlaybookVersion, count: int) -> int:
        partners = [make_partner(vendor, country=countries[number % 4]) for number in range(count)]
        with CaptureQueriesContext(connection) as seen:
            enroll_all(partner_ids=[each.pk for each in partners], version=version, by=None, now=NOW)
        assert Progress.objects.filter(enrollment__partner__in=partners, left_out=True).count() == count // 2
        return len(seen)

    version = make_version(vendor, steps=STEPS)
    assert queries(version, 4) == queries(version, 100)


def test_many_left_out_in_a_row_cost_as_many_queries_as_one(vendor: Vendor) -> None:
    def queries(count: int) -> int:
        asks = {"key": "ask", "evidence": [make_field("clients", "number")]}
        some: list[Any] = [{"key": f"some-{number}", "condition": [MANY]} for number in range(count)]
        version = make_version(vendor, steps=[asks, *some, "call"], slug=f"with-{count}", default=False)
        enrollment = make_enrollment(make_partner(vendor), version=version)
        with CaptureQueriesContext(connection) as seen:
            done(enrollment, "ask", clients="1")
        assert enrollment.progress.in_play().get().step.key == "call"
        return len(seen)

    assert queries(1) == queries(8)


# Before publishing


def problems(vendor: Vendor, *conditions: Sequence[dict[str, Any]], **more: Any) -> list[str]:
    asked = [
        make_field("clients", "number", min="0", max="10"),
        make_field("way", "question", options=[("By phone", True), ("By mail", False)]),
        make_field("sure", "tick"),
        make_field("when", "date"),
    ]
    steps: list[Any] = [{"key": "ask", "when": "Now", "evidence": asked, **more}]
    steps += [{"key": f"c{number}", "when": "Now", "condition": each} for number, each in enumerate(conditions)]
    version = make_version(vendor, published=False, steps=steps, slug="asks", default=False)
    return [problem.message.split(": ", 1)[1] for problem in check(version=version) if problem.blocks]


def about(field: str, how: str, *values: str, step: str = "ask") -> dict[str, Any]:
    return a_test("answer", how, *values, step=step, field=field)


@pytest.mark.parametrize(
    "condition",
    [
        [GERMAN, a_test("country", "in", "AT", "CH")],
        [about("clients", "over", "3"), about("clients", "under", "5")],
        [about("way", "in", "by phone")],
        [about("sure", "in", "yes")],
        [about("when", "over", "2026-01-01"), about("when", "under", "2026-01-03")],
        [a_test("vertical", "in", "Law"), a_test("vertical", "not_in", "Dental")],
    ],
)
def test_what_somebody_can_pass_is_no_problem(vendor: Vendor, condition: list[dict[str, Any]]) -> None:
    assert problems(vendor, condition) == []


NOBODY = "it is for nobody: what it asks about %s cannot all be so."


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ([GERMAN, a_test("country", "in", "CH")], NOBODY % "the country"),
        ([GERMAN, a_test("country", "not_in", "DE", "AT")], NOBODY % "the country"),
        ([about("clients", "over", "4"), about("clients", "under", "5")], NOBODY % "“Your clients”"),
        ([about("clients", "in", "3"), about("clients", "over", "4")], NOBODY % "“Your clients”"),
        ([about("when", "over", "2026-01-01"), about("when", "under", "2026-01-02")], NOBODY % "“Your when”"),
        ([a_test("size", "in", "huge")], "it asks about the size for what there is not: huge."),
        ([about("way", "in", "By pigeon")], "nobody can answer “Your way” with: By pigeon."),
        ([about("clients", "over", "10")], "no answer to “Your clients” can be that high or that low."),
        ([about("clients", "over", "many")], "“Your clients” cannot be compared with “many”."),
        ([about("sure", "over", "1")], "“Your sure” cannot be asked about like that."),
        ([about("gone", "in", "1")], "it asks about an answer (gone) that “Do the ask thing” does not ask for."),
        ([about("x", "in", "1", step="gone")], "it asks about an answer of a step that is not there (gone)."),
    ],
)
def test_what_nobody_can_pass_blocks(vendor: Vendor, condition: list[dict[str, Any]], said: str) -> None:
    assert problems(vendor, condition) == [said]


def test_it_cannot_ask_a_later_step_nor_the_vendor(vendor: Vendor) -> None:
    later: list[Any] = [
        {"key": "c", "when": "Now", "condition": [about("clients", "over", "5")]},
        {"key": "ask", "when": "Now", "evidence": [make_field("clients", "number")]},
    ]
    version = make_version(vendor, published=False, steps=later, slug="later", default=False)
    (problem,) = [problem for problem in check(version=version) if problem.blocks]
    assert problem.message.endswith("it asks about an answer of “Do the ask thing”, which comes later.")
    said = problems(vendor, [about("clients", "over", "5")], who="vendor")
    assert said[-1] == "it asks about an answer (clients) that “Do the ask thing” does not ask for."


def test_steps_that_are_all_for_some_alone_are_a_hint(vendor: Vendor) -> None:
    steps = [{"key": "a", "when": "Now", "condition": [GERMAN]}]
    (problem,) = check(version=make_version(vendor, published=False, steps=steps))
    assert not problem.blocks


def test_a_copied_stage_asks_its_own_steps(vendor: Vendor) -> None:
    draft = a_draft(vendor)
    copy = copy_stage(stage=draft.stages.get(), count_before=1, by=None, now=NOW)
    assert copy.steps.get(key="plan-2").condition == [{**MANY, "step": "ask-2"}]
    assert draft.steps.get(key="plan").condition == [MANY]


def test_the_next_draft_the_file_and_the_comparison_have_it(vendor: Vendor) -> None:
    version = make_version(vendor, steps=STEPS)
    draft = start_draft(playbook=version.playbook, by=None, now=NOW)
    assert draft.steps.get(key="plan").condition == [MANY]
    assert read(write(outline_of(draft)).encode()) == outline_of(draft)
    Step.objects.filter(version=draft, key="plan").update(condition=[GERMAN])
    (found,) = differences(outline_of(version), outline_of(draft), language="en")
    assert found.fields[0].label == "Whom it concerns"
    said = "".join(piece.words for piece in found.fields[0].pieces if piece.how != "taken")
    assert said.strip() == "– Country is “Germany” or “Austria”"


def test_a_file_is_told_what_is_wrong_with_its_tests() -> None:
    tests = (
        "[{about: mood, in: [x]}, {about: size, over: 5}, {about: size, in: []}, {about: size, in: [a], not_in: [b]}]"
    )
    step = f"      - {{key: one, title: One, condition: {tests}}}"
    source = f"format: 1\nkey: p\nlanguages: [en]\nname: P\nstages:\n  - key: s\n    title: S\n    steps:\n{step}\n"
    with pytest.raises(CannotRead) as refusal:
        read(source.encode())
    assert [fault.message for fault in refusal.value.faults] == [
        "“mood” is not known here. Choose from: size, country, vertical, answer.",
        "Of a size, country or vertical only “in” and “not_in” can be asked.",
        "There is nothing to compare with. Write at least one value.",
        "Write exactly one of: in, not_in, contains, over, under, at_least, at_most, filled.",
    ]


def test_a_test_keeps_through_its_column() -> None:
    for stored in (GERMAN, MANY):
        assert Test.from_json(stored).as_json() == stored
