from argparse import ArgumentParser

from partners.importing.columns import PARTNERS
from partners.importing.commanding import ImportCommand, counted
from partners.importing.loading_partners import Loaded


class Command(ImportCommand):
    help = (
        "Load partners from a CSV or XLSX file, as customer databases export it. The same file twice changes nothing."
    )
    kind = PARTNERS

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--start-playbook", action="store_true", help="accept every partner of the file, which starts its playbook"
        )

    def summary(self, done: Loaded) -> str:
        new = counted(done.new, "partner", "partners")
        further = counted(done.further, "row", "rows")
        started = counted(done.started, "playbook", "playbooks")
        return (
            f"{new} loaded, {further} added something to a partner you had, {done.unchanged} unchanged, "
            f"{started} started."
        )
