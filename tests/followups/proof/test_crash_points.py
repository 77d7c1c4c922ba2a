"""A worker is ended at every named point, and another goes on: nothing is lost, nothing comes twice.

A seed decides who is reminded, how their server behaves, over how many lines a worker sends, at which pass it dies,
and what the partners do before somebody takes over. ``CRASH_SEEDS=37`` or ``CRASH_SEEDS=0-37`` runs those alone.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from functools import partial
from typing import get_args

import pytest
from django.db.models import Max

from followups.engine import loading
from followups.engine.cadences import make_default_cadence
from followups.engine.composing import Mail
from followups.engine.crashing import POINTS, Point
from followups.engine.deciding import decide_batch
from followups.engine.pumping import pump
from followups.engine.reaping import reap
from followups.engine.sending import send_batch
from followups.models import FollowUp, Message
from partners.configuring import change_vendor
from partners.models import Member, Vendor
from playbooks import walking
from playbooks.enrolling import enroll
from playbooks.models import Enrollment, Progress
from tests.factories import NOW, make_member, make_partner, make_vendor, make_version
from tests.followups.engine.mails import DUE, LONG_AGO
from tests.followups.proof.cells import Cell, make_cells
from tests.followups.proof.dying import dying
from tests.followups.proof.server import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.usefixtures("hasty_disk")]

# What the database takes back there is what it takes back at a neighbouring point.
LIKE_ANOTHER: tuple[Point, ...] = ("judged", "decided", "claiming", "recipient-taken", "steps-locked", "reaped")
# Only here may the text have left without anybody knowing.
IN_THE_MIDST: tuple[Point, ...] = ("marked", "text-begun", "text-sent", "answered", "recording")
OF_EACH_MAIL: tuple[Point, ...] = (*IN_THE_MIDST, "recipient-taken", "steps-locked", "marking", "recorded")
OF_EACH_TEXT: tuple[Point, ...] = ("text-begun", "text-sent")
HELD = (Message.State.CLAIMED, Message.State.SENDING)
MINUTE = timedelta(minutes=1)


def seeds(point: Point) -> range:
    first, _, last = os.environ.get("CRASH_SEEDS", "0-24" if point in LIKE_ANOTHER else "0-99").partition("-")
    return range(int(first), int(last or first) + 1)


class Lives:
    """One worker after the other over the same rows; each dies, and the next one finds what it left."""

    def __init__(self, point: Point) -> None:
        self.point = point
        self.cells = [Cell(point, seed) for seed in seeds(point)]
        self.vendor: Vendor = make_vendor("nordlicht", time_zone="Europe/Berlin", country="DE")
        make_default_cadence(vendor=self.vendor, now=NOW)
        self.manager: Member = make_member(self.vendor)
        self.version = make_version(self.vendor, steps=["first"])
        self.steps: dict[str, Progress] = {}
        self.server = Server(self.look_at)
        self.done: set[str] = set()
        self.interrupted: set[str] = set()
        self.findings: list[str] = []

    def look_at(self, recipient: str) -> None:
        if recipient in self.done:
            self.findings.append(f"{recipient}: sent after the step was done")

    def run(self, live: Callable[["Lives", Cell, datetime], None]) -> None:
        if self.point != "planned":
            some = self.cells[:10] if live == Lives.plan_anew else self.cells  # it is about all of a vendor's rows
            self.steps = make_cells(some, manager=self.manager, version=self.version)
        if live in (Lives.send, Lives.give_back, Lives.reap):
            self.decide_all()
        for cell in self.cells:
            now = DUE + cell.seed * MINUTE
            live(self, cell, now)
            self.live_on(cell, now)
        self.come_to_rest(DUE + (self.cells[-1].seed + 1) * MINUTE)
        self.judge()

    def decide_all(self) -> None:
        """Each reminder leaves when it was due, as if it had been decided then."""
        while decide_batch(now=DUE + (self.cells[-1].seed + 1) * MINUTE):
            pass
        for message, due_at in FollowUp.objects.filter(message__isnull=False).values_list("message", "due_at"):
            Message.objects.filter(pk=message).update(not_before=due_at)

    # Ways to die

    def dying(self, cell: Cell, *, passes: int = 1) -> AbstractContextManager[None]:
        """Every fifth death ends the connection, which takes long to make again; the others are rolled back alone."""
        return dying(self.point, passes=passes, hangs_up=cell.seed % 5 == 0)

    def decide(self, cell: Cell, now: datetime) -> None:
        with self.dying(cell):
            decide_batch(now=now, limit=4)

    def send(self, cell: Cell, now: datetime) -> None:
        """Every second worker has two lines; a wave over them passes most points once."""
        is_alone = cell.seed % 2 == 0 or self.point in OF_EACH_TEXT
        lines = self.server.lines(1 + cell.seed % 2)
        with self.dying(cell, passes=cell.passes if self.point in OF_EACH_MAIL and is_alone else 1):
            while send_batch(now=now, transport=lines, limit=2):
                pass
        if self.point in IN_THE_MIDST:
            self.interrupted.update(self.server.on_the_lines)
        if cell.seed % 10 == 0:
            self.nobody_takes_what_is_held(now)

    def reap(self, cell: Cell, now: datetime) -> None:
        """Somebody dies, and so does who clears up after them."""
        before: Point = cell.random.choice(("claimed", "marked"))
        with dying(before, passes=1):
            send_batch(now=now, transport=self.server.lines(1 + cell.seed % 2), limit=2)
        if before == "marked":
            self.interrupted.update(self.server.on_the_lines)
        self.let_leases_end()
        with self.dying(cell):
            pump(now=now, transport=self.server.lines())

    def give_back(self, cell: Cell, now: datetime) -> None:
        with self.dying(cell):
            send_batch(now=now, transport=self.server.lines(), limit=2, should_stop=lambda: True)

    def plan(self, cell: Cell, now: datetime) -> None:
        """All of what starting a playbook plans, or none of it; and then once, however often it is tried."""
        address = f"new-{cell.seed}@example.com"
        partner = make_partner(self.vendor, company=f"New {cell.seed}", email=address, manager=self.manager)
        with self.dying(cell):
            enroll(partner=partner, version=self.version, by=None, now=now)
        assert not Enrollment.objects.filter(partner=partner).exists()
        assert not FollowUp.objects.filter(partner=partner).exists()
        for _ in range(cell.random.choice((1, 2))):
            enroll(partner=partner, version=self.version, by=None, now=now)
        self.steps[address] = Progress.objects.get(enrollment__partner=partner)

    def plan_anew(self, cell: Cell, now: datetime) -> None:
        """A policy changes together with what it calls up, or not at all."""
        before = self.vendor.policy_version, planned()
        hours = {"day_starts": time(7 + cell.seed // 60, cell.seed % 60)}
        change = partial(change_vendor, vendor=self.vendor, changes=hours, by=self.manager.user, now=DUE - MINUTE)
        with self.dying(cell):
            change()
        self.vendor.refresh_from_db()
        assert (self.vendor.policy_version, planned()) == before
        if cell.random.random() < 0.2:
            self.vendor = change()
            assert set(planned().values()) == {(DUE - MINUTE, 0)}
            FollowUp.objects.scheduled().update(due_at=DUE)  # so that the next change has something to call up

    # What happens between two lives

    def nobody_takes_what_is_held(self, now: datetime) -> None:
        held = Message.objects.filter(state__in=HELD).order_by("pk")
        before = list(held.values_list("pk", "fence"))
        pump(now=now, transport=self.server.lines())
        if not set(before) <= set(held.values_list("pk", "fence")):
            self.findings.append("taken while somebody else held it")

    def live_on(self, cell: Cell, now: datetime) -> None:
        """Some do their step before the next worker comes."""
        for person in cell.people:
            if person.address in self.steps and cell.random.random() < 0.1:
                walking.complete(progress=self.steps[person.address], by=None, now=now)
                self.done.add(person.address)
        self.let_leases_end()
        reap(now=now)

    def let_leases_end(self) -> None:
        Message.objects.filter(state__in=HELD).update(lease_until=LONG_AGO)

    def come_to_rest(self, now: datetime) -> None:
        """Until every row has come to its end: 20 times as far ahead as anything is planned."""
        transport = self.server.lines()
        for _ in range(20):
            self.let_leases_end()
            while pump(now=now, transport=transport):
                pass
            due = FollowUp.objects.scheduled().aggregate(at=Max("due_at"))["at"]
            ready = Message.objects.filter(state="ready").aggregate(at=Max("not_before"))["at"]
            if due is None and ready is None:
                return
            now = max(now, *(at for at in (due, ready) if at is not None))

    def judge(self) -> None:
        self.findings += [f"{address}: sent again after it was kept" for address in self.server.again]
        unclear = self.interrupted | self.server.unclear
        for row in FollowUp.objects.select_related("message", "contact"):
            address = row.contact.email if row.contact else ""
            self.findings += [f"{address}: {fault}" for fault in self.faults(row, address, unclear)]
        assert not Message.objects.filter(state__in=["ready", *HELD]).exists()
        replay = f"CRASH_SEEDS=N pytest {__file__} -k '[{self.point}]'"
        assert self.findings == [], f"N is the number in the address: {replay}"

    def faults(self, row: FollowUp, address: str, unclear: set[str]) -> list[str]:
        state = row.message.state if row.state == "decided" and row.message else row.state
        kept = self.server.kept_for[address]
        expected = {
            "accepted": kept > 0,
            "failed": address.startswith("spam") and kept == 0,
            "unknown": address in unclear,
            "cancelled": address in self.done,
        }
        return [] if expected.get(state) else [f"{row.kind} ended as {state}, kept {kept} times"]


def planned() -> dict[int, tuple[datetime, int]]:
    rows = FollowUp.objects.scheduled().values_list("pk", "due_at", "policy_version")
    return {pk: (due_at, version) for pk, due_at, version in rows}


WAYS: dict[Point, Callable[[Lives, Cell, datetime], None]] = {
    "planned": Lives.plan,
    "planned-anew": Lives.plan_anew,
    **dict.fromkeys(("due-locked", "judged", "message-inserted", "deciding", "decided"), Lives.decide),
    **dict.fromkeys(("reaping", "reaped"), Lives.reap),
    "giving-back": Lives.give_back,
}


@pytest.fixture
def plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a mail says is no matter here, and takes its time to write."""
    monkeypatch.setattr(loading, "compose", lambda *_, **__: Mail("A step", "Do it.", "<p>Do it.</p>", {}))


@pytest.mark.parametrize("point", get_args(Point))
def test_nothing_is_lost_or_doubled(point: Point, plain_words: None) -> None:
    Lives(point).run(WAYS.get(point, Lives.send))


def test_every_point_has_its_way() -> None:
    assert set(WAYS) | set(OF_EACH_MAIL) | {"claiming", "claimed"} == set(POINTS)
