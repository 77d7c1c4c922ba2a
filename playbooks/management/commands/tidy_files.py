from typing import Any

from django.core.management.base import BaseCommand

from partners import clock
from playbooks.files.storing import tidy


class Command(BaseCommand):
    help = "Take away files that no step refers to, as a crash while one is kept can leave them."

    def handle(self, **_options: Any) -> None:
        self.stdout.write(f"{tidy(now=clock.now())} files were taken away.")
