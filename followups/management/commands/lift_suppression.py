from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from followups.bouncing import lift_bounce
from partners import clock


class Command(BaseCommand):
    help = "Let reminders go again to an address that a mail server had called unknown. Who unsubscribed stays so."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        if not lift_bounce(address=address, now=clock.now()):
            raise CommandError(f"No mail server has called {address} unknown.")
        self.stdout.write(f"Reminders go to {address} again.")
