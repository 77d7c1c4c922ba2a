from typing import Any

from django.core.management.base import BaseCommand

from followups.silence.detecting import detect
from partners import clock


class Command(BaseCommand):
    help = "Judge every partner whose hour has come: who fell silent, and of which kind. Workers do this every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{detect(now=clock.now())} partners judged")
