from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from partners import clock
from partners.commanding import vendor_at
from partners.models import Vendor
from playbooks.models import PlaybookVersion
from playbooks.outline import PlaybookOutline
from playbooks.publishing import NotReady, publish
from playbooks.reading import CannotRead, read
from playbooks.storing import DraftInTheWay, store


class Command(BaseCommand):
    help = "Load a playbook file (docs/playbook-format.md) as a vendor's draft. The same file twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--vendor", required=True, metavar="SLUG", help="the vendor's address")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--publish", action="store_true", help="publish it at once; nothing is loaded if it cannot")
        parser.add_argument("--replace-draft", action="store_true", help="drop a draft that says something else")

    def handle(self, *, vendor: str, file: Path, publish: bool, replace_draft: bool, **_options: Any) -> None:
        owner = vendor_at(vendor)
        version = _load(owner, _outline(file), publishing=publish, replace_draft=replace_draft)
        state = "published" if not version.is_draft else "a draft"
        self.stdout.write(f"{version.playbook.slug}: version {version.number} is {state}.")


def _outline(file: Path) -> PlaybookOutline:
    try:
        return read(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except CannotRead as error:
        raise CommandError("\n".join(error.lines(str(file)))) from error


@transaction.atomic
def _load(vendor: Vendor, outline: PlaybookOutline, *, publishing: bool, replace_draft: bool) -> PlaybookVersion:
    now = clock.now()
    try:
        version = store(outline=outline, vendor=vendor, by=None, now=now, replace_draft=replace_draft)
        return publish(version=version, by=None, now=now) if publishing else version
    except DraftInTheWay as error:
        raise CommandError(f"{error.message} (--replace-draft)") from error
    except NotReady as error:
        raise CommandError("\n".join(problem.message for problem in error.problems)) from error
