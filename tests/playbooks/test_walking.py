from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.dispatch import Signal

from partners.models import Activity
from playbooks.models import Enrollment, Progress, TurnSpell
from playbooks.models.step import Turn
from playbooks.putting_off import morning_of, remind_later
from playbooks.signals import (
    enrollment_finished,
    step_completed,
    step_helped,
    step_opened,
    step_skipped,
    step_snoozed,
    step_stuck,
)
from playbooks.walking import NotYourMove, ReasonMissing, complete, get_stuck, help_on, skip
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=5)
UNTIL = NOW + timedelta(hours=24)


def current(enrollment: Enrollment) -> Progress:
    return enrollment.progress.in_play().get()


def kinds(enrollment: Enrollment) -> list[str]:
    return list(enrollment.partner.activities.order_by("pk").values_list("kind", flat=True))


@contextmanager
def listening(*signals: Signal) -> Iterator[list[Signal]]:
    heard: list[Signal] = []

    def listen(signal: Signal, **_: object) -> None:
        heard.append(signal)

    for signal in signals:
        signal.connect(listen)
    try:
        yield heard
    finally:
        for signal in signals:
            signal.disconnect(listen)


def test_completing_settles_the_step_and_opens_the_next() -> None:
    enrollment = make_enrollment()
    first = current(enrollment)
    with listening(step_completed, step_opened) as heard:
        assert complete(progress=first, by=None, now=LATER, actor_name="Kim")
    first.refresh_from_db()
    assert (first.state, first.settled_at, first.turn) == ("done", LATER, "")
    assert (current(enrollment).position, current(enrollment).opened_at) == (1, LATER)
    assert heard == [step_completed, step_opened]
    done = Activity.objects.get(kind="done")
    assert (done.side, done.actor_name, done.data["step"]) == ("partner", "Kim", "first")
    assert done.data["title"] == {"en": "Do the first thing"}


def test_every_waiting_hour_is_charged_to_the_one_whose_turn_it_was() -> None:
    enrollment = make_enrollment()
    step = current(enrollment)
    get_stuck(progress=step, reason="No login", by=None, now=NOW + timedelta(hours=2))
    help_on(progress=step, answer="Here it is.", by=None, now=NOW + timedelta(hours=12))
    complete(progress=step, by=None, now=NOW + timedelta(hours=13))
    spells = TurnSpell.objects.filter(progress=step).order_by("pk")
    assert [(spell.turn, (spell.ended_at - spell.began_at) // timedelta(hours=1)) for spell in spells] == [
        ("partner", 2),
        ("vendor", 10),
        ("partner", 1),
    ]


def test_a_clock_set_back_makes_no_negative_wait() -> None:
    enrollment = make_enrollment()
    assert complete(progress=current(enrollment), by=None, now=NOW - timedelta(hours=24))
    spell = TurnSpell.objects.get()
    assert spell.began_at == spell.ended_at


def test_the_turn_follows_who_the_step_belongs_to() -> None:
    vendor = make_vendor()
    partner = make_partner(vendor, sponsor=make_partner(vendor))
    steps: list[str | dict[str, str]] = ["first", {"key": "review", "who": "vendor"}, {"key": "call", "who": "sponsor"}]
    enrollment = make_enrollment(partner, version=make_version(partner.vendor, steps=steps))
    turns = []
    for _ in range(3):
        turns.append(current(enrollment).turn)
        complete(progress=current(enrollment), by=None, now=LATER)
    assert turns == ["partner", "vendor", "sponsor"]
    assert set(Activity.objects.filter(kind="done").values_list("side", flat=True)) == {"partner", "vendor", "sponsor"}


def test_completing_the_last_step_finishes_the_enrollment() -> None:
    partner = make_partner()
    enrollment = make_enrollment(partner, version=make_version(partner.vendor, steps=["only"]))
    with listening(enrollment_finished) as heard:
        complete(progress=current(enrollment), by=None, now=LATER)
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.ended_at) == ("finished", LATER)
    assert heard == [enrollment_finished]
    assert kinds(enrollment)[-2:] == ["done", "finished"]


def test_stuck_passes_the_turn_to_the_vendor_and_a_new_word_keeps_it_there() -> None:
    enrollment = make_enrollment()
    step = current(enrollment)
    with listening(step_stuck) as heard:
        assert get_stuck(progress=step, reason=" No login ", by=None, now=NOW)
        assert get_stuck(progress=step, reason="No login, and no phone", by=None, now=LATER)
    step.refresh_from_db()
    assert (step.state, step.turn, step.turn_since) == ("stuck", Turn.VENDOR, NOW)
    assert step.reason == "No login, and no phone"
    assert heard == [step_stuck, step_stuck]


def test_who_is_stuck_can_still_be_done() -> None:
    enrollment = make_enrollment()
    get_stuck(progress=current(enrollment), reason="No login", by=None, now=NOW)
    assert complete(progress=current(enrollment), by=None, now=LATER, side="partner")


def test_help_gives_the_turn_back() -> None:
    enrollment = make_enrollment()
    step = current(enrollment)
    get_stuck(progress=step, reason="No login", by=None, now=NOW)
    with listening(step_helped) as heard:
        assert help_on(progress=step, answer="Use this one.", by=None, now=LATER)
    step.refresh_from_db()
    assert (step.state, step.turn, step.turn_since) == ("open", Turn.PARTNER, LATER)
    assert heard == [step_helped]
    assert Activity.objects.get(kind="helped").note == "Use this one."


