import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from onboarding_portal.second_step import NoSecondStep, switch_off
from partners.models import User


class Command(BaseCommand):
    help = "Switches the second step of signing in off for somebody who lost phone and recovery codes, and tells them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="the e-mail address they sign in with")
        parser.add_argument("--by", default="", help="who does it; your name at this machine without it")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, address: str, by: str, yes: bool, **options: Any) -> None:
        user = User.objects.filter(email__iexact=address.strip()).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {address}.")
        question = f"Have you made sure, in another way than by mail, that {user} <{user.email}> asks for it? [y/N] "
        if not yes and input(question).strip().lower() not in {"y", "yes"}:
            raise CommandError("Nothing was changed.")
        try:
            switch_off(user=user, by=by or getpass.getuser())
        except NoSecondStep as nothing:
            raise CommandError(f"{user.email} has no second step.") from nothing
        self.stdout.write(f"The second step of {user.email} is off. A mail tells them.")
