"""How quickly files of partners and of orders are loaded, and in how much memory.

    python -m scripts.services --durable .venv/bin/python -m bench.import_partners [PART ...] [--rows 100000]

Parts: partners, orders, real (orders), start (a playbook for each partner of a file); without one all run.

Writes generated CSVs (nobody in them is real), loads each through the same command that people use, in a process of
its own, once more to see that the second time changes nothing, and prints rows a second, over all and in the first and
the last tenth of the rows, and the peak of memory. Rows of partners carry a country, a size, a manager, and every third
one a sponsor that stands anywhere in the file. Where 49,086 real orders lie beside the repository, they are loaded too,
into a vendor of their own whose direct partners they make. Starting accepts the partners, which begins a starter
playbook for each, with its steps, follow-ups and welcome. Exit code 1 when a bar does not hold.
"""

import argparse
import csv
import os
import platform
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SLUG = "bench-import"
OWNER = "owner@bench.example"
REAL_ORDERS = Path(__file__).resolve().parents[2] / "shared" / "data" / "orders_1997-01-01_to_1997-09-30.csv"
COUNTRIES = ("Deutschland", "AT", "Schweiz", "FR", "Netherlands", "PL", "")
SIZES = ("1", "5", "11-50", "120", "")
LIMIT_SECONDS = {"100,000 partners": 60.0, "real orders": 20.0}
LIMIT_MEGABYTES = 250
PROGRESS = re.compile(r"([\d,]+) rows in ([\d.]+) s")


def partner_rows(count: int) -> Iterator[list[str]]:
    chance = random.Random(1)
    yield ["Firma", "Vorname", "Nachname", "E-Mail", "Land", "Mitarbeiter", "Empfohlen von", "Betreuer", "Kundennummer"]
    for at in range(count):
        sponsor = f"Systemhaus {chance.randrange(count)} GmbH" if at % 3 == 0 else ""
        yield [
            f"Systemhaus {at} GmbH",
            "Änne",
            f"Müller {at}",
            f"person{at}@partner{at}.example",
            chance.choice(COUNTRIES),
            chance.choice(SIZES),
            "" if sponsor == f"Systemhaus {at} GmbH" else sponsor,
            OWNER,
            f"K-{at}",
        ]


def order_rows(count: int) -> Iterator[list[str]]:
    chance = random.Random(2)
    yield ["Kundennummer", "Bestelldatum", "Menge", "Betrag"]
    for _ in range(count):
        day = f"{chance.randrange(1, 29):02}.{chance.randrange(1, 13):02}.2025"
        cents = chance.randrange(100)
        yield [f"K-{chance.randrange(count)}", day, str(chance.randrange(1, 9)), f"{chance.randrange(9999)},{cents:02}"]


def write(path: Path, rows: Iterator[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=";").writerows(rows)


@dataclass(frozen=True)
class Load:
    """One run of the command."""

    seconds: float
    own: float  # seconds of our process on a core
    tenths: tuple[float, float]  # rows a second in the first and in the last tenth
    said: str


def make_vendor(slug: str) -> None:
    from partners import clock
    from partners.models import User, Vendor
    from partners.vendors import create_vendor

    if not Vendor.objects.filter(slug=slug).exists():
        owner = User.objects.filter(email=OWNER).first() or User.objects.create_user(OWNER, name="Owner")
        place = {"country": "DE", "language": "de", "time_zone": "Europe/Berlin"}
        create_vendor(name=slug, slug=slug, owner=owner, now=clock.now(), **place)


def publish_starter(slug: str) -> None:
    """What accepting a partner of the vendor starts."""
    from partners import clock
    from partners.models import Vendor
    from playbooks.publishing import publish
    from playbooks.starters import copy_starter

    vendor, now = Vendor.objects.get(slug=slug), clock.now()
    draft = copy_starter(vendor=vendor, key="backup-reseller", by=None, now=now).draft()
    if draft is not None:
        publish(version=draft, by=None, now=now)


def load(kind: str, path: Path, slug: str, *options: str) -> Load:
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [sys.executable, "manage.py", f"import_{kind}", "--vendor", slug, "--verbosity", "2", *options, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    seconds = time.monotonic() - started
    steps = [(int(rows.replace(",", "")), float(at)) for rows, at in PROGRESS.findall(done.stdout)]
    return Load(seconds, spent, tenths(steps), done.stdout.strip().splitlines()[-1])


def tenths(steps: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """Rows a second in the first and in the last tenth of ``steps``: how many rows were done after how many seconds."""
    done = [(0, 0.0), *steps]
    some = max(1, len(steps) // 10)
    (first, at_first), (before, at_before), (last, at_last) = done[some], done[-1 - some], done[-1]
    return first / max(at_first, 0.001), (last - before) / max(at_last - at_before, 0.001)


def peak_megabytes() -> float:
    """The largest that any command so far became."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


def measure(name: str, kind: str, path: Path, count: int, *options: str, slug: str = SLUG) -> bool:
    """Load the file twice and print how that went; whether the bars held."""
    holds = True
    limit = LIMIT_SECONDS.get(name, float("inf"))
    for turn in ("first", "again"):
        ran = load(kind, path, slug, *options)
        holds = holds and ran.seconds < limit and peak_megabytes() < LIMIT_MEGABYTES
        speed = f"{ran.seconds:6.1f} s ({ran.own:5.1f} s of our own) {count / ran.seconds:8,.0f} rows/s"
        tenth = f"first tenth {ran.tenths[0]:,.0f}, last {ran.tenths[1]:,.0f}"
        print(f"{name:16} {turn:5} {speed}  {tenth}  peak {peak_megabytes():4.0f} MB  {ran.said}", flush=True)
    return holds


def measure_partners(folder: Path, rows: int) -> bool:
    make_vendor(SLUG)
    write(folder / "partners.csv", partner_rows(rows))
    return measure(f"{rows:,} partners", "partners", folder / "partners.csv", rows)


def measure_orders(folder: Path, rows: int) -> bool:
    make_vendor(SLUG)
    write(folder / "orders.csv", order_rows(rows))
    return measure(f"{rows:,} orders", "orders", folder / "orders.csv", rows)


def measure_real(folder: Path, rows: int) -> bool:
    if not REAL_ORDERS.exists():
        print(f"real orders: {REAL_ORDERS} is not there")
        return False
    make_vendor("bench-real")
    with REAL_ORDERS.open() as lines:
        count = sum(1 for _ in lines) - 1
    return measure("real orders", "orders", REAL_ORDERS, count, slug="bench-real")


def measure_start(folder: Path, rows: int) -> bool:
    """A tenth of the rows: each partner brings some thirty rows of its own."""
    make_vendor("bench-start")
    publish_starter("bench-start")
    write(folder / "start.csv", partner_rows(rows // 10))
    name = f"{rows // 10:,} started"
    return measure(name, "partners", folder / "start.csv", rows // 10, "--start-playbook", slug="bench-start")


PARTS = {"partners": measure_partners, "orders": measure_orders, "real": measure_real, "start": measure_start}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    parts = options.parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_portal.settings")
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
    import django
    from django.db import connection

    django.setup()
    print(f"{connection.vendor}, {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        results = [PARTS[part](Path(folder), options.rows) for part in parts]
    print("all bars hold" if all(results) else "NOT all bars hold")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