def test_later_moves_the_date_and_leaves_the_step_open() -> None:
    enrollment = make_enrollment()
    step = current(enrollment)
    with listening(step_snoozed) as heard:
        assert remind_later(progress=step, until=UNTIL, by=None, now=NOW)
    step.refresh_from_db()
    assert (step.state, step.turn, step.snoozed_until) == ("open", Turn.PARTNER, UNTIL)
    assert heard == [step_snoozed]


def test_skipping_keeps_the_reason_and_opens_the_next() -> None:
    enrollment = make_enrollment()
    step = current(enrollment)
    with listening(step_skipped) as heard:
        assert skip(progress=step, reason="Has it already", by=None, now=NOW)
    step.refresh_from_db()
    assert (step.state, step.reason) == ("skipped", "Has it already")
    assert current(enrollment).position == 1
    assert heard == [step_skipped]


MOVES: dict[str, Callable[[Progress], bool]] = {
    "complete": lambda step: complete(progress=step, by=None, now=LATER),
    "skip": lambda step: skip(progress=step, reason="Has it", by=None, now=LATER),
    "get_stuck": lambda step: get_stuck(progress=step, reason="No login", by=None, now=LATER),
    "remind_later": lambda step: remind_later(progress=step, until=UNTIL, by=None, now=LATER),
}
SIGNALS = {
    "complete": step_completed,
    "skip": step_skipped,
    "get_stuck": step_stuck,
    "remind_later": step_snoozed,
}


def facts(enrollment: Enrollment) -> object:
    fields = ("state", "turn", "turn_since", "settled_at", "reason", "snoozed_until", "opened_at")
    rows = list(enrollment.progress.order_by("position").values_list(*fields))
    return rows, kinds(enrollment), TurnSpell.objects.count(), Enrollment.objects.get().state


@pytest.mark.parametrize("move", MOVES)
def test_the_same_move_twice_does_nothing_twice(move: str) -> None:
    enrollment = make_enrollment()
    step = current(enrollment)
    assert MOVES[move](step)
    before = facts(enrollment)
    assert not MOVES[move](step)
    assert facts(enrollment) == before


def test_helping_twice_does_nothing_twice() -> None:
    enrollment = make_enrollment()
    step = current(enrollment)
    MOVES["get_stuck"](step)
    assert help_on(progress=step, answer="So.", by=None, now=LATER)
    before = facts(enrollment)
    assert not help_on(progress=step, answer="So.", by=None, now=LATER)
    assert facts(enrollment) == before


@pytest.mark.parametrize("move", MOVES)
def test_when_a_receiver_fails_nothing_has_happened(move: str) -> None:
    enrollment = make_enrollment()
    step = current(enrollment)
    before = facts(enrollment)

    def fail(**_: object) -> None:
        raise RuntimeError("the floor above fell")

    SIGNALS[move].connect(fail)
    try:
        with pytest.raises(RuntimeError):
            MOVES[move](step)
    finally:
        SIGNALS[move].disconnect(fail)
    assert facts(enrollment) == before


@pytest.mark.parametrize("move", MOVES)
def test_a_step_that_is_not_open_yet_cannot_be_moved(move: str) -> None:
    enrollment = make_enrollment()
    with pytest.raises(NotYourMove):
        MOVES[move](enrollment.progress.get(position=2))


@pytest.mark.parametrize("move", ["get_stuck", "remind_later"])
def test_the_partner_cannot_move_the_vendors_step(move: str) -> None:
    partner = make_partner()
    enrollment = make_enrollment(partner, version=make_version(partner.vendor, steps=[{"key": "a", "who": "vendor"}]))
    with pytest.raises(NotYourMove):
        MOVES[move](current(enrollment))
    with pytest.raises(NotYourMove):
        complete(progress=current(enrollment), by=None, now=NOW, side="partner")


def test_a_stopped_playbook_does_not_move() -> None:
    enrollment = make_enrollment()
    Enrollment.objects.update(state="stopped", ended_at=NOW)
    with pytest.raises(NotYourMove):
        complete(progress=current(enrollment), by=None, now=NOW)


def test_stuck_skipped_and_helped_need_a_word() -> None:
    step = current(make_enrollment())
    with pytest.raises(ReasonMissing):
        get_stuck(progress=step, reason=" ", by=None, now=NOW)
    with pytest.raises(ReasonMissing):
        skip(progress=step, reason="", by=None, now=NOW)
    with pytest.raises(ReasonMissing):
        help_on(progress=step, answer="", by=None, now=NOW)


def test_a_morning_is_that_of_where_the_person_lives() -> None:
    contact = make_partner(contact={"time_zone": "America/New_York"}).contacts.get()
    assert morning_of(date(2026, 3, 4), contact=contact, now=NOW) == datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


def test_a_morning_keeps_the_hour_over_a_change_of_clocks() -> None:
    contact = make_partner(contact={"time_zone": "Europe/Berlin"}).contacts.get()
    assert morning_of(date(2026, 3, 29), contact=contact, now=NOW) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
