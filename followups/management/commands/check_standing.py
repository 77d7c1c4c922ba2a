from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from followups.standing.checking import find_drift
from partners import clock
from partners.commanding import vendor_at
from partners.models import Vendor
from partners.ordering import count_anew, customers_adrift


class Command(BaseCommand):
    help = "Check that what lists read still says what the facts say; exit code 1 where it does not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--vendor", help="the address of one vendor; all of them without it")
        parser.add_argument("--repair", action="store_true", help="bring what drifted up to date")

    def handle(self, *args: Any, vendor: str | None, repair: bool, **options: Any) -> None:
        vendors = [vendor_at(vendor)] if vendor else Vendor.objects.order_by("slug").iterator()
        drifted = 0
        for found in vendors:
            drift = find_drift(vendor=found, now=clock.now(), repair=repair)
            drifted += len(drift.partners)
            columns = ", ".join(f"{column} ({number})" for column, number in sorted(drift.columns.items()))
            state = f"{len(drift.partners)} drifted: {columns}" if drift.partners else "no drift"
            self.stdout.write(f"{found.slug}: {drift.checked} partners, {state}")
            drifted += self._check_customers(found, repair=repair)
        if drifted and not repair:
            raise CommandError(f"{drifted} rows drifted; --repair brings them up to date.", returncode=1)
        if drifted:
            self.stdout.write(f"{drifted} rows repaired.")

    def _check_customers(self, vendor: Vendor, *, repair: bool) -> int:
        """Customers carry the days on which they ordered; how many of them carry wrong ones."""
        adrift = list(customers_adrift(vendor=vendor))
        if adrift:
            self.stdout.write(f"{vendor.slug}: {len(adrift)} customers drifted from their orders")
        if repair:
            count_anew(adrift)
        return len(adrift)
