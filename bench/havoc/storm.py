"""One piece of the storm: it feeds the engine, injures whoever works, and replaces the dead."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

from django.db import DatabaseError, connection
from django.db.models import Min

from bench.havoc import clock, crew, settings, verdict, witness
from bench.havoc.house import House
from bench.havoc.plan import KINDS, State
from bench.reminders import world
from bench.reminders.clock import START
from followups.engine.crashing import Point
from followups.models import FollowUp, Message

AHEAD = 1000  # so many are due and not sent, at least; a fifth of all, where that is less
CHUNK = 500  # at a time, so that there is always something to decide and not only something to send
SETTLED = 5000  # so often the database is given time to look at what it has got
KILLED_DECIDING = 0.3  # of those who are killed, at most
DONE_DECIDING = 0.3  # of the steps that are completed
MOST_BEATS = 5
MOST_ENDED = 20
BEATS_CHANGE_SECONDS = 15.0
LOOKS_SECONDS = 0.5  # so often, where the piece may end with what it finds
DECIDING: tuple[Point, ...] = ("judged", "deciding", "decided")
HELD = (Message.State.CLAIMED, Message.State.SENDING)
Answer = TypeVar("Answer")


class Storm:
    def __init__(self, folder: Path, house: House, state: State) -> None:
        self.folder, self.house, self.state, self.plan = folder, house, state, state.plan
        self.injuries = self.plan.injuries()
        self.chance = random.Random(f"storm:{self.plan.seed}:{state.pieces}")
        self.workers: list[BaseProcess] = []
        self.beats: list[BaseProcess] = []
        self.paused: list[tuple[float, float, BaseProcess]] = []
        self.beats_change_at = 0.0
        self.ended = 0
        state.fed = FollowUp.objects.filter(kind=world.FIRST).count()
        state.injuries = sum(kind in KINDS for kind, *_ in witness.told("storm"))
        self.texts = Counting(folder / "witness" / "server")

    def run(self, *, until: float, found: str = "") -> bool:
        """Until the plan is carried out and all is quiet, the time is over, or a demand with ``found`` in its words
        fails; whether that was it.
        """
        look_again_at = 0.0
        with self.everybody():
            while time.monotonic() < until and not self.state.is_over:
                if self.state.is_calm:
                    self.calm_down()
                else:
                    self.rage()
                if found and time.monotonic() > look_again_at:
                    if self.ask(lambda: fails(self.state, found)):
                        return True
                    look_again_at = time.monotonic() + LOOKS_SECONDS
                time.sleep(0.03)
        return False

    @contextmanager
    def everybody(self) -> Iterator[None]:
        seed, is_calm = f"{self.plan.seed}:{self.state.pieces}", self.state.is_calm
        self.sink = crew.start_sink(port=self.state.smtp_port, seed=seed, healthy=is_calm)
        rate = 0.001 if is_calm else self.plan.completions
        has_touches = self.plan.mails < self.plan.followups
        self.people = crew.start_people(a_second=rate, seed=seed, deciding=DONE_DECIDING if has_touches else 0.0)
        self.fill_up()
        try:
            yield
        finally:
            self.let_go(at=float("inf"))
            for process in (*self.workers, *self.beats, self.people, self.sink):
                crew.end(process)

    def rage(self) -> None:
        seen = self.texts.count()
        self.feed()
        self.let_go(at=time.monotonic())
        self.change_beats()
        self.fill_up()
        if self.state.injuries < len(self.injuries):
            after, kind = self.injuries[self.state.injuries]
            if seen >= after or self.has_run_dry():
                self.injure(kind)
        elif self.has_run_dry():
            self.begin_calm()

    def feed(self) -> None:
        ahead = min(AHEAD, self.plan.followups // 5)
        if self.state.fed < self.plan.followups and self.ask(self.waiting) < ahead:
            self.feed_some()

    def feed_some(self) -> None:
        before, is_sure = self.state.fed, True

        def feed() -> None:
            nonlocal is_sure
            if not is_sure:  # the database crashed while it was fed
                self.state.fed = FollowUp.objects.filter(kind=world.FIRST).count()
            is_sure = False
            if self.state.fed == before:
                given = world.World(self.plan.followups + 1, used=1 + before)
                chunk = min(CHUNK, self.plan.followups // 5 or 1, self.plan.followups - before)
                given.feed(chunk, at=clock.now(), channel=self.plan.channel_sql())
                self.state.fed = given.used - 1
            if before // SETTLED < self.state.fed // SETTLED or not before:
                world.settle()

        self.ask(feed)

    def waiting(self) -> int:
        return FollowUp.objects.due(now=clock.now()).count() + Message.objects.filter(state="ready").count()

    def has_run_dry(self) -> bool:
        """Nothing is left to do but what waits for another hour."""
        if self.state.fed < self.plan.followups:
            return False
        return self.ask(lambda: not self.has_work())

    def has_work(self) -> bool:
        now = clock.now()
        ready = Message.objects.filter(state="ready", not_before__lte=now)
        held = Message.objects.filter(state__in=HELD)
        return FollowUp.objects.due(now=now).exists() or ready.exists() or held.exists()

    # Injuries

    def injure(self, kind: str) -> None:
        began = time.monotonic()
        if kind == "kill":
            victim, *point = self.kill_somebody()
            self.workers.remove(victim)
            witness.tell("storm", kind, began, time.monotonic(), victim.pid, *point)
        elif kind == "pause":
            if not self.pause_somebody(began):
                return  # all of them stand still already
        else:
            (self.house.crash_postgres if kind == "crash" else self.house.kill_redis)(self.chance)
            witness.tell("storm", kind, began, time.monotonic(), 0)
        self.state.injuries += 1

    def kill_somebody(self) -> tuple[BaseProcess, Point] | tuple[BaseProcess]:
        """Whoever is the first to come to a point of deciding, where there is something to decide; or anybody."""
        if self.state.fed < self.plan.followups and self.chance.random() < KILLED_DECIDING:
            self.feed_some()
            point = self.chance.choice(DECIDING)
            victim = crew.kill_whoever_comes_to(point, among=self.workers)
            if victim is not None:
                return victim, point
        victim = self.chance.choice(self.workers)
        victim.kill()
        victim.join()
        return (victim,)

    def pause_somebody(self, now: float) -> bool:
        standing = [process for _, _, process in self.paused]
        going = [process for process in self.workers if process not in standing]
        if len(going) < 2:
            return False
        victim = self.chance.choice(going)
        crew.stand_still(victim, at_the_worst_moment=self.chance.random() < 0.5)
        for_longer = settings.ENGINE_LEASE_SECONDS + self.chance.uniform(0.5, 2.0)
        self.paused.append((now, time.monotonic() + for_longer, victim))
        return True

    def let_go(self, *, at: float) -> None:
        for paused in [one for one in self.paused if one[1] <= at]:
            began, _, victim = paused
            crew.go_on(victim)
            witness.tell("storm", "pause", began, time.monotonic(), victim.pid)
            self.paused.remove(paused)

    def change_beats(self) -> None:
        if time.monotonic() < self.beats_change_at:
            return
        self.beats_change_at = time.monotonic() + BEATS_CHANGE_SECONDS
        wanted = self.chance.randint(0, MOST_BEATS)
        self.state.beats[str(wanted)] = self.state.beats.get(str(wanted), 0) + 1
        while len(self.beats) > wanted:
            beat = self.beats.pop()
            beat.kill()
            beat.join()
        while len(self.beats) < wanted:
            schedule = self.folder / f"beat-{len(self.beats)}"
            self.beats.append(crew.start(crew.run_beat, schedule=schedule, log=self.folder / "beats.log"))

    def fill_up(self) -> None:
        for ended in [worker for worker in self.workers if not worker.is_alive()]:
            witness.tell("storm", "ended", *[time.monotonic()] * 2, f"{ended.pid}:{ended.exitcode}")
            self.workers.remove(ended)
            self.ended += 1
        if self.ended > MOST_ENDED:
            raise RuntimeError(f"{self.ended} workers ended by themselves; see {self.folder / 'workers.log'}")
        while len(self.workers) < self.plan.workers:
            self.workers.append(crew.start_worker(self.folder / "workers.log", self.plan.without))

    # Afterwards

    def begin_calm(self) -> None:
        """No more injuries: a healthy server, nobody who completes anything, and time goes on to the next morning."""
        self.let_go(at=float("inf"))
        self.state.is_calm = True
        crew.end(self.people)
        crew.end(self.sink)
        self.sink = crew.start_sink(port=self.state.smtp_port, seed="calm", healthy=True)

    def calm_down(self) -> None:
        self.fill_up()
        time.sleep(0.3)
        if self.ask(self.has_work):
            return
        following = self.ask(next_moment)
        if following is None:
            self.state.is_over = True
        else:
            clock.put(max(following, clock.now()) + timedelta(hours=1))

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """The database, which may have crashed since it was asked last."""
        for _ in range(100):
            try:
                return question()
            except DatabaseError:
                connection.close()
                time.sleep(0.1)
        return question()


def fails(state: State, words: str) -> bool:
    _, demands = verdict.examine(state)
    return any(words in demand.what and not demand.holds for demand in demands)


class Counting:
    """The lines about texts in the mail server's testimony, read as it grows."""

    def __init__(self, path: Path) -> None:
        self.path, self.read, self.lines = path, 0, 0

    def count(self) -> int:
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self.read)
                more = file.read()
            self.read += len(more)
            self.lines += more.count(b"\n") - more.count(b"unclear")
        return self.lines


def next_moment() -> datetime | None:
    due = FollowUp.objects.scheduled().aggregate(at=Min("due_at"))["at"]
    ready = Message.objects.filter(state="ready").aggregate(at=Min("not_before"))["at"]
    return min((at for at in (due, ready) if at is not None), default=None)


def build(state: State) -> None:
    """As many partners as are to be reminded, with nothing due yet, and the first, of whom all reminders are copies."""
    world.build(state.plan.followups + 1)
    first = FollowUp.objects.filter(kind=world.SECOND).order_by("pk")[:1].get()
    FollowUp.objects.exclude(pk=first.pk)._raw_delete("default")
    clock.put(START)
    state.is_built = True
