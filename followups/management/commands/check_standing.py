from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from followups.owed import checking
from followups.standing.checking import find_drift
from partners import clock
from partners.commanding import vendor_at
from partners.models import Vendor
from partners.ordering import count_anew as count_orders_anew
from partners.ordering import customers_adrift
from playbooks.models import Enrollment
from playbooks.paths.counting import adrift, count_anew


class Command(BaseCommand):
    help = "Check that what lists read still says what the facts say; exit code 1 where it does not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--vendor", help="the address of one vendor; all of them without it")
        parser.add_argument("--repair", action="store_true", help="bring what drifted up to date")

    def handle(self, *args: Any, vendor: str | None, repair: bool, **options: Any) -> None:
        vendors = [vendor_at(vendor)] if vendor else Vendor.objects.order_by("slug").iterator()
        drifted = 0
        for found in vendors:
            drifted += self._check_walks(found, repair=repair)
            drift = find_drift(vendor=found, now=clock.now(), repair=repair)
            drifted += len(drift.partners)
            columns = ", ".join(f"{column} ({number})" for column, number in sorted(drift.columns.items()))
            state = f"{len(drift.partners)} drifted: {columns}" if drift.partners else "no drift"
            self.stdout.write(f"{found.slug}: {drift.checked} partners, {state}")
            drifted += self._check_owed(found, repair=repair)
            drifted += self._check_customers(found, repair=repair)
        if drifted and not repair:
            raise CommandError(f"{drifted} rows drifted; --repair brings them up to date.", returncode=1)
        if drifted:
            self.stdout.write(f"{drifted} rows repaired.")

    def _check_owed(self, vendor: Vendor, *, repair: bool) -> int:
        """Each step that waits for the vendor is one task; about how many steps that is not so."""
        drifted = 0
        for steps in checking.adrift(vendor=vendor):
            drifted += len(steps)
            if repair:
                checking.mend(steps=steps, now=clock.now())
        if drifted:
            self.stdout.write(f"{vendor.slug}: about {drifted} steps something else is owed than partners wait for")
        return drifted

    def _check_walks(self, vendor: Vendor, *, repair: bool) -> int:
        """Steps to come that are sure not to concern a partner are in no number; in how many walks that is not so."""
        drifted = 0
        for keys in adrift(vendor=vendor):
            drifted += len(keys)
            if keys and repair:
                with transaction.atomic():
                    count_anew(Enrollment.objects.filter(pk__in=keys))
        if drifted:
            self.stdout.write(f"{vendor.slug}: {drifted} walks count other steps than concern the partner")
        return drifted

    def _check_customers(self, vendor: Vendor, *, repair: bool) -> int:
        """Customers carry the days on which they ordered; how many of them carry wrong ones."""
        unlike = list(customers_adrift(vendor=vendor))
        if unlike:
            self.stdout.write(f"{vendor.slug}: {len(unlike)} customers drifted from their orders")
        if repair:
            count_orders_anew(unlike)
        return len(unlike)
