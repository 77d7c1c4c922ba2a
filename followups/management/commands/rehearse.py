from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from followups.cadences.rehearsing import LIMIT, Fate, Rehearsal, rehearse
from followups.cadences.telling import tell
from partners import clock
from partners.commanding import vendor_at
from partners.models import Vendor
from partners.places import zone
from partners.zones import times_of

MOST_HOURS = 24 * 90
MOST_FOLLOWUPS = 20_000


class Command(BaseCommand):
    help = "Print who gets what in the next hours, when and why; and why not. Nothing is sent or changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--vendor", required=True, metavar="SLUG")
        parser.add_argument("--hours", type=int, default=7 * 24)
        parser.add_argument("--limit", type=int, default=LIMIT, help="how many follow-ups to look at, soonest first")

    def handle(self, *args: Any, vendor: str, hours: int, limit: int, **options: Any) -> None:
        found = vendor_at(vendor)
        if not 0 < hours <= MOST_HOURS:
            raise CommandError(f"Choose 1 to {MOST_HOURS} hours.")
        if not 0 < limit <= MOST_FOLLOWUPS:
            raise CommandError(f"Choose a limit from 1 to {MOST_FOLLOWUPS}.")
        now = clock.now()
        rehearsal = rehearse(vendor=found, now=now, until=now + timedelta(hours=hours), limit=limit)
        with translation.override(found.language), timezone.override(zone(found.time_zone)):
            for line in self._lines(rehearsal, found):
                self.stdout.write(line)

    def _lines(self, rehearsal: Rehearsal, vendor: Vendor) -> Iterator[str]:
        for told in tell(rehearsal.lines, rehearsal, vendor=vendor, language=vendor.language):
            at = timezone.localtime(told.at)
            yield f"{at:%Y-%m-%d %H:%M}  {told.fate:<16}  {told.company}, {told.to}: {told.step or '-'}"
            for reason in told.why:
                yield f"{'':<18}{reason}"
        counts = ", ".join(f"{Fate(fate).label}: {number}" for fate, number in sorted(rehearsal.counts.items()))
        yield f"{len(rehearsal.lines)} follow-ups ({counts or '-'}), {rehearsal.mails} mails."
        yield times_of(vendor.time_zone, now=clock.now())
        if rehearsal.left_out:
            yield f"{rehearsal.left_out} that fall due later are beyond the limit; see --limit."
