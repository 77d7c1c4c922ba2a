"""How fast the follow-up engine is, and how close to what the database and the line alone could do.

    python -m scripts.services --durable .venv/bin/python -m bench.engine [PART ...] [--backlog 10000000]

Without a part all of them run, one after the other; each fills a database of its own making and keeps what it found
in a file, so that they can run at different times. ``report`` prints what was kept. Exit code 1 where a bar fails or
a part has not run.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from bench.reminders import clock, crew
from bench.reminders.figures import Part, keep, load, machine
from bench.reminders.sizes import Sizes

PARTS = ("decide", "claim", "send", "mail", "burst", "snapshot", "growth", "idle")
APPS = ("partners", "playbooks", "followups")
OURS = "bench-"  # how the addresses of the bench's vendors begin
KEPT = Path("var/bench/engine.json")


def measure(name: str, sizes: Sizes) -> Part:
    from django.core.management import call_command
    from django.db import connection

    from bench.reminders import lateness, throughput

    if connection.vendor != "postgresql":
        raise SystemExit("The engine is measured on PostgreSQL: python -m scripts.services --durable ...")
    work: Callable[[Part, Sizes], None] = getattr(throughput, name, None) or getattr(lateness, name)
    began = time.monotonic()
    print(f"\n── {name}: {work.__doc__}", flush=True)
    clock.begin()
    refuse_somebodys_data()
    call_command("migrate", verbosity=0, skip_checks=True)
    forget_earlier_parts()
    part = Part(name)
    work(part, sizes)
    print(f"({time.monotonic() - began:.0f} s)", flush=True)
    return part


def refuse_somebodys_data() -> None:
    from django.db import connection

    from partners.models import Vendor

    is_filled = Vendor._meta.db_table in connection.introspection.table_names()
    if is_filled and Vendor.objects.exclude(slug__startswith=OURS).exists():
        raise SystemExit("This database holds somebody's data; the bench wants one of its own.")


def forget_earlier_parts() -> None:
    from django.apps import apps
    from django.db import connection

    tables = [model._meta.db_table for app in APPS for model in apps.get_app_config(app).get_models()]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")


def report(kept: Path) -> bool:
    """Print what was found by all parts; whether every bar holds and no part is missing."""
    found = load(kept)
    print(f"\n{machine()}, PostgreSQL on the same machine, fsync and synchronous_commit on")
    for name in PARTS:
        print(f"\n{name}" + ("" if name in found else ": has not run"))
        part = found.get(name, Part(name))
        for line in [*part.lines, *map(str, part.bars)]:
            print(f"  {line}")
    good = all(name in found and all(bar.holds for bar in found[name].bars) for name in PARTS)
    print("\nall bars hold" if good else "\nNOT all bars hold")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}, or report")
    parser.add_argument("--kept", type=Path, default=KEPT, help="where the figures are kept")
    for size in fields(Sizes):
        several = {"nargs": "+", "type": int} if size.name == "processes" else {"type": type(size.default)}
        parser.add_argument(f"--{size.name}", default=size.default, **several)
    options = parser.parse_args()
    wanted = options.parts or [*PARTS, "report"]
    if unknown := set(wanted) - {*PARTS, "report"}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    crew.set_up()
    sizes = Sizes(**{size.name: getattr(options, size.name) for size in fields(Sizes)})
    holds = []
    for name in wanted:
        if name == "report":
            holds.append(report(options.kept))
        else:
            part = measure(name, sizes)
            keep(options.kept, part)
            holds += [bar.holds for bar in part.bars]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
