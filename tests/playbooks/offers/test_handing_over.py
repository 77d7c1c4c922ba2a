"""Every move from every state, what it writes down, and what becomes of the step."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from partners.models import Activity, AuditEntry
from playbooks import handing_over, walking
from playbooks.models import Enrollment, Handover, HandoverMove, Step, TurnSpell
from playbooks.offers.agreed import moved_from
from playbooks.offers.items import fingerprint, offer_of
from playbooks.walking import NotYourMove, ReasonMissing
from tests.factories import NOW, make_enrollment, make_partner, make_user, make_vendor, make_version
from tests.playbooks.offers.world import HOUR, MOVES, PRICE, SOON, WAYS, ask, bring, make_offer, offered, step_of

pytestmark = pytest.mark.django_db

# What each move leads to; what is not named is refused.
TABLE: dict[str, dict[str, str]] = {
    "requested": {"quote": "quoted", "take_back": "withdrawn", "decline": "declined"},
    "quoted": {"accept": "accepted", "refuse": "refused"},
    "accepted": {
        "schedule": "scheduled",
        "deliver": "delivered",
        "take_back": "withdrawn",
        "decline": "declined",
    },
    "scheduled": {"deliver": "delivered", "decline": "declined"},
    "delivered": {"confirm": "confirmed", "send_back": "returned"},
    "returned": {"schedule": "scheduled", "deliver": "delivered", "decline": "declined"},
    "confirmed": {},
    "refused": {"ask": "requested"},
    "withdrawn": {"ask": "requested"},
    "declined": {"ask": "requested"},
}
# The same press once more changes nothing, and is no mistake.
AGAIN = {
    "requested": {"ask"},
    "quoted": {"ask", "quote"},
    "accepted": {"ask", "accept"},
    "scheduled": {"ask", "accept", "schedule"},
    "delivered": {"ask", "deliver"},
    "returned": {"ask", "accept", "send_back"},
    "confirmed": {"ask", "confirm"},
    "refused": {"refuse"},
    "withdrawn": {"take_back"},
    "declined": {"decline"},
}
TURNS = {
    "requested": "vendor",
    "quoted": "partner",
    "accepted": "vendor",
    "scheduled": "vendor",
    "delivered": "partner",
    "returned": "vendor",
    "confirmed": "",
    **dict.fromkeys(("refused", "withdrawn", "declined"), "partner"),
}


@pytest.mark.parametrize("state", TABLE)
def test_every_move_from_every_state(state: str) -> None:
    step = step_of(offered("quote"))
    bring(step, *WAYS[state])
    seen = (Handover.objects.get(), HandoverMove.objects.count(), Activity.objects.count())
    for move in MOVES:
        with transaction.atomic():
            if after := TABLE[state].get(move):
                assert MOVES[move](step), move
                last = Handover.objects.order_by("-pk")[0]
                step.refresh_from_db()
                assert (move, last.state, step.turn) == (move, after, TURNS[after])
                assert step.state == ("done" if after == "confirmed" else "handed_over" if last.is_live else "open")
            elif move in AGAIN[state]:
                assert not MOVES[move](step), move
            else:
                with pytest.raises(NotYourMove):
                    MOVES[move](step)
            if not after:
                assert (Handover.objects.get(), HandoverMove.objects.count(), Activity.objects.count()) == seen
            transaction.set_rollback(True)


@pytest.mark.parametrize("terms", ["included", "price"])
def test_what_is_included_or_has_a_price_is_agreed_by_asking(terms: str) -> None:
    step = step_of(offered(terms))
    assert ask(step, wish="  In blue, please. ")
    handover = Handover.objects.get()
    assert (handover.state, handover.wish, handover.accepted_name) == ("accepted", "In blue, please.", "Kim")
    assert handover.accepted_at == NOW + HOUR
    assert (handover.amount, handover.currency) == ((Decimal(80), "EUR") if terms == "price" else (None, ""))
    # Two working days after a Tuesday, until five in the afternoon in Berlin.
    assert (handover.ready_on, handover.due_at) == (date(2026, 3, 5), datetime(2026, 3, 5, 16, 0, tzinfo=UTC))
    told = Activity.objects.get(kind="handover")
    assert (told.side, told.actor_name, told.note) == ("partner", "Kim", "In blue, please.")
    amount = "80.00" if terms == "price" else ""
    assert told.data["move"] == "accepted"
    assert told.data["amount"] == amount
    written = AuditEntry.objects.get(action="handover.moved").data
    assert (written["name"], written["amount"], written["ready_on"]) == ("Kim", amount, "2026-03-05")


def test_what_was_seen_is_what_is_agreed_upon() -> None:
    step = step_of(offered("price"))
    shown = fingerprint(offer_of(step.step))
    Step.objects.filter(pk=step.step_id).update(offer=make_offer("price", amount="95.00"))
    with pytest.raises(handing_over.OfferChanged):
        ask(step, seen=shown)
    Step.objects.filter(pk=step.step_id).update(offer={})
    with pytest.raises(handing_over.OfferChanged):
        ask(step, seen=shown)
    assert not Handover.objects.exists()


def test_a_quote_is_taken_at_the_price_that_was_shown() -> None:
    step = step_of(offered("quote"))
    handover = bring(step, "ask", "quote")
    with pytest.raises(handing_over.OfferChanged):
        handing_over.accept(progress=step, seen="99.00EUR 2026-03-10", by=None, now=NOW)
    assert MOVES["accept"](step)
    handover.refresh_from_db()
    assert (handover.amount, handover.currency, handover.ready_on) == (PRICE, "EUR", SOON)


def test_a_quote_whose_day_is_over_counts_from_when_it_is_taken() -> None:
    step = step_of(offered("quote"))
    bring(step, "ask", "quote")
    late = datetime(2026, 3, 13, 9, 0, tzinfo=UTC)  # a Friday, three days after what was promised
    handing_over.accept(progress=step, seen=f"{PRICE}EUR {SOON}", by=None, now=late)
    assert Handover.objects.get().ready_on == date(2026, 3, 17)


def test_a_request_on_quote_is_to_be_answered_within_a_working_day() -> None:
    step = step_of(offered("quote"))
    friday = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
    assert ask(step, now=friday)
    assert Handover.objects.get().due_at == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)


def test_nothing_is_quoted_or_scheduled_for_a_day_that_is_over() -> None:
    step = step_of(offered("quote"))
    ask(step)
    yesterday = NOW.date() - timedelta(days=1)
    with pytest.raises(handing_over.DayIsOver):
        handing_over.quote(progress=step, amount=PRICE, currency="EUR", ready_on=yesterday, by=None, now=NOW)
    bring_on = [MOVES["quote"](step), MOVES["accept"](step)]
    assert all(bring_on)
    with pytest.raises(handing_over.DayIsOver):
        handing_over.schedule(progress=step, ready_on=yesterday, by=None, now=NOW)


def test_another_day_moves_what_is_scheduled() -> None:
    step = step_of(offered())
    bring(step, "ask", "schedule")
    assert handing_over.schedule(progress=step, ready_on=date(2026, 3, 12), by=None, now=NOW + 6 * HOUR)
    handover = Handover.objects.get()
    assert (handover.ready_on, handover.due_at) == (date(2026, 3, 12), datetime(2026, 3, 12, 16, 0, tzinfo=UTC))
    step.refresh_from_db()
    assert step.turn_since == NOW + HOUR  # it has been the vendor's turn all the time


def test_the_hours_are_charged_to_whose_turn_it_was() -> None:
    step = step_of(offered("quote"))
    bring(step, *WAYS["delivered"])
    assert MOVES["confirm"](step)
    spells = TurnSpell.objects.order_by("began_at").values_list("turn", "began_at", "ended_at")
    assert [(turn, (ended - began) / HOUR) for turn, began, ended in spells] == [
        ("partner", 1.0),  # until it was asked for
        ("vendor", 1.0),  # until there was a quote
        ("partner", 1.0),  # until it was taken
        ("vendor", 3.0),  # until it was there
        ("partner", 2.0),  # until it was confirmed
    ]


def test_confirmed_it_is_done_without_approval_and_the_next_step_opens() -> None:
    enrollment = offered("quote")
    step = step_of(enrollment)
    Step.objects.filter(pk=step.step_id).update(wants_approval=True)
    bring(step, *WAYS["confirmed"])
    assert list(enrollment.progress.order_by("position").values_list("state", flat=True)) == ["done", "open"]
    done = Activity.objects.get(kind="done")
    assert (done.side, done.data["done_for_them"]) == ("partner", True)


def test_after_it_was_declined_the_partner_goes_on_and_sees_nothing_of_a_reason_before() -> None:
    step = step_of(offered("quote"))
    walking.get_stuck(progress=step, reason="No idea", by=None, now=NOW)
    bring(step, *WAYS["declined"])
    step.refresh_from_db()
    assert (step.state, step.turn, step.reason) == ("open", "partner", "")
    assert walking.complete(progress=step, by=None, now=NOW + 10 * HOUR)


@pytest.mark.parametrize("move", ["decline", "send_back"])
def test_no_reason_no_move(move: str) -> None:
    step = step_of(offered("quote"))
    bring(step, *WAYS["delivered" if move == "send_back" else "requested"])
    name = {"decline": "reason", "send_back": "missing"}[move]
    with pytest.raises(ReasonMissing):
        getattr(handing_over, move)(progress=step, by=None, now=NOW, **{name: "  "})


def test_it_stays_as_it_was_agreed_whatever_the_playbook_says_later() -> None:
    step = step_of(offered("price"))
    ask(step)
    Step.objects.filter(pk=step.step_id).update(offer=make_offer("price", amount="500.00", days=30))
    assert bring(step, "deliver").amount == Decimal(80)
    assert MOVES["send_back"](step)
    assert Handover.objects.get().ready_on == date(2026, 3, 5)  # two working days, as then


@pytest.mark.parametrize("other", ["complete", "skip"])
def test_what_is_done_or_left_out_otherwise_is_owed_no_more(other: str) -> None:
    step = step_of(offered())
    ask(step)
    if other == "complete":
        walking.complete(progress=step, by=None, now=NOW + 2 * HOUR, side="vendor")
    else:
        walking.skip(progress=step, reason="Not for them", by=None, now=NOW + 2 * HOUR)
    handover = Handover.objects.get()
    assert (handover.state, handover.ended_at, handover.due_at) == ("settled", NOW + 2 * HOUR, None)
    assert not Handover.objects.live().exists()


def test_once_the_playbook_has_ended_nothing_moves() -> None:
    enrollment = offered("quote")
    step = step_of(enrollment)
    bring(step, *WAYS["delivered"])
    Enrollment.objects.filter(pk=enrollment.pk).update(state="stopped", ended_at=NOW)
    for move in MOVES:
        if move != "ask" and move not in AGAIN["delivered"]:
            with pytest.raises(NotYourMove):
                MOVES[move](step)
    assert not MOVES["ask"](step)
    assert not Handover.objects.running().exists()


def test_who_cannot_move_the_step_cannot_hand_it_over() -> None:
    enrollment = offered()
    locked = enrollment.progress.select_related("step").get(position=1)
    Step.objects.filter(pk=locked.step_id).update(offer=make_offer())
    with pytest.raises(NotYourMove):
        ask(locked, seen="")
    step = step_of(enrollment)
    Step.objects.filter(pk=step.step_id).update(who="sponsor")
    with pytest.raises(NotYourMove):
        ask(step)


def test_the_history_says_who_and_when_and_never_changes() -> None:
    mara = make_user(name="Mara")
    step = step_of(offered("quote"))
    ask(step, by=mara, actor_name="")
    handing_over.quote(
        progress=step, amount=PRICE, currency="EUR", ready_on=SOON, by=mara, now=NOW + HOUR, note="With photos."
    )
    first, second = HandoverMove.objects.all()
    assert (first.state, first.by, first.by_name, first.amount) == ("requested", mara, "Mara", None)
    assert (second.state, second.amount, second.ready_on, second.note) == ("quoted", PRICE, SOON, "With photos.")
    with pytest.raises(ValueError, match="stays as it was"):
        second.save()


def test_the_database_keeps_one_at_a_time() -> None:
    step = step_of(offered())
    ask(step)
    handover = Handover.objects.get()
    handover.pk = None
    with pytest.raises(IntegrityError):
        handover.save(force_insert=True)


def test_while_it_is_with_the_vendor_the_partner_goes_on_with_what_has_its_needs() -> None:
    vendor = make_vendor()
    steps: list[Any] = ["zero", {"key": "first", "offer": make_offer()}, "second", {"key": "beside", "needs": ["zero"]}]
    enrollment = make_enrollment(make_partner(vendor), version=make_version(vendor, steps=steps))
    walking.complete(progress=enrollment.progress.get(position=0), by=None, now=NOW)
    ask(enrollment.progress.select_related("step").get(position=1))
    states = enrollment.progress.order_by("position").values_list("state", "turn")
    assert list(states) == [("done", ""), ("handed_over", "vendor"), ("locked", ""), ("open", "partner")]


LATER = date(2026, 4, 1)


def later(step: Any, day: date = LATER) -> bool:
    return handing_over.schedule(progress=step, ready_on=day, by=None, now=NOW + 5 * HOUR)


def test_a_later_day_than_agreed_leaves_the_way_out_until_it_is_delivered() -> None:
    step = step_of(offered("quote"))
    handover = bring(step, *WAYS["accepted"])
    assert later(step)
    handover.refresh_from_db()
    assert moved_from(handover, handover.moves.all()) == SOON
    assert Activity.objects.filter(kind="handover").latest("pk").data["moved_from"] == SOON.isoformat()
    with transaction.atomic():
        assert MOVES["take_back"](step)
        transaction.set_rollback(True)
    later(step, SOON - timedelta(days=1))  # and back to what was agreed
    with pytest.raises(NotYourMove):
        MOVES["take_back"](step)
    bring(step, "deliver", "send_back")
    later(step)
    handover.refresh_from_db()
    assert moved_from(handover, handover.moves.all()) == date(2026, 3, 5)  # as was said when it came back
    with pytest.raises(NotYourMove):
        MOVES["take_back"](step)
