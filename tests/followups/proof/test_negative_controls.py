"""The moments at which the engine could go wrong: it does not, and without each of its safeguards it does.

The second half is what the first is worth: a proof that cannot fail proves nothing.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from followups.engine.cadences import make_default_cadence
from followups.engine.crashing import Point, arm
from followups.engine.pumping import pump
from followups.models import FollowUp, Message, Notification, Touch
from playbooks import walking
from playbooks.models import Progress
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version
from tests.followups.engine.mails import DUE, LONG_AGO
from tests.followups.proof.dying import dying
from tests.followups.proof.sabotage import take_out
from tests.followups.proof.server import Server
from tests.waiting import begin

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hasty_disk")]
ADDRESS = "fine@example.com"


class Moment:
    """One reminder that is due, a server that takes it, and what was found to be wrong. It can be a note instead."""

    def __init__(self) -> None:
        vendor = make_vendor("nordlicht", time_zone="Europe/Berlin", country="DE")
        make_default_cadence(vendor=vendor, now=NOW)
        enrollment = make_enrollment(make_partner(vendor, email=ADDRESS), version=make_version(vendor))
        self.step = Progress.objects.get(enrollment=enrollment, position=0)
        self.server = Server()
        self.was_done_before = False

    def be_a_note(self) -> None:
        FollowUp.objects.filter(kind="remind-24h").update(channel=Touch.Channel.IN_APP)

    def pump(self) -> None:
        line = self.server.lines()
        while pump(now=DUE, transport=line):
            pass

    def findings(self) -> list[str]:
        found = ["sent twice"] * len(self.server.again)
        if self.was_done_before and self.arrived():
            found.append("sent after the step was done")
        return found

    def arrived(self) -> int:
        """How often, as a mail or as a note."""
        return self.server.kept_for[ADDRESS] + Notification.objects.count()


def once(point: Point, act: Callable[[], object]) -> Callable[[Point], None]:
    """At its first pass through ``point``."""

    def at(name: Point) -> None:
        if name == point:
            arm(None)
            act()

    return at


def held_up_for_longer_than_the_lease(moment: Moment) -> None:
    """A worker stands still before the mark; another takes the message over and sends it; the first goes on."""

    def others_work() -> None:
        Message.objects.update(lease_until=LONG_AGO)
        moment.pump()

    arm(once("recipient-taken", others_work))
    moment.pump()


def done_between_the_check_and_the_mark(moment: Moment) -> None:
    """A partner presses *done* at the very moment in which the last check is through."""
    done_between("steps-locked", "marking", moment)


def done_between_judging_and_deciding(moment: Moment) -> None:
    """The same where a note is due, which nobody checks a last time: it is there as soon as it is decided."""
    moment.be_a_note()
    done_between("judged", "deciding", moment)


def done_between(after: Point, before: Point, moment: Moment) -> None:
    done: list[Future[Any]] = []

    def press() -> None:
        """Goes on as soon as the press is through, or waits for somebody: on SQLite, for the whole transaction."""
        done.append(begin(pool, complete) if connection.vendor == "postgresql" else pool.submit(complete))
        if not connection.in_atomic_block:
            done[0].result()
        arm(once(before, look))

    def look() -> None:
        moment.was_done_before = done[0].done()

    def complete() -> None:
        try:
            walking.complete(progress=moment.step, by=None, now=DUE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        arm(once(after, press))
        moment.pump()
    done[0].result()


def died_with_the_text_on_its_way(moment: Moment) -> None:
    with dying("text-sent", passes=1):
        moment.pump()
    Message.objects.update(lease_until=LONG_AGO)
    moment.pump()


MOMENTS = {
    "fence": held_up_for_longer_than_the_lease,
    "lock": done_between_the_check_and_the_mark,
    "claim": done_between_judging_and_deciding,
    "unknown": died_with_the_text_on_its_way,
}
TWICE, LATE = ["sent twice"], ["sent after the step was done"]
FAULTS = {"fence": TWICE, "lock": LATE, "claim": LATE, "unknown": TWICE}


@pytest.fixture
def moment() -> Any:
    yield Moment()
    arm(None)


@pytest.mark.parametrize("name", MOMENTS)
def test_nothing_goes_wrong(name: str, moment: Moment) -> None:
    MOMENTS[name](moment)
    assert moment.findings() == []
    assert moment.arrived() == 1


@pytest.mark.parametrize("name", MOMENTS)
def test_without_its_safeguard_it_does(name: str, moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    take_out(name, monkeypatch)
    MOMENTS[name](moment)
    assert moment.findings() == FAULTS[name]


@pytest.mark.parametrize("name", MOMENTS)
def test_the_other_safeguards_are_not_what_holds_it(name: str, moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in set(MOMENTS) - {name}:
        take_out(other, monkeypatch)
    MOMENTS[name](moment)
    assert moment.findings() == []
