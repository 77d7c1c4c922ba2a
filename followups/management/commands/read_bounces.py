import mailbox
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from followups.bounce_reports import NoReport, NotOurs, take
from partners import clock


class Command(BaseCommand):
    help = "Read reports on undeliverable mails and complaints. The same file twice changes nothing; none is deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a mailbox (mbox), a Maildir, or - for one mail from standard input")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        counts = Counter(self._took(content) for content in _mails(file))
        self.stdout.write(
            f"{counts['new']} addresses stopped, {counts['known']} known before, "
            f"{counts['foreign']} without a link of ours, {counts['other']} other mails"
        )

    def _took(self, content: bytes) -> str:
        try:
            return "new" if take(content, now=clock.now()) else "known"
        except NoReport:
            return "other"
        except NotOurs:
            return "foreign"


def _mails(file: str) -> Iterator[bytes]:
    if file == "-":
        yield sys.stdin.buffer.read()
        return
    path = Path(file)
    if not path.exists():
        raise CommandError(f"There is no {file}.")
    kind = mailbox.Maildir if path.is_dir() else mailbox.mbox
    box: mailbox.Mailbox[Any] = kind(str(path), create=False)
    with closing(box):
        for key in box.iterkeys():
            yield box.get_bytes(key)
