"""Follow-ups through real workers, a real PostgreSQL, a real Valkey and a mail server, under everything that can go
wrong: nothing may be lost, nothing may come twice.

    .venv/bin/python -m bench.chaos [--minutes 9] [--followups 100000] [--kills 500] ...

A run is made in pieces: each goes on where the one before stopped, until the plan is carried out, all is quiet and the
verdict is spoken. Exit code 0: all demands hold; 1: one fails; 3: there is more to do, start it again. Everything lies
below ``--folder``; ``--afresh`` forgets an earlier run. ``--without fence`` (or lock, claim, unknown) takes a safeguard
out of the workers; such a run has to fail, and with ``--until-found "accepted twice"`` it ends as soon as a demand with
these words does. ``--like URL`` begins with the tables of a database instead of migrating. ``report`` says what was
found so far.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path

from bench.havoc.house import House
from bench.havoc.plan import Plan, State
from onboarding_portal.running import free_port

MORE_TO_DO = 3
FOLDER = Path("var/bench/chaos")


def main() -> int:
    options = arguments()
    folder = options.folder.resolve()
    if options.afresh:
        shutil.rmtree(folder, ignore_errors=True)
    plan = Plan(**{each.name: getattr(options, each.name) for each in fields(Plan)})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # in order, with what was found so far kept
    until = time.monotonic() + 60 * options.minutes
    wanted = Wanted(until=until, found=options.until_found, like=options.like)
    return run(folder, plan, wanted, only_report=options.word == "report")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", nargs="?", choices=["report"], help="say what the pieces so far have found")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--minutes", type=float, default=9.0, help="for this piece")
    parser.add_argument("--afresh", action="store_true")
    parser.add_argument("--until-found", default="", metavar="WORDS")
    parser.add_argument("--like", default="", metavar="URL")
    for each in fields(Plan):
        parser.add_argument(f"--{each.name}", type=type(each.default), default=each.default)
    return parser.parse_args()


@dataclass(frozen=True)
class Wanted:
    """Of one piece: how long it takes at most, which failing demand is enough, and whose tables it begins with."""

    until: float
    found: str = ""
    like: str = ""


def run(folder: Path, plan: Plan, wanted: Wanted, *, only_report: bool) -> int:
    kept = folder / "state.json"
    state = State.load(kept) if kept.exists() else begin(folder, plan)
    house = House(folder, state.postgres_port, state.redis_port, state.password)
    house.start()
    try:
        set_up(folder, house, state)
        if not (state.is_over or only_report):
            only_report = weather(folder, house, state, wanted)
        return report(state) if state.is_over or only_report else MORE_TO_DO
    finally:
        state.save(kept)
        house.stop()


def begin(folder: Path, plan: Plan) -> State:
    (folder / "witness").mkdir(parents=True)
    house = House.found(folder)
    return State(plan, house.postgres_port, house.redis_port, house.password, free_port())


def weather(folder: Path, house: House, state: State, wanted: Wanted) -> bool:
    """One piece; says whether what is wanted was found.

    What it fed and whom it injured is counted anew, should an earlier one have ended out of order.
    """
    from django.core.management import call_command

    from bench.havoc import clock, storm
    from bench.reminders.clock import START

    clock.resume(state.clock)
    if wanted.like and not state.is_built:
        house.fill_like(wanted.like)
    else:
        call_command("migrate", verbosity=0, skip_checks=True)
    if not state.is_built:
        storm.build(state)
        state.save(folder / "state.json")
    state.pieces += 1
    piece = storm.Storm(folder, house, state)
    began = time.monotonic()
    try:
        is_found = piece.run(until=wanted.until, found=wanted.found)
    finally:
        state.clock = (clock.now() - START).total_seconds()
        state.seconds += time.monotonic() - began
    done = f"{state.fed:,} follow-ups fed, {state.injuries:,} injuries, {piece.texts.count():,} texts"
    print(f"piece {state.pieces}: {done}", flush=True)
    return is_found


def set_up(folder: Path, house: House, state: State) -> None:
    """Django, for this process and all that it starts."""
    from bench.havoc import clock, witness

    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.havoc.settings",
        "DATABASE_URL": house.database_url,
        "REDIS_URL": house.redis_url,
        "SMTP_URL": f"smtp://127.0.0.1:{state.smtp_port}",
        "VAR_DIR": str(folder / "var"),
        witness.FOLDER: str(folder / "witness"),
    }
    clock.make(folder / "clock")
    import django

    django.setup()


def report(state: State) -> int:
    from bench.havoc import verdict
    from bench.reminders.figures import machine

    account, demands = verdict.examine(state)
    taken_out = f", without the {state.plan.without}" if state.plan.without else ""
    print(f"\n{machine()}; seed {state.plan.seed}, {state.plan.workers} workers{taken_out}")
    pieces = f"{state.pieces} pieces" if state.is_over else f"{state.pieces} pieces and not at its end"
    print(f"{state.fed:,} follow-ups in {state.seconds / 60:.1f} minutes, {pieces}, beats {state.beats}")
    for line in (*account, "", *demands):
        print(f"  {line}" if line else "")
    return 0 if all(demand.holds for demand in demands) else 1


if __name__ == "__main__":
    sys.exit(main())
