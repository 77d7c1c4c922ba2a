from typing import Any

from django.core.management.base import BaseCommand

from onboarding_portal.demo import starting_over


class Command(BaseCommand):
    help = "Makes the demo anew, relative to now. Whatever was done in it is gone."

    def handle(self, *args: Any, **options: Any) -> None:
        starting_over.run()
