"""What happened at the demo's vendor so far: one story a partner, told as deeds at points in time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from onboarding_portal.demo.cast import (
    COMPANIES,
    DOUBTS,
    FIRST_LINE,
    GOALS,
    NEWCOMERS,
    RESELLER,
    SPONSOR,
    Company,
)
from partners.hours import Hours, is_working_day

VENDOR_ZONE = ZoneInfo("Europe/Berlin")
WORKING_DAYS = frozenset(range(1, 6))  # as vendors have them who change nothing
ARRIVE = (20, 35, 50)  # seconds from a start until the first mails to its newcomers fall due
THEIRS = frozenset({1, 3, 7, 14, 21, 30, 37, 45, 49})  # the plans of the sponsor's first line: some of each kind
WITH_A_SLOT = (3, 8)  # of those who are on track
# Of those, too: one asks for a quote, one has us place the first order.
HANDED_OVER = {12: "Could you use the blue of our website?", 15: "The client is a dental practice, open until six."}
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
    stuck: int = 0  # which doubt, counted from 1
    orders: tuple[float, ...] = ()
    call: tuple[str, str] | None = None
    all_steps: bool = False
    left_to_us: bool = False  # the next step is the vendor's, and nobody does it
    asks_us: str = ""  # they ask us to do the next step, with these words
    has_slot: bool = False  # they set a time aside for the next step


def plans() -> list[Plan]:
    """For each company of the cast, in turn, so that every state of a partner is there."""
    fresh = [Plan(0.15 + 0.2 * n) for n in range(4)]
    on_track = [
        Plan(
            4 + 1.7 * n,
            steps=2 + n % 8,
            pace=(3 + 1.7 * n) / (3 + n % 8),
            has_slot=n in WITH_A_SLOT,
            asks_us=HANDED_OVER.get(n, ""),
        )
        for n in range(16)
    ]
    never = [Plan(3 + 2.6 * n, call=CALLS[n % 3] if n % 2 else None) for n in range(8)]
    stopped = [Plan(18 + 4 * n, steps=2 + n % 5, pace=1.3, call=CALLS[n % 3] if n % 3 == 1 else None) for n in range(8)]
    waiting = [Plan(9 + 3 * n, steps=1 + n % 4, pace=(6 + 3 * n) / (2 + n % 4), stuck=n + 1) for n in range(5)]
    # One is at the vendor's own step, one has handed in the price and waits for a yes.
    left = [Plan(4, steps=2, pace=1, left_to_us=True), Plan(9, steps=8, pace=1, left_to_us=True)]
    finished = [Plan(48 + 3 * n, all_steps=True, pace=1.6, orders=(24, 15, 6 + n)) for n in range(5)]
    once = [Plan(75 + 5 * n, all_steps=True, pace=1.4, orders=(34 + 6 * n,)) for n in range(4)]
    signed = [Plan(None) for _ in range(3)]
    return [*fresh, *on_track, *never, *stopped, *waiting, *left, *finished, *once, *signed]


def casting() -> Iterator[tuple[Company, Plan]]:
    """Who lives which plan; everybody but the sponsor, the reseller behind the door, and the newcomers."""
    theirs, others = iter(FIRST_LINE), iter(spread(COMPANIES))
    for number, plan in enumerate(plans()):
        yield next(theirs if number in THEIRS else others), plan


def spread(companies: Sequence[Company]) -> list[Company]:
    """The same companies in a fixed order that mixes letters and countries."""
    return [companies[(n * 17 + 7) % len(companies)] for n in range(len(companies))]


def story(company: Company, plan: Plan, *, steps: int, now: datetime, number: int) -> Iterator[Deed]:
    """The deeds of one partner in order of time; ``steps`` is how many the playbook has."""
    if plan.accepted is None:
        yield Deed(in_the_office(now - timedelta(days=1 + number % 3), number), company, "sign")
        return
    accepted = now - timedelta(days=plan.accepted)
    if plan.accepted > 1:
        accepted = in_the_office(accepted, number)
    yield Deed(accepted - timedelta(days=2), company, "sign")
    yield Deed(accepted, company, "accept")
    done = steps if plan.all_steps else plan.steps
    speaks = company.language or "en"
    if done:
        goals = GOALS[speaks]
        yield Deed(at_work(accepted + timedelta(minutes=40), company), company, "goal", goals[number % len(goals)])
    at = at_work(accepted + timedelta(hours=1), company)
    for nth in range(done):
        at = max(at + timedelta(minutes=20), by_day(accepted + timedelta(days=plan.pace * (nth + 0.6)), company, nth))
        at = at_work(at, company)
        yield Deed(min(at, now - timedelta(minutes=30)), company, "done", plan.left_to_us)
    if plan.stuck:
        doubts = DOUBTS[speaks]
        since = by_day(now - timedelta(days=1.2 + number % 3), company, number)
        yield Deed(max(at + timedelta(hours=1), since), company, "stuck", doubts[plan.stuck % len(doubts)])
    if plan.asks_us:
        asked = by_day(now - timedelta(days=1), company, number)
        yield Deed(max(at + timedelta(minutes=20), asked), company, "hand_over", plan.asks_us)
    if plan.has_slot:
        chosen = by_day(now - timedelta(days=1), company, number)
        yield Deed(max(at + timedelta(minutes=20), chosen), company, "set_aside", days_ahead(now, company, days=2))
    if plan.call:
        yield Deed(by_day(now - timedelta(days=1.5), company, number), company, "call", plan.call)
    for days in plan.orders:
        yield Deed(by_day(now - timedelta(days=days), company, number), company, "order", 1 + number % 4)


def days_ahead(now: datetime, company: Company, *, days: int) -> datetime:
    """Ten in the morning at the company, that many days from now or on the next working day."""
    local = (now + timedelta(days=days)).astimezone(ZoneInfo(company.zone))
    morning = local.replace(hour=10, minute=0, second=0, microsecond=0)
    while not is_working_day(morning.date(), hours_of(company.country, company.zone)):
        morning += timedelta(days=1)
    return morning.astimezone(now.tzinfo)


def in_the_office(moment: datetime, number: int) -> datetime:
    """The same day at the vendor, while somebody works there; of a weekend, the Friday before."""
    local = moment.astimezone(VENDOR_ZONE)
    local -= timedelta(days=max(0, local.isoweekday() - max(WORKING_DAYS)))
    return local.replace(hour=9 + number % 8, minute=(number * 23) % 60).astimezone(moment.tzinfo)


def by_day(moment: datetime, company: Company, number: int) -> datetime:
    """The same day at the company, at an hour when somebody works there."""
    local = moment.astimezone(ZoneInfo(company.zone))
    return local.replace(hour=9 + number % 8, minute=(number * 17) % 60).astimezone(moment.tzinfo)


def at_work(moment: datetime, company: Company) -> datetime:
    """The moment itself, or the next morning where nobody works at the company then."""
    local = moment.astimezone(ZoneInfo(company.zone))
    if local.hour >= 17:
        local += timedelta(days=1)
    elif local.hour >= 9:
        return moment
    return local.replace(hour=9, minute=10 + local.minute // 3).astimezone(moment.tzinfo)


def signed_yesterday(now: datetime) -> Iterator[Deed]:
    """The reseller behind the door: accepted yesterday while people work, a day ago almost to the minute by day."""
    local = (now - timedelta(hours=24) + timedelta(minutes=5)).astimezone(ZoneInfo(RESELLER.zone))
    if local.hour < 9:
        local = local.replace(hour=9, minute=10)
    elif local.hour >= 17:
        local = local.replace(hour=16, minute=30)
    accepted = local.astimezone(now.tzinfo)
    yield Deed(in_the_office(accepted - timedelta(days=1), 2), RESELLER, "sign")
    yield Deed(accepted, RESELLER, "accept")


def arrivals(now: datetime, companies: Sequence[Company]) -> Iterator[Deed]:
    """Up to three to whom a mail falls due within a minute of ``now``.

    Where people work they were accepted almost a day ago, and it is their first reminder. On a day off no reminder
    leaves anywhere, so they are accepted within that minute, and it is their welcome.
    """
    for company, seconds in zip(companies, ARRIVE, strict=False):
        due = now + timedelta(seconds=seconds)
        accepted = due - timedelta(hours=24) if somebody_works(company, now) else due
        yield Deed(accepted - timedelta(hours=3), company, "sign")
        yield Deed(accepted, company, "accept")


def somebody_works(company: Company, now: datetime) -> bool:
    """Whether it is a working day where the company is."""
    local = now.astimezone(ZoneInfo(company.zone))
    return is_working_day(local.date(), hours_of(company.country, company.zone))


def newcomers_awake(now: datetime) -> list[list[Company]]:
    """The newcomers of each place where it is the middle of a working day; where there is none, of a day off."""
    places: dict[tuple[str, str], list[Company]] = {}
    for company in NEWCOMERS:
        places.setdefault((company.country, company.zone), []).append(company)
    by_day = {place: them for place, them in places.items() if 10 <= now.astimezone(ZoneInfo(place[1])).hour <= 15}
    working = [them for them in by_day.values() if somebody_works(them[0], now)]
    return working or list(by_day.values())


def hours_of(country: str, zone: str) -> Hours:
    """The demo vendor's hours, as lived in a place."""
    return Hours(ZoneInfo(zone), WORKING_DAYS, time(9), time(17), country)


def everything(*, steps: int, now: datetime) -> list[Deed]:
    """All deeds at the demo's vendor, in order of time: up to ``now``, and those of the minute that comes."""
    deeds = [*arrivals(now, newcomers_awake(now)[0]), *signed_yesterday(now)]
    sponsor_plan = Plan(110, all_steps=True, pace=2, orders=(70, 49, 30, 12))
    deeds.extend(story(SPONSOR, sponsor_plan, steps=steps, now=now, number=3))
    for number, (company, plan) in enumerate(casting()):
        deeds.extend(story(company, plan, steps=steps, now=now, number=number))
    soon = now + timedelta(minutes=1)
    return sorted((deed for deed in deeds if deed.at <= soon), key=lambda deed: deed.at)
