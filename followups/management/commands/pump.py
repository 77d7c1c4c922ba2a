from typing import Any

from django.core.management.base import BaseCommand

from followups.engine.lines import make_lines
from followups.engine.pumping import pump
from followups.webhooks.sending import post_all
from partners import clock


class Command(BaseCommand):
    help = "Decides and sends everything that is due now, then ends. Workers do the same all the time."

    def handle(self, *args: Any, **options: Any) -> None:
        lines = make_lines()
        rounds = 0
        while pump(now=clock.now(), transport=lines, read_clock=clock.now):
            rounds += 1
        lines.close()
        post_all()
        self.stdout.write(f"{rounds} rounds, nothing is due any more")
