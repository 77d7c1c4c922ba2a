from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from onboarding_portal.demo import building
from partners import clock


class Command(BaseCommand):
    help = "Builds the demo vendor with about sixty partners in every state, relative to now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="where it is there already, only let newcomers in")

    def handle(self, *args: Any, **options: Any) -> None:
        if building.is_built():
            if not options["if_empty"]:
                raise CommandError("The demo vendor is there already. Delete var/ to begin again.")
            building.freshen(now=clock.now())
            return
        vendor = building.build(now=clock.now())
        self.stdout.write(f"{vendor.name}: {vendor.partners.count()} partners")
