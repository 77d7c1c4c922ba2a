"""Running partners go over to a newer version: what is done stays done, and the vendor chooses for every other step."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups.models import Standing
from followups.standing.refreshing import refresh
from partners.carrying_out import CarriedOutElsewhere
from partners.models import Activity, Vendor
from playbooks.handing_over import confirm, deliver
from playbooks.models import Enrollment, Handover, PlaybookVersion, Progress, Stage, Upgrade
from playbooks.putting_off import remind_later
from playbooks.upgrading import (
    CannotUndo,
    ask_for_upgrade,
    carry_out,
    carry_out_all,
    undo,
)
from playbooks.walking import complete, get_stuck
from tests.factories import NOW, make_enrollment, make_partner, make_step, make_vendor, make_version
from tests.playbooks.offers.world import ask, make_offer

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=5)
ADOPT, UNTOUCHED, KEEP = Upgrade.Choice.ADOPT.value, Upgrade.Choice.UNTOUCHED.value, Upgrade.Choice.KEEP.value
SECOND_ANEW = {"key": "second", "minutes": 25, "why": "It pays twice."}


@pytest.fixture
def vendor() -> Vendor:
    return make_vendor("house")


@pytest.fixture
def version(vendor: Vendor) -> PlaybookVersion:
    return make_version(vendor, steps=("first", "second", "third"))


def make_next(version: PlaybookVersion, steps: Sequence[str | Mapping[str, Any]]) -> PlaybookVersion:
    following = PlaybookVersion.objects.create(
        playbook=version.playbook,
        number=version.number + 1,
        languages=["en"],
        texts=version.texts,
        created_at=NOW,
        changed_at=NOW,
    )
    stage = Stage.objects.create(version=following, key="stage", position=0, texts={"en": {"title": "The start"}})
    for position, step in enumerate(steps):
        make_step(stage, position, {"key": step} if isinstance(step, str) else step)
    following.state, following.published_at = PlaybookVersion.State.PUBLISHED, NOW
    following.save()
    return PlaybookVersion.objects.select_related("playbook__vendor").get(pk=following.pk)


def start(version: PlaybookVersion, *, done: int = 0) -> Enrollment:
    """Somebody who has done the first ``done`` steps."""
    enrollment = make_enrollment(make_partner(version.playbook.vendor), version=version, now=NOW)
    for _ in range(done):
        complete(progress=enrollment.progress.in_play().get(), by=None, now=LATER)
    return enrollment


def bring_over(version: PlaybookVersion, **choices: str) -> Upgrade:
    upgrade = ask_for_upgrade(version=version, choices=choices, by=None, now=LATER)
    assert carry_out(upgrade=upgrade, now=LATER)
    upgrade.refresh_from_db()
    return upgrade


def walk(enrollment: Enrollment) -> list[tuple[str, int, str]]:
    """The steps in their order: key, the version whose words they have, and the state."""
    rows = enrollment.progress.order_by("position", "pk")
    return list(rows.values_list("step__key", "step__version__number", "state"))


def news(enrollment: Enrollment) -> dict[str, Any] | None:
    told = enrollment.partner.activities.filter(kind=Activity.Kind.UPGRADED).order_by("pk").last()
    return None if told is None else {key: value for key, value in told.data.items() if key != "enrollment"}


@pytest.mark.parametrize(
    ("choice", "done", "words_of"),
    [
        (ADOPT, 0, 2),
        (UNTOUCHED, 0, 2),
        (KEEP, 0, 1),
        (ADOPT, 1, 2),  # they are at it
        (UNTOUCHED, 1, 2),  # and have not begun
        (ADOPT, 2, 1),  # they have done it
    ],
)
def test_a_changed_step(version: PlaybookVersion, choice: str, done: int, words_of: int) -> None:
    enrollment = start(version, done=done)
    before = walk(enrollment)
    bring_over(make_next(version, ["first", SECOND_ANEW, "third"]), second=choice)
    enrollment.refresh_from_db()
    assert enrollment.version.number == 2
    after = walk(enrollment)
    assert [(key, state) for key, _, state in after] == [(key, state) for key, _, state in before]
    assert after[1][1] == words_of
    assert (news(enrollment) is not None) == (words_of == 2)


@pytest.mark.parametrize(("choice", "words_of"), [(ADOPT, 2), (UNTOUCHED, 1)])
@pytest.mark.parametrize("how", ["stuck", "put off"])
def test_a_step_that_somebody_is_in_the_middle_of(
    version: PlaybookVersion, choice: str, words_of: int, how: str
) -> None:
    enrollment = start(version, done=1)
    step = enrollment.progress.in_play().get()
    if how == "stuck":
        get_stuck(progress=step, reason="No access", by=None, now=LATER)
    else:
        remind_later(progress=step, until=LATER + timedelta(days=1), by=None, now=LATER)
    bring_over(make_next(version, ["first", SECOND_ANEW, "third"]), second=choice)
    assert walk(enrollment)[1] == ("second", words_of, "stuck" if how == "stuck" else "open")


def test_nobody_gets_the_step_of_somebody_else_in_the_middle(version: PlaybookVersion) -> None:
    at_it, before_it = start(version, done=1), start(version)
    bring_over(make_next(version, ["first", {"key": "second", "who": "vendor"}, "third"]), second=ADOPT)
    assert (walk(at_it)[1], at_it.progress.in_play().get().turn) == (("second", 1, "open"), "partner")
    assert walk(before_it)[1] == ("second", 2, "locked")


@pytest.mark.parametrize(
    ("choice", "done", "expected"),
    [
        (ADOPT, 0, ["first", "new", "second", "third"]),
        (ADOPT, 2, ["first", "new", "second", "third"]),
        (UNTOUCHED, 0, ["first", "new", "second", "third"]),
        (UNTOUCHED, 2, ["first", "second", "third"]),
        (KEEP, 0, ["first", "second", "third"]),
    ],
)
def test_a_new_step(version: PlaybookVersion, choice: str, done: int, expected: list[str]) -> None:
    enrollment = start(version, done=done)
    bring_over(make_next(version, ["first", "new", "second", "third"]), new=choice)
    assert [key for key, _, _ in walk(enrollment)] == expected
    complete(progress=enrollment.progress.in_play().get(), by=None, now=LATER)
    following = "new" if "new" in expected and (done == 0 or choice == ADOPT) else {0: "second"}.get(done, "")
    if following:
        assert enrollment.progress.in_play().get().step.key == following


def test_a_step_that_is_gone(version: PlaybookVersion) -> None:
    before_it, at_it, past_it = (start(version, done=done) for done in (0, 1, 2))
    bring_over(make_next(version, ["first", "third"]), second=UNTOUCHED)
    assert [key for key, _, _ in walk(before_it)] == ["first", "third"]
    assert walk(at_it) == [("first", 1, "done"), ("second", 1, "open"), ("third", 2, "locked")]
    assert walk(past_it) == [("first", 1, "done"), ("second", 1, "done"), ("third", 2, "open")]
    assert news(before_it) == {"gone": [{"en": "Do the second thing"}]}
    assert news(at_it) is None
    complete(progress=at_it.progress.in_play().get(), by=None, now=LATER)
    assert at_it.progress.in_play().get().step.key == "third"


def test_what_stays_the_same_moves_without_a_word(version: PlaybookVersion) -> None:
    enrollment = start(version, done=1)
    upgrade = bring_over(make_next(version, ["third", "second", "first"]))
    assert (upgrade.moved, upgrade.told) == (1, 0)
    assert walk(enrollment) == [("third", 2, "locked"), ("second", 2, "open"), ("first", 1, "done")]
    assert news(enrollment) is None


def test_only_who_is_behind_and_on_the_way_goes_over(version: PlaybookVersion, vendor: Vendor) -> None:
    newer = make_next(version, ["first", "second"])
    finished, running, other = start(version, done=3), start(version), start(make_version(make_vendor("other")))
    already = start(newer)
    upgrade = bring_over(newer)
    for enrollment in (finished, running, other, already):
        enrollment.refresh_from_db()
    assert upgrade.moved == 1
    assert [one.version.number for one in (finished, running, other, already)] == [1, 2, 1, 2]


def test_standing_is_right_afterwards(version: PlaybookVersion) -> None:
    enrollment = start(version, done=1)
    bring_over(make_next(version, ["first", "second", "third", "fourth"]), fourth=ADOPT)
    standing = Standing.objects.get(partner=enrollment.partner)
    assert (standing.steps_done, standing.steps_total) == (1, 4)
    refresh(partner_ids=[enrollment.partner_id], now=LATER)
    again = Standing.objects.get(partner=enrollment.partner)
    assert {field.attname: getattr(again, field.attname) for field in Standing._meta.concrete_fields} == {
        field.attname: getattr(standing, field.attname) for field in Standing._meta.concrete_fields
    }


def test_taking_it_back_brings_everything_to_where_it_was(version: PlaybookVersion) -> None:
    enrollments = [start(version, done=done) for done in (0, 1, 2)]
    before = [walk(enrollment) for enrollment in enrollments]
    newer = make_next(version, ["first", "new", SECOND_ANEW])
    upgrade = bring_over(newer, new=ADOPT, second=ADOPT, third=UNTOUCHED)
    assert [walk(enrollment) for enrollment in enrollments] != before
    back = undo(upgrade=upgrade, by=None, now=LATER + timedelta(hours=1))
    assert carry_out(upgrade=back, now=LATER)
    assert [walk(enrollment) for enrollment in enrollments] == before
    assert set(Enrollment.objects.values_list("version", flat=True)) == {version.pk}
    with pytest.raises(CannotUndo):
        undo(upgrade=upgrade, by=None, now=LATER + timedelta(hours=2))


def test_what_was_done_meanwhile_stays_when_it_is_taken_back(version: PlaybookVersion) -> None:
    enrollment = start(version)
    upgrade = bring_over(make_next(version, ["first", "new", "second", "third"]), new=ADOPT)
    for _ in range(2):
        complete(progress=enrollment.progress.in_play().get(), by=None, now=LATER)
    carry_out(upgrade=undo(upgrade=upgrade, by=None, now=LATER + timedelta(hours=1)), now=LATER)
    assert walk(enrollment) == [("first", 2, "done"), ("new", 2, "done"), ("second", 1, "open"), ("third", 1, "locked")]


def test_an_upgrade_that_is_not_over_cannot_be_taken_back(version: PlaybookVersion) -> None:
    start(version)
    upgrade = ask_for_upgrade(version=make_next(version, ["first"]), choices={}, by=None, now=LATER)
    with pytest.raises(CannotUndo):
        undo(upgrade=upgrade, by=None, now=LATER)


def test_asking_twice_asks_once_and_one_carries_it_out(version: PlaybookVersion) -> None:
    start(version)
    newer = make_next(version, ["first"])
    first = ask_for_upgrade(version=newer, choices={}, by=None, now=LATER)
    assert ask_for_upgrade(version=newer, choices={}, by=None, now=LATER) == first
    Upgrade.objects.update(lease_until=LATER + timedelta(minutes=1))
    with pytest.raises(CarriedOutElsewhere):
        carry_out(upgrade=first, now=LATER)
    carry_out_all(now=LATER + timedelta(minutes=2))  # whoever had it died
    first.refresh_from_db()
    assert (first.moved, first.ended_at is not None) == (1, True)


@pytest.mark.parametrize("choices", [{"second": "perhaps"}])
def test_a_choice_that_there_is_not(version: PlaybookVersion, choices: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="perhaps"):
        ask_for_upgrade(version=make_next(version, ["first"]), choices=choices, by=None, now=LATER)


def test_nobody_goes_over_to_a_draft(vendor: Vendor) -> None:
    with pytest.raises(ValueError, match="draft"):
        ask_for_upgrade(version=make_version(vendor, published=False), choices={}, by=None, now=LATER)


def test_as_many_queries_for_many_as_for_one() -> None:
    counts = []
    for partners in (1, 12):
        version = make_version(make_vendor())
        for _ in range(partners):
            start(version)
        newest = make_next(version, ["first", "new", SECOND_ANEW])
        upgrade = ask_for_upgrade(version=newest, choices={"new": ADOPT, "second": ADOPT}, by=None, now=LATER)
        with CaptureQueriesContext(connection) as queries:
            carry_out(upgrade=upgrade, now=LATER)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_only_one_step_is_in_play_at_any_time(version: PlaybookVersion) -> None:
    enrollment = start(version, done=2)
    bring_over(make_next(version, ["zero", "first", "second", "third"]), zero=ADOPT)
    seen = []
    while enrollment.progress.in_play().exists():
        step = enrollment.progress.in_play().get()
        seen.append(step.step.key)
        complete(progress=step, by=None, now=LATER)
    assert seen == ["third", "zero"]
    enrollment.refresh_from_db()
    assert enrollment.state == "finished"
    assert set(Progress.objects.filter(enrollment=enrollment).values_list("state", flat=True)) == {"done"}


@pytest.mark.parametrize("choice", [ADOPT, UNTOUCHED, KEEP])
def test_what_is_done_for_a_partner_stays_as_it_was_agreed(vendor: Vendor, choice: str) -> None:
    """The newer version asks a higher price, or offers nothing any more."""
    offer = make_offer("price")
    old = make_version(vendor, steps=({"key": "first", "offer": offer}, "second"))
    enrollment = start(old)
    step = enrollment.progress.select_related("step").get(position=0)
    ask(step)
    newer = make_next(old, ({"key": "first", "offer": {**offer, "amount": "500.00", "days": 90}}, "second"))
    bring_over(newer, first=choice)
    bring_over(make_next(newer, ("first", "second")), first=choice)
    handover = Handover.objects.get()
    assert (handover.state, str(handover.amount), handover.offer["days"]) == ("accepted", "80.00", 2)
    assert deliver(progress=step, by=None, now=LATER)
    assert confirm(progress=step, by=None, now=LATER)
    assert walk(enrollment)[0][2] == "done"
