from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from onboarding_portal.demo import building
from partners import clock


class Command(BaseCommand):
    help = "Builds the demo vendor with about sixty partners in every state, relative to now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="where it is there already, only let newcomers in")

        parser.add_argument("--by-the-real-clock", action="store_true", help="whatever the demo's clock says")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now() if options["by_the_real_clock"] else clock.now()
        if building.is_built():
            if not options["if_empty"]:
                raise CommandError("The demo vendor is there already. To begin again: manage.py demo_start_over.")
            building.freshen(now=now)
            return
        vendor = building.build(now=now)
        self.stdout.write(f"{vendor.name}: {vendor.partners.count()} partners")
