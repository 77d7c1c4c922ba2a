"""What happened at the demo's vendor so far: one story a partner, told as deeds at points in time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from followups.engine.windows import Hours, is_working_day
from onboarding_portal.demo.cast import COMPANIES, RESELLER, SPONSOR, Company

# Somewhere it is always the middle of a working day: there the reminders fall due that can be watched.
AWAKE_SOMEWHERE = (
    ("DE", "Europe/Berlin"),
    ("GB", "Europe/London"),
    ("US", "America/New_York"),
    ("US", "America/Los_Angeles"),
    ("NZ", "Pacific/Auckland"),
    ("SG", "Asia/Singapore"),
    ("AE", "Asia/Dubai"),
    ("JP", "Asia/Tokyo"),
    ("TR", "Europe/Istanbul"),
    ("MA", "Africa/Casablanca"),
)
FRESH = (RESELLER, COMPANIES[2], COMPANIES[17])
EVERY_DAY = frozenset(range(1, 8))
GOALS = (
    "Ten customers with a tested backup by spring, so that I sleep at night.",
    "A monthly income that does not depend on repairs. My wife works here too, and we want to plan.",
    "Fünf Wartungskunden mit Datensicherung bis zum Sommer – damit nach dem nächsten Plattencrash keiner mehr weint.",
    "Offer something the big system house in town does not explain to anybody.",
)
DOUBTS = (
    "My biggest customer asks where the data lies. I do not want to answer that wrongly.",
    "The technician is on holiday and I do not have the admin password for the test machine.",
    "I wrote to three customers and nobody answered. Is my mail too long?",
)
CALLS = (
    ("reached", "Wants to begin after the quarter’s accounts. Agreed on Thursday morning."),
    ("not_reached", ""),
    ("reached", "Had used the wrong client list. Showed the filter, will try again tomorrow."),
)


@dataclass(frozen=True)
class Deed:
    """One thing somebody does. ``verb`` names a method of the builder, ``what`` its one argument."""

    at: datetime
    company: Company
    verb: str
    what: object = ""


@dataclass(frozen=True)
class Plan:
    """How far a partner came: when it was accepted, how many steps it took and at what pace (days ago, days)."""

    accepted: float | None
    steps: int = 0
    pace: float = 0
    stuck: str = ""
    orders: tuple[float, ...] = ()
    call: tuple[str, str] | None = None
    all_steps: bool = False
    left_to_us: bool = False  # the next step is the vendor's, and nobody does it


def plans() -> list[Plan]:
    """For each company of the cast, in turn, so that every state of a partner is there."""
    fresh = [Plan(0.15 + 0.2 * n) for n in range(5)]
    on_track = [Plan(4 + 1.7 * n, steps=2 + n % 8, pace=(3 + 1.7 * n) / (3 + n % 8)) for n in range(16)]
    never = [Plan(3 + 2.6 * n, call=CALLS[n % 3] if n % 2 else None) for n in range(8)]
    stopped = [Plan(18 + 4 * n, steps=2 + n % 5, pace=1.3, call=CALLS[n % 3] if n % 3 == 1 else None) for n in range(8)]
    waiting = [Plan(9 + 3 * n, steps=1 + n % 4, pace=(6 + 3 * n) / (2 + n % 4), stuck=DOUBTS[n % 3]) for n in range(5)]
    left = [Plan(4 + 3 * n, steps=2, pace=1, left_to_us=True) for n in range(2)]
    finished = [Plan(48 + 3 * n, all_steps=True, pace=1.6, orders=(24, 15, 6 + n)) for n in range(5)]
    once = [Plan(75 + 5 * n, all_steps=True, pace=1.4, orders=(34 + 6 * n,)) for n in range(4)]
    signed = [Plan(None) for _ in range(3)]
    return [*fresh, *on_track, *never, *stopped, *waiting, *left, *finished, *once, *signed]


def first_line() -> Sequence[int]:
    """Which plans belong to the sponsor's first line: some of each kind."""
    return (1, 3, 8, 15, 22, 31, 40, 46, 50)


