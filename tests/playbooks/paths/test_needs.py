"""A step that names what it needs: in the walk, on the pages, at the desk, in a file."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from followups.engine.cadences import make_default_cadence
from followups.models import FollowUp, Standing
from followups.standing.checking import find_drift
from partners.models import User, Vendor
from playbooks.checking import check
from playbooks.comparing import differences
from playbooks.copying import copy_stage
from playbooks.models import DraftChange, Enrollment, PlaybookVersion, Progress, Step
from playbooks.outline import outline_of
from playbooks.paths.editing import fingerprint
from playbooks.publishing import publish, start_draft
from playbooks.reading import CannotRead, read
from playbooks.undoing import take_back
from playbooks.walking import complete, get_stuck, send_back
from playbooks.writing import write
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PATH = "desk-playbook-path"
STEPS: list[Any] = [
    "sign",
    {"key": "offer", "wants_approval": True},
    "next",
    {"key": "learn", "needs": ["sign"]},
    {"key": "call", "needs": ["offer"]},
]


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    vendor = make_vendor("acme")
    make_default_cadence(vendor=vendor, now=NOW)
    return vendor


@pytest.fixture
def walk(vendor: Vendor, user: User) -> Enrollment:
    """The offer is handed in and waits for approval."""
    enrollment = make_enrollment(make_partner(vendor, user=user), version=make_version(vendor, steps=STEPS))
    done(enrollment, "sign")
    done(enrollment, "offer")
    return enrollment


@pytest.fixture
def draft(vendor: Vendor) -> PlaybookVersion:
    steps: list[Any] = [{"key": key, "when": "Now"} for key in ("sign", "offer", "call")]
    return make_version(vendor, published=False, steps=steps)


def step_of(enrollment: Enrollment, key: str) -> Progress:
    return enrollment.progress.get(step__key=key)


def done(enrollment: Enrollment, key: str, *, side: str = "") -> None:
    complete(progress=step_of(enrollment, key), by=None, now=NOW + HOUR, side=side)


def in_play(enrollment: Enrollment) -> list[str]:
    return list(enrollment.progress.in_play().order_by("position").values_list("step__key", flat=True))


def standing(enrollment: Enrollment) -> tuple[str, str, str]:
    assert find_drift(vendor=enrollment.vendor, now=NOW + HOUR).partners == []
    found = Standing.objects.select_related("next_step").get(pk=enrollment.partner_id)
    return (found.next_step.key if found.next_step else "", found.turn, found.step_state)


def test_who_waits_for_approval_goes_on_with_what_is_ready(walk: Enrollment) -> None:
    assert in_play(walk) == ["offer", "learn"]
    assert standing(walk) == ("learn", "partner", "open")
    assert FollowUp.objects.scheduled().filter(progress=step_of(walk, "learn")).exists()


def test_both_go_on_and_the_walk_ends(walk: Enrollment) -> None:
    done(walk, "learn")
    assert in_play(walk) == ["offer"]
    assert standing(walk) == ("offer", "vendor", "waiting")
    done(walk, "offer", side="vendor")
    assert in_play(walk) == ["next"]
    for key in ("next", "call"):
        done(walk, key)
    walk.refresh_from_db()
    assert walk.state == "finished"


def test_a_step_sent_back_comes_before_what_opened_beside(walk: Enrollment) -> None:
    send_back(progress=step_of(walk, "offer"), missing="The price", by=None, now=NOW + 2 * HOUR)
    assert standing(walk) == ("offer", "partner", "reopened")
    get_stuck(progress=step_of(walk, "learn"), reason="Why?", by=None, now=NOW + 2 * HOUR)
    done(walk, "offer")
    assert in_play(walk) == ["offer", "learn"]
    assert standing(walk) == ("learn", "vendor", "stuck")  # rather than what waits for a look


def test_today_and_the_desk_show_both(walk: Enrollment, user: User, desk: Desk) -> None:
    page = desk.get("desk-partner", walk.partner_id).content.decode()
    assert "In play beside it" in page
    assert "Do the offer thing" in page
    assert "Look and approve" in page
    client = Client()
    client.force_login(user)
    today = client.get("/my/").content.decode()
    assert today.index("Do the learn thing") < today.index("Waiting on others") < today.index("Do the offer thing")


def test_an_answer_reaches_who_is_stuck_in_what_stands_behind(walk: Enrollment, desk: Desk) -> None:
    send_back(progress=step_of(walk, "offer"), missing="The price", by=None, now=NOW + 2 * HOUR)
    stuck = step_of(walk, "learn")
    get_stuck(progress=stuck, reason="Where is it?", by=None, now=NOW + 2 * HOUR)
    page = desk.get("desk-partner", walk.partner_id).content.decode()
    assert "Where is it?" in page
    desk.post("desk-partner-help", walk.partner_id, progress=stuck.pk, answer="There.")
    assert step_of(walk, "learn").turn == "partner"


# At the desk


def ids(step: Step) -> tuple[int, int]:
    return (step.version.playbook_id, step.pk)


def chosen(step: Step, *needs: str, **more: Any) -> dict[str, Any]:
    return {"seen": fingerprint(step), "needs": needs, **more}


def test_needs_are_chosen_at_the_desk_and_taken_back(desk: Desk, draft: PlaybookVersion) -> None:
    step = draft.steps.get(key="call")
    page = desk.get(PATH, *ids(step)).content.decode()
    assert "Do the sign thing" in page
    assert "It needs" not in desk.get("desk-playbook-step", *ids(step)).content.decode()
    for _ in range(2):
        desk.post(PATH, *ids(step), **chosen(step, "offer", "sign"))
    step.refresh_from_db()
    assert step.needs == ["sign", "offer"]  # in the order of the playbook
    assert DraftChange.objects.count() == 1
    said = "It needs “Do the sign thing” and “Do the offer thing”."
    assert said in desk.get("desk-playbook-step", *ids(step)).content.decode()
    take_back(version=draft, change=DraftChange.objects.get().pk, by=None, now=NOW)
    step.refresh_from_db()
    assert step.needs == []


def test_what_somebody_else_chose_meanwhile_is_shown(desk: Desk, draft: PlaybookVersion) -> None:
    step = draft.steps.get(key="call")
    data = chosen(step, "offer")
    Step.objects.filter(pk=step.pk).update(needs=["sign"])
    answer = desk.post(PATH, *ids(step), **data)
    assert answer.status_code == 409
    assert "It needs “Do the sign thing”." in answer.content.decode()
    step.refresh_from_db()
    assert desk.post(PATH, *ids(step), **chosen(step, "offer")).status_code == 302
    step.refresh_from_db()
    assert step.needs == ["offer"]


def test_by_when_is_kept_beside_what_somebody_else_needs(desk: Desk, draft: PlaybookVersion) -> None:
    step = draft.steps.get(key="call")
    due = {"due_since": "start", "due_amount": 3, "due_unit": "days", "due_time": "working"}
    opened = chosen(step)
    desk.post(PATH, *ids(step), **opened | due)
    answer = desk.post(PATH, *ids(step), **opened | {"needs": ["offer"]}, follow=True)
    assert "You changed “By when” in another window meanwhile; it is kept." in answer.content.decode()
    again = desk.post(PATH, *ids(step), **opened | {"needs": ["sign"]})  # both changed what it needs
    assert again.status_code == 409
    desk.post(PATH, *ids(step), seen=again.context["form"]["seen"].value(), needs=["sign"])
    step.refresh_from_db()
    assert (step.needs, step.due["amount"]) == (["sign"], 3)


def test_a_step_that_is_not_there_cannot_be_needed(desk: Desk, draft: PlaybookVersion) -> None:
    step = draft.steps.get(key="call")
    assert desk.post(PATH, *ids(step), **chosen(step, "elsewhere")).status_code == 422


def test_a_viewer_and_a_published_version_are_only_shown(desk: Desk, draft: PlaybookVersion) -> None:
    step = draft.steps.get(key="call")
    publish(version=draft, by=None, now=NOW)
    assert desk.get(PATH, *ids(step)).status_code == 302
    desk.post(PATH, *ids(step), **chosen(step, "sign"))
    step.refresh_from_db()
    assert step.needs == []


def test_what_cannot_be_met_is_told_with_its_place(desk: Desk, draft: PlaybookVersion) -> None:
    sign, offer, call = draft.steps.order_by("position")
    for step, needs in ((sign, ["call"]), (offer, ["gone"]), (call, ["sign"])):
        Step.objects.filter(pk=step.pk).update(needs=needs)
    blocking = [(problem.message, problem.step_id) for problem in check(version=draft) if problem.blocks]
    circle = "“Do the sign thing” and “Do the call thing” wait for each other, so none of them ever opens."
    missing = "“Do the offer thing” needs a step that is not there (gone). Choose again what it needs."
    assert blocking == [(f"{circle} Take one of these needs out.", sign.pk), (missing, offer.pk)]
    (hint,) = [problem.message for problem in check(version=draft) if not problem.blocks]
    assert (
        hint
        == "“Do the sign thing” needs “Do the call thing”, which comes later, so it waits until then. Move it behind?"
    )
    page = desk.get("desk-playbook-publish", draft.playbook_id).content.decode()
    assert f"/steps/{sign.pk}/path/" in page
    opened = desk.get(PATH, *ids(offer)).content.decode()
    assert "gone (no longer there)" in opened


def test_two_circles_are_told_apart_and_what_hangs_on_them_is_not_one(draft: PlaybookVersion) -> None:
    steps: list[Any] = [
        {"key": "a", "needs": ["b"], "when": "Now"},
        {"key": "b", "needs": ["a"], "when": "Now"},
        {"key": "c", "needs": ["c"], "when": "Now"},
        {"key": "d", "needs": ["a"], "when": "Now"},
    ]
    version = make_version(make_vendor(), published=False, steps=steps)
    blocking = [problem.message for problem in check(version=version) if problem.blocks]
    assert len(blocking) == 2
    assert blocking[1] == "“Do the c thing” needs itself, so it never opens. Take this need out."


def test_a_copied_stage_needs_its_own_steps(draft: PlaybookVersion) -> None:
    stage = draft.stages.get()
    Step.objects.filter(key="call").update(needs=["sign"])
    copy = copy_stage(stage=stage, count_before=1, by=None, now=NOW)
    assert [step.needs for step in copy.steps.order_by("position")] == [[], [], ["sign-2"]]


def test_the_next_draft_the_file_and_the_comparison_have_it(vendor: Vendor) -> None:
    version = make_version(vendor, steps=STEPS)
    draft = start_draft(playbook=version.playbook, by=None, now=NOW)
    assert draft.steps.get(key="learn").needs == ["sign"]
    assert read(write(outline_of(draft)).encode()) == outline_of(draft)
    Step.objects.filter(version=draft, key="learn").update(needs=[])
    (found,) = differences(outline_of(version), outline_of(draft), language="en")
    assert [(field.label, [(piece.how, piece.words) for piece in field.pieces]) for field in found.fields] == [
        ("Needs", [("taken", "– Do the sign thing")])
    ]


def test_a_file_is_told_what_is_wrong_with_its_needs() -> None:
    step = "      - {key: one, title: One, needs: [Not a key, one, two, two]}"
    source = f"format: 1\nkey: p\nlanguages: [en]\nname: P\nstages:\n  - key: s\n    title: S\n    steps:\n{step}\n"
    with pytest.raises(CannotRead) as refusal:
        read(source.encode())
    assert [fault.message for fault in refusal.value.faults] == [
        "“Not a key” is no key of a step. Write for example “needs: [say-why]”.",
        "A step cannot need itself. Take “one” out.",
        "“two” is listed twice. Keep one.",
    ]
