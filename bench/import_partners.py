"""How quickly files of partners and of orders are loaded, and in how much memory.

    python -m scripts.services --durable .venv/bin/python -m bench.import_partners [--rows 100000]

Writes a generated CSV (nobody in it is real), loads it through the same command that people use, in a process of
its own, once more to see that the second time changes nothing, and prints rows a second and the peak of memory.
Rows carry a country, a size, a manager, and every third one a sponsor that stands anywhere in the file.
"""

import argparse
import csv
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SLUG = "bench-import"
OWNER = "owner@bench.example"
COUNTRIES = ("Deutschland", "AT", "Schweiz", "FR", "Netherlands", "PL", "")
SIZES = ("1", "5", "11-50", "120", "")
LIMIT_SECONDS = {"partners": 60.0}


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


def make_vendor() -> None:
    import django

    django.setup()
    from partners import clock
    from partners.models import User, Vendor
    from partners.vendors import create_vendor

    if not Vendor.objects.filter(slug=SLUG).exists():
        owner = User.objects.create_user(OWNER, name="Owner")
        place = {"country": "DE", "language": "de", "time_zone": "Europe/Berlin"}
        create_vendor(name="Bench", slug=SLUG, owner=owner, now=clock.now(), **place)


def load(kind: str, path: Path) -> tuple[float, float, str]:
    """Seconds on the clock, seconds of our own process on a core, and the last line that the command printed."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [sys.executable, "manage.py", f"import_{kind}", "--vendor", SLUG, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    return time.monotonic() - started, spent, done.stdout.strip().splitlines()[-1]


def peak_megabytes() -> float:
    """The largest that any command so far became."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


def measure(kind: str, path: Path, count: int) -> bool:
    """Load the file twice and print how that went; whether it was quick enough."""
    is_quick = True
    for turn in ("first", "again"):
        seconds, spent, said = load(kind, path)
        speed = f"{seconds:6.1f} s ({spent:5.1f} s of our own) {count / seconds:8,.0f} rows/s"
        print(f"{kind:8} {turn:5} {speed}  peak {peak_megabytes():4.0f} MB  {said}", flush=True)
        is_quick = is_quick and seconds < LIMIT_SECONDS.get(kind, float("inf"))
    return is_quick


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_portal.settings")
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
    make_vendor()
    from django.db import connection

    print(f"{rows:,} rows of each, {connection.vendor}, {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        partners, orders = Path(folder) / "partners.csv", Path(folder) / "orders.csv"
        write(partners, partner_rows(rows))
        write(orders, order_rows(rows))
        results = [measure("partners", partners, rows), measure("orders", orders, rows)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
