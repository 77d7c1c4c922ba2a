"""What pages cost at 1,000, 10,000 and 100,000 partners of one vendor.

``make bench`` starts a private PostgreSQL (fsync on) and Valkey and runs this. Gunicorn serves with two workers
and persistent connections; server time and query count come from headers that only ``MEASURE=1`` adds. Exit code 1
when a bar does not hold.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import django
import requests

if TYPE_CHECKING:
    from bench.vendors import Bench
    from partners.models import User

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_portal.settings")

SIZES = (1_000, 10_000, 100_000)
P50_MS, P95_MS, QUERIES = 15.0, 40.0, 10
FORM_P50_MS = 25.0  # a form with one field of each kind: what it takes is drawing it, whatever the number of partners
WARM_UP, REQUESTS = 40, 300


@dataclass(frozen=True)
class Page:
    name: str
    who: str
    path: str
    bar: float | None = P50_MS  # for the p50, in ms; None: only shown


@dataclass(frozen=True)
class Measured:
    page: Page
    size: int
    p50: float
    p95: float
    cpu: float  # median, of the web process alone
    queries: int
    kilobytes: float

    @property
    def holds(self) -> bool:
        return self.p50 <= (self.page.bar or P50_MS) and self.p95 <= P95_MS and self.queries <= QUERIES


def pages_of(bench: "Bench") -> list[Page]:
    from django.urls import reverse

    from followups.models import Standing
    from partners.models import Member

    rows = Standing.objects.of(bench.vendor).order_by("company_key")
    middle = rows[rows.count() // 2]
    mine = Member.objects.get(vendor=bench.vendor, user=bench.manager).pk
    desk = f"/v/{bench.vendor.slug}/"
    partners = f"{desk}partners/"
    return [
        Page("Today, mine", "manager", desk),
        Page("Today, everyone’s", "manager", f"{desk}?who=everyone"),
        Page("Partners, 50 rows", "manager", partners),
        Page("Partners, from the middle", "manager", f"{partners}?after={middle.company_key}~{middle.pk}"),
        Page("Partners, one kind of silence", "manager", f"{partners}?silence=stopped"),
        Page("Partners, a manager’s in a stage", "manager", f"{partners}?stage=stage1&manager={mine}"),
        Page("Partners, search finds one", "manager", f"{partners}?q={middle.company_key.split()[-1]}"),
        Page("Partners, search finds thousands", "manager", f"{partners}?q=fjord", bar=None),
        Page("Partners, search finds nobody", "manager", f"{partners}?q=nobody-here"),
        Page("Owed, mine", "manager", f"{desk}owed/"),
        Page("Owed, everyone’s", "manager", f"{desk}owed/?who=everyone"),
        Page("Owed, done for them", "manager", f"{desk}owed/?who=everyone&kind=handover"),
        Page(
            "A step to be delivered",
            "manager",
            reverse("desk-step", args=[bench.vendor.slug, bench.handed.pk]),
            FORM_P50_MS,
        ),
        Page("A partner’s page", "manager", f"{partners}{bench.progress.enrollment.partner_id}/", bar=None),
        Page("First line", "sponsor", "/my/first-line/"),
        Page("Step page", "reseller", reverse("my-step", args=[bench.progress.pk])),
        Page("Step page with evidence", "giver", reverse("my-step", args=[bench.evidence.pk]), FORM_P50_MS),
    ]


def signed_in(user: "User") -> requests.Session:
    """A session as after signing in, over one connection that stays open."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    session = requests.Session()
    session.cookies.set(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
    return session


def measure(page: Page, *, size: int, session: requests.Session, base: str, times: int) -> Measured:
    from onboarding_portal import measuring

    taken: list[float] = []
    cpu: list[float] = []
    queries: set[int] = set()
    length = 0
    for number in range(WARM_UP + times):
        response = session.get(base + page.path, allow_redirects=False, timeout=30)
        if response.status_code != requests.codes.ok:
            raise SystemExit(f"{page.path} answered {response.status_code}")
        if number >= WARM_UP:
            taken.append(float(response.headers[measuring.SECONDS]) * 1000)
            cpu.append(float(response.headers[measuring.CPU]) * 1000)
            queries.add(int(response.headers[measuring.QUERIES]))
            length = len(response.content)
    p95 = statistics.quantiles(taken, n=20)[18]
    return Measured(page, size, statistics.median(taken), p95, statistics.median(cpu), max(queries), length / 1024)


@contextmanager
def served(port: int) -> Iterator[str]:
    """Gunicorn with two workers on ``port``."""
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--config", "python:onboarding_portal.serving", "--workers", "2"]
    command += ["--keep-alive", "30", "--bind", f"127.0.0.1:{port}"]
    environment = {**os.environ, "MEASURE": "1", "BASE_URL": base, "LOG_LEVEL": "WARNING"}
    server = subprocess.Popen([*command, "--log-level", "warning"], env=environment)
    try:
        _wait_for(base)
        yield base
    finally:
        server.terminate()
        server.wait()


def _wait_for(base: str) -> None:
    for _ in range(200):
        try:
            requests.get(f"{base}/healthz", timeout=30)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("gunicorn did not answer")


def prepare(sizes: list[int]) -> dict[int, "Bench"]:
    from django.core.management import call_command
    from django.db import connection

    from bench.vendors import fill
    from partners import clock

    if connection.vendor != "postgresql":
        raise SystemExit("The pages are measured on PostgreSQL: make bench")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    filled = {}
    for size in sizes:
        began = time.perf_counter()
        filled[size] = fill(size=size, now=clock.now())
        print(f"filled {size:>7,} partners in {time.perf_counter() - began:.1f} s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        print(f"database: {cursor.fetchone()[0]}", flush=True)
    return filled


def machine() -> str:
    model = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    return f"{os.cpu_count()} cores{model[model.find(':') :]}, Python {platform.python_version()}"


def report(results: list[Measured]) -> bool:
    """Print the table; whether all bars hold."""
    print(f"\nmachine: {machine()}; load {os.getloadavg()[0]:.1f}")
    print("gunicorn, 2 workers, persistent connections; PostgreSQL, on the same machine")
    print(f"bars: p50 <= {P50_MS:g} ms ({FORM_P50_MS:g} with a field of each kind), p95 <= {P95_MS:g} ms, ", end="")
    print(f"<= {QUERIES} queries, and no more at a larger size\n")
    print(f"{'page':<34}{'partners':>10}{'p50 ms':>9}{'p95 ms':>9}{'cpu ms':>9}{'queries':>9}{'kB':>7}  holds")
    good = True
    for result in results:
        same = [other for other in results if other.page.name == result.page.name]
        smaller = [other.queries for other in same if other.size < result.size]
        holds = result.holds and result.queries <= min(smaller, default=result.queries)
        good = good and (holds or result.page.bar is None)
        verdict = ("yes" if holds else "NO") if result.page.bar is not None else "no bar"
        times = f"{result.p50:>9.1f}{result.p95:>9.1f}{result.cpu:>9.1f}{result.queries:>9}{result.kilobytes:>7.0f}"
        print(f"{result.page.name:<34}{result.size:>10,}{times}  {verdict}")
    print("\nall bars hold" if good else "\nNOT all bars hold")
    return good


def measure_all(filled: dict[int, "Bench"], *, port: int, times: int, only: Sequence[str] = ("",)) -> list[Measured]:
    """``only`` are parts of the names of those pages that are wanted."""
    results: list[Measured] = []
    with served(port) as base:
        for size, bench in filled.items():
            sessions = {who: signed_in(getattr(bench, who)) for who in ("manager", "sponsor", "reseller", "giver")}
            results += [
                measure(page, size=size, session=sessions[page.who], base=base, times=times)
                for page in pages_of(bench)
                if any(part.casefold() in page.name.casefold() for part in only)
            ]
    return sorted(results, key=lambda result: [page.page.name for page in results].index(result.page.name))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--only", nargs="+", default=[""], help="parts of the names of the pages to measure")
    options = parser.parse_args()
    django.setup()
    filled = prepare(options.sizes)
    results = measure_all(filled, port=options.port, times=options.requests, only=options.only)
    return 0 if report(results) else 1


if __name__ == "__main__":
    sys.exit(main())
