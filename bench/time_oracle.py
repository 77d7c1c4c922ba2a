"""When people may be written to, against brute force: every IANA zone, every change of its clock from 2024 to 2030.

    .venv/bin/python -m bench.time_oracle [--years 2026 2027] [--zones Europe]

Around each change the oracle looks at every single minute of four days, asks the zone what the clock on the wall shows
and notes whether the window is open. Then it asks ``partners.hours`` for moments all over those days and
compares. Zones that never change their clock are looked at around a new year. Prints the differences; exit code 1 when
there is one. Nothing here reads how the windows are computed.
"""

import argparse
import os
import sys
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as wall
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_portal.settings")
YEARS = range(2024, 2031)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEFORE, LENGTH = timedelta(hours=36), timedelta(days=4)
STRIDE = 151  # minutes from one question to the next; where they begin differs from change to change
SEARCHED = 2 * 24 * 60  # open minutes within which the next day is found
WORKED = (1, 59, 60, 150)  # minutes of open time
# (opens, closes), by the clock on the wall: hours that a change of the clock skips or repeats, and ordinary ones.
HOURS = ((0, 1), (1, 2), (2, 3), (1, 3), (3, 5), (9, 17), (22, 23), (7, 22))


@dataclass
class Found:
    """What one zone's days came to."""

    zone: str
    changes: int = 0
    questions: int = 0
    differences: list[str] = field(default_factory=list)


def changes_of(zone: ZoneInfo, years: Iterable[int]) -> Iterator[datetime]:
    """The hours, in UTC, within which the clock of ``zone`` changes in ``years``."""
    for year in years:
        at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        offset = at.astimezone(zone).utcoffset()
        while at < end:
            following = at + HOUR
            if following.astimezone(zone).utcoffset() != offset:
                offset = following.astimezone(zone).utcoffset()
                yield at
            at = following


class Oracle:
    """The minutes of some days in a zone, looked at one by one."""

    def __init__(self, zone: ZoneInfo, begins: datetime) -> None:
        self.begins = begins
        minutes = int(LENGTH / MINUTE)
        self.walls = [(begins + MINUTE * number).astimezone(zone) for number in range(minutes)]

    def open_minutes(self, opens: int, closes: int) -> list[int]:
        return [number for number, local in enumerate(self.walls) if opens <= local.hour < closes]

    def at(self, number: int) -> datetime:
        return self.begins + MINUTE * number


def examine(name: str, years: Iterable[int], hours: Iterable[tuple[int, int]] = HOURS) -> Found:
    """Every change of one zone's clock, with every pair of hours."""
    zone, found = ZoneInfo(name), Found(name)
    changes = list(changes_of(zone, years))
    found.changes = len(changes)
    for number, change in enumerate(changes or [datetime(2026, 1, 1, tzinfo=UTC)]):
        oracle = Oracle(zone, change - BEFORE)
        for place, (opens, closes) in enumerate(hours):
            begins = (len(name) * 31 + number * 17 + place * 7) % STRIDE
            _ask(oracle, zone, opens, closes, found, begins)
    return found


def _ask(oracle: Oracle, zone: ZoneInfo, opens: int, closes: int, found: Found, begins: int) -> None:
    from partners import hours as windows

    hours = windows.Hours(zone, windows.EVERY_DAY, wall(opens), wall(closes))
    is_open = oracle.open_minutes(opens, closes)
    for asked in range(begins, len(oracle.walls), STRIDE):
        moment, first = oracle.at(asked), bisect_left(is_open, asked)
        today = oracle.walls[asked].date()
        later = [each for each in is_open[first : first + SEARCHED] if oracle.walls[each].date() > today]
        answers = [
            ("open", is_open[first : first + 1], windows.into_window(moment, hours)),
            ("next day", later[:1], windows.next_day(moment, hours)),
        ]
        for worked in WORKED:
            answer = windows.after_working(moment, delay=MINUTE * worked, hours=hours)
            answers.append((f"{worked} minutes worked", is_open[first + worked : first + worked + 1], answer))
        for question, expected, answer in answers:
            _compare(oracle, found, f"{found.zone} {opens}-{closes} {question}", moment, expected, answer)


def _compare(
    oracle: Oracle, found: Found, question: str, moment: datetime, expected: list[int], answer: datetime
) -> None:
    """``expected`` is empty where the right answer lies behind the days that were looked at."""
    if not expected:
        return
    found.questions += 1
    if answer != oracle.at(expected[0]):
        right = oracle.at(expected[0])
        found.differences.append(f"{question}: asked at {moment}, said {answer}, should be {right}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, nargs="+", default=list(YEARS))
    parser.add_argument("--zones", default="", help="only zones whose names begin so")
    options = parser.parse_args()
    django.setup()
    from partners.places import time_zones

    names = sorted(name for name in time_zones() if name.startswith(options.zones))
    began = time.monotonic()
    results: list[Found] = []
    with ProcessPoolExecutor(initializer=django.setup) as pool:
        for result in pool.map(examine, names, [options.years] * len(names), chunksize=4):
            results.append(result)
            if len(results) % 50 == 0:
                print(f"{len(results)} of {len(names)} zones, {time.monotonic() - began:.0f} s", flush=True)
    differences = [line for result in results for line in result.differences]
    print("\n".join(differences[:50]))
    changes, questions = sum(each.changes for each in results), sum(each.questions for each in results)
    years = f"{min(options.years)} to {max(options.years)}"
    print(f"{len(names)} zones, {changes:,} changes of the clock {years}")
    print(f"{questions:,} questions in {time.monotonic() - began:.0f} s, {len(differences)} wrong answers")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
