from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followups.engine.archiving import NOBODY, archive_some, bring_all_back, bring_back, count_archived
from partners import clock
from partners.models import Partner


class Command(BaseCommand):
    help = "Moves what is long over into the archive now, which workers do every hour; or brings it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bring-back", metavar="PARTNER", help="a partner's number, or all")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["bring_back"]
        if wanted is None:
            self._archive()
        elif wanted == "all":
            self.stdout.write(f"{bring_all_back():,} rows are in use again")
        elif partner := Partner.objects.filter(pk=int(wanted) if wanted.isdigit() else 0).first():
            self.stdout.write(f"{bring_back(partner=partner):,} rows of {partner.company} are in use again")
        else:
            raise CommandError(f"There is no partner {wanted}.")

    def _archive(self) -> None:
        before, vendor = count_archived(), NOBODY
        while (more := archive_some(vendor=vendor, now=clock.now())) is not None:
            vendor = more
        self.stdout.write(f"{count_archived() - before:,} rows went into the archive")