def spread(companies: Sequence[Company]) -> list[Company]:
    """The same companies in a fixed order that mixes letters and countries."""
    return [companies[(n * 23 + 7) % len(companies)] for n in range(len(companies))]


def story(company: Company, plan: Plan, *, steps: int, now: datetime, number: int) -> Iterator[Deed]:
    """The deeds of one partner in order of time; ``steps`` is how many the playbook has."""
    if plan.accepted is None:
        yield Deed(now - timedelta(days=1 + number % 3), company, "sign")
        return
    accepted = now - timedelta(days=plan.accepted)
    yield Deed(accepted - timedelta(days=2), company, "sign")
    yield Deed(accepted, company, "accept")
    done = steps if plan.all_steps else plan.steps
    if done:
        yield Deed(accepted + timedelta(minutes=40), company, "goal", GOALS[number % len(GOALS)])
    at = accepted + timedelta(hours=1)
    for nth in range(done):
        at = max(at + timedelta(minutes=20), by_day(accepted + timedelta(days=plan.pace * (nth + 0.6)), company, nth))
        yield Deed(min(at, now - timedelta(minutes=30)), company, "done", plan.left_to_us)
    if plan.stuck:
        yield Deed(max(at + timedelta(hours=1), now - timedelta(days=1.2 + number % 3)), company, "stuck", plan.stuck)
    if plan.call:
        yield Deed(by_day(now - timedelta(days=1.5), company, number), company, "call", plan.call)
    for days in plan.orders:
        yield Deed(by_day(now - timedelta(days=days), company, number), company, "order", 1 + number % 4)


def by_day(moment: datetime, company: Company, number: int) -> datetime:
    """The same day at the company, at an hour when somebody works there."""
    local = moment.astimezone(ZoneInfo(company.zone))
    return local.replace(hour=9 + number % 8, minute=(number * 17) % 60).astimezone(moment.tzinfo)


def about_to_be_reminded(now: datetime, companies: Sequence[Company]) -> Iterator[Deed]:
    """Up to three who were accepted almost a day ago: the first reminder falls due within a minute of ``now``."""
    country, zone = awake_place(now)
    awake = [company._replace(country=country, zone=zone) for company in companies]
    for company, seconds in zip(awake, (20, 35, 50), strict=False):
        accepted = now - timedelta(hours=24) + timedelta(seconds=seconds)
        yield Deed(accepted - timedelta(hours=3), company, "sign")
        yield Deed(accepted, company, "accept")


def awake_place(now: datetime) -> tuple[str, str]:
    """A country and zone where it is the middle of a working day; on New Year's Day, where at least it is day."""
    by_day = [place for place in AWAKE_SOMEWHERE if 10 <= now.astimezone(ZoneInfo(place[1])).hour <= 15]
    working = [place for place in by_day if is_working_day(now.astimezone(ZoneInfo(place[1])).date(), hours_of(*place))]
    return (working or by_day)[0]


def hours_of(country: str, zone: str) -> Hours:
    """The demo vendor's hours, every day of the week, as lived in a place."""
    return Hours(ZoneInfo(zone), EVERY_DAY, time(9), time(17), country)


def everything(*, steps: int, now: datetime) -> list[Deed]:
    """All deeds at the demo's vendor up to ``now``, in order of time."""
    deeds = list(about_to_be_reminded(now, FRESH))
    taken = {deed.company.email for deed in deeds}
    sponsor_plan = Plan(110, all_steps=True, pace=2, orders=(70, 49, 30, 12))
    deeds.extend(story(SPONSOR, sponsor_plan, steps=steps, now=now, number=3))
    rest = [company for company in spread(COMPANIES) if company.email not in taken]
    for number, company, plan in zip(count(), rest, plans(), strict=False):
        deeds.extend(story(company, plan, steps=steps, now=now, number=number))
    return sorted((deed for deed in deeds if deed.at <= now), key=lambda deed: deed.at)


def first_line_addresses() -> set[str]:
    """The addresses of the nine partners that the sponsor brought in."""
    taken = {company.email for company in FRESH}
    rest = [company for company in spread(COMPANIES) if company.email not in taken]
    return {rest[number].email for number in first_line()}
