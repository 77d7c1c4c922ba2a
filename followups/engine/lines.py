"""Several kept connections to the mail server: a wave of mails goes out over them at once, one mail over each.

The server is spoken to over all of them before any answer is waited for, so that a wave takes as long as its slowest
mail, and not as long as all of them one after the other.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

from django.conf import settings

from followups.engine.transports import Reply, Said, SmtpTransport, Talk, Transport, Unreachable, make_transport

logger = logging.getLogger(__name__)
ASK_AGAIN_SECONDS = 60.0  # for more lines, after the server would not give them


class Envelope(NamedTuple):
    sender: str
    recipient: str


class Lines:
    """The first mail of a wave takes the first line, and so on."""

    def __init__(self, lines: Sequence[Transport]) -> None:
        self.lines = list(lines)
        self.width = len(self.lines)
        self._more_at = 0.0

    @classmethod
    def of(cls, transport: "Transport | Lines") -> "Lines":
        return transport if isinstance(transport, Lines) else cls([transport])

    @property
    def is_ready(self) -> bool:
        return self.lines[0].is_ready

    def connect(self, *, mails: int) -> None:
        """As many lines as are of use for so many mails. Raises ``Unreachable`` where not even one can be had.

        Some servers give one client a few lines only: then it is done with those, and asked for more a minute later.
        """
        self.lines[0].connect()
        if monotonic() < self._more_at:
            return
        self.width = len(self.lines)
        for number, line in enumerate(self.lines[1:mails], start=1):
            try:
                line.connect()
            except Unreachable as error:
                logger.warning("The mail server gives %s lines and no more: %s", number, error)
                self.width, self._more_at = number, monotonic() + ASK_AGAIN_SECONDS
                return

    def begin(self, envelopes: Sequence[Envelope]) -> list[Exception | None]:
        """MAIL and RCPT on the first lines; what each of them ran into."""
        return in_turn([_beginning(line, each) for line, each in zip(self.lines, envelopes, strict=False)])

    def deliver(self, contents: Sequence[tuple[int, bytes]]) -> list[Reply | Exception]:
        """DATA on the lines with these numbers: the answer, or what it ran into."""
        return in_turn([_delivering(self.lines[number], content) for number, content in contents])

    def abandon(self, number: int) -> None:
        self.lines[number].abandon()

    def close(self) -> None:
        for line in self.lines:
            line.close()


def make_lines() -> Lines:
    """What the settings say: how mail leaves, and over how many lines at once."""
    return Lines([make_transport() for _ in range(max(1, settings.MAIL_LINES))])


def in_turn(talks: Sequence[Talk[Said]]) -> list[Said | Exception]:
    """Each a word at a time, until all are over; a talk that fails ends alone."""
    said: dict[int, Said | Exception] = {}
    going_on = deque(enumerate(talks))
    while going_on:
        number, talk = going_on.popleft()
        try:
            next(talk)
        except StopIteration as end:
            said[number] = end.value
        except Exception as error:  # noqa: BLE001 - who asked for it looks at each of them
            said[number] = error
        else:
            going_on.append((number, talk))
    return [said[number] for number in range(len(talks))]


def _beginning(line: Transport, envelope: Envelope) -> Talk[None]:
    if isinstance(line, SmtpTransport):
        return line.beginning(sender=envelope.sender, recipient=envelope.recipient)
    return _at_once(lambda: line.begin(sender=envelope.sender, recipient=envelope.recipient))


def _delivering(line: Transport, content: bytes) -> Talk[Reply]:
    return line.delivering(content) if isinstance(line, SmtpTransport) else _at_once(lambda: line.deliver(content))


def _at_once(act: Callable[[], Said]) -> Talk[Said]:
    """A transport that has nobody to wait for."""
    yield from ()
    return act()
