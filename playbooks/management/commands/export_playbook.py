from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from partners.commanding import vendor_at
from playbooks.models import Playbook
from playbooks.outline import outline_of
from playbooks.writing import write


class Command(BaseCommand):
    help = "Write a playbook as a file to standard output: its newest published version, else its draft."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--vendor", required=True, metavar="SLUG", help="the vendor's address")
        parser.add_argument("playbook", metavar="PLAYBOOK", help="the playbook's key")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """``--version`` means the playbook's version here, not Django's."""
        parser = super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)
        parser.add_argument("--version", type=int, dest="number", metavar="N", help="this version instead")
        return parser

    def handle(self, *, vendor: str, playbook: str, number: int | None, **_options: Any) -> None:
        owner = vendor_at(vendor)
        found = Playbook.objects.of(owner).filter(slug=playbook).first()
        if found is None:
            known = ", ".join(Playbook.objects.of(owner).order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"{owner.name} has no playbook “{playbook}”. There are: {known or 'none yet'}.")
        version = found.versions.filter(number=number).first() if number else found.published() or found.draft()
        if version is None:
            raise CommandError(f"“{playbook}” has no version {number or ''}".rstrip() + ".")
        self.stdout.write(write(outline_of(version)), ending="")
