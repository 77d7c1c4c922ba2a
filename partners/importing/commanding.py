"""The commands ``import_partners`` and ``import_orders``: everything they have in common."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from partners import clock
from partners.accepting import starts_something
from partners.commanding import vendor_at
from partners.importing.checking import Problem
from partners.importing.columns import PARTNERS, Kind
from partners.importing.files import load, open_table, understand
from partners.importing.loading_partners import Loaded, Run
from partners.importing.mapping import Mapping, rivals
from partners.importing.order_rows import OrderFile
from partners.importing.partner_rows import PartnerFile
from partners.importing.reading import Unreadable
from partners.models import Member, Vendor
from partners.places import language_name

ALL = 1_000_000_000


class ImportCommand(BaseCommand):
    """Looks through the whole file first; loads nothing where a row is bad, unless told to skip bad rows."""

    kind: Kind
    is_talkative = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV or XLSX file")
        parser.add_argument("--vendor", required=True, help="the vendor's address (slug)")
        parser.add_argument(
            "--on-error",
            choices=["stop", "skip"],
            default="stop",
            help="stop: load nothing where a row is bad (the default); skip: load the good rows",
        )
        parser.add_argument("--by", help="e-mail address of the member who loads the file; else the first owner")
        parser.add_argument("--manager", help="e-mail address of the member responsible where a row names nobody")

    def handle(self, *, file: Path, vendor: str, on_error: str, **options: Any) -> None:
        scope = vendor_at(vendor)
        self.is_talkative = options["verbosity"] > 1
        by = self._member(scope, options["by"])
        manager = self._member(scope, options["manager"]) if options["manager"] else by
        if options.get("start_playbook") and not starts_something(scope):
            raise CommandError(f"{scope.name} has no published playbook that could start. Publish one first.")
        run = Run(
            vendor=scope,
            manager=manager,
            by=by.user,
            now=clock.now(),
            source=file.name,
            start_playbook=options.get("start_playbook", False),
        )
        try:
            with file.open("rb") as stream:
                self._import(stream, run, on_error)
        except Unreadable as error:
            raise CommandError(f"{file}: {error.message}") from error
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error

    def _import(self, stream: BinaryIO, run: Run, on_error: str) -> None:
        table, mapping = open_table(stream, name=run.source, kind=self.kind)
        self.stdout.write(f"{run.source}: {table.form}")
        for key, place in mapping.items():
            self.stdout.write(f"  {self.kind.by_key[key].label}: column “{table.header[place].strip()}”")
        for guess in guesses(self.kind, mapping, run.vendor):
            self.stdout.write(f"  {guess}")
        for found in rivals(self.kind, mapping, table.header):
            self.stdout.write(self.style.WARNING(f"  {found.in_words(table.header)}"))
        understood = understand(table=table, mapping=mapping, kind=self.kind, vendor=run.vendor, now=run.now)
        survey = understood.survey(keep=ALL)
        self._tell(survey.problems)
        if survey.bad_lines and on_error == "stop":
            raise CommandError(
                f"{len(survey.bad_lines)} of {counted(survey.rows, 'row is', 'rows are')} bad, so nothing was loaded. "
                "Correct what is wrong, or load the others with --on-error skip."
            )
        done = self._load(understood, survey.bad_lines, run)
        self.stdout.write(self.style.SUCCESS(self.summary(done)))
        if survey.bad_lines:
            left_out = counted(len(survey.bad_lines), "bad row was left out; it is", "bad rows were left out; they are")
            self.stdout.write(f"{left_out} listed above.")

    def _load(self, file: PartnerFile | OrderFile, without: set[int], run: Run) -> Loaded:
        """Chunk by chunk; with ``--verbosity 2`` it says how far it is after each."""
        done, started = Loaded(), time.monotonic()
        for loaded in load(file, without=without, run=run):
            done += loaded
            if self.is_talkative:
                self.stdout.write(f"{done.rows:,} rows in {time.monotonic() - started:.2f} s")
        return done

    def summary(self, done: Loaded) -> str:
        raise NotImplementedError

    def _tell(self, problems: list[Problem]) -> None:
        for problem in problems:
            column = f", column “{problem.column}”" if problem.column else ""
            self.stderr.write(f"line {problem.line}{column}: {problem.reason}")

    def _member(self, vendor: Vendor, email: str | None) -> Member:
        leaders = Member.objects.of(vendor).who_lead().select_related("user").order_by("pk")
        if email:
            member = leaders.filter(user__email__iexact=email).first()
            if member is None:
                raise CommandError(f"“{email}” is nobody at {vendor.name} who leads partners.")
            return member
        member = leaders.filter(role=Member.Role.OWNER).first() or leaders.first()
        if member is None:
            raise CommandError(f"{vendor.name} has nobody yet who could be responsible. Invite a member first.")
        return member


def guesses(kind: Kind, mapping: Mapping, vendor: Vendor) -> list[str]:
    """What of a partner is taken from its country, or from the vendor, where the file does not say it."""
    if kind is not PARTNERS:
        return []
    from_country = "guessed from the country where it is empty"
    own = {"time_zone": vendor.time_zone, "language": language_name(vendor.language)}
    return [
        f"{kind.by_key[key].label}: " + (from_country if "country" in mapping else f"yours where it is empty, {yours}")
        for key, yours in own.items()
    ]


def counted(number: int, one: str, many: str) -> str:
    """The number with the words that fit it."""
    return f"{number} {one if number == 1 else many}"
