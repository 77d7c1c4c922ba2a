"""A mail server in memory that outlives those who speak to it, and remembers what a court would ask it.

It misbehaves as the recipient's name asks it to: ``busy`` and ``full`` refuse once for now, ``spam`` for good,
``drop`` keeps the text and hangs up, ``gone`` hangs up before it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from smtplib import SMTPServerDisconnected
from types import SimpleNamespace

from followups.engine.lines import Envelope, Lines
from followups.engine.transports import SmtpTransport


class Server:
    """``on_text`` is called with the recipient when the whole of a text is here, before it is answered."""

    def __init__(self, on_text: Callable[[str], None] = lambda recipient: None) -> None:
        self.on_text = on_text
        self.on_the_lines: list[str] = []  # whose mails were begun in the last wave
        self.kept: Counter[str] = Counter()  # texts by Message-ID
        self.kept_for: Counter[str] = Counter()  # and by recipient
        self.again: list[str] = []  # recipients who were sent a text that had been kept
        self.unclear: set[str] = set()  # recipients whose sender was left without an answer
        self.refused: set[str] = set()

    def lines(self, count: int = 1) -> "RememberedLines":
        return RememberedLines(self, count)

    def take(self, recipient: str, text: bytes) -> int:
        """The code that answers the text; 0 hangs up."""
        self.on_text(recipient)
        behaviour = recipient.split("-", maxsplit=1)[0]
        if behaviour == "full" and self.refuses_once(recipient):
            return 452
        if behaviour == "spam":
            return 554
        message_id = next(line for line in text.split(b"\r\n") if line.startswith(b"Message-ID: ")).decode()
        if self.kept[message_id]:
            self.again.append(recipient)
        self.kept[message_id] += 1
        self.kept_for[recipient] += 1
        if behaviour == "drop":
            self.unclear.add(recipient)
            return 0
        return 250

    def refuses_once(self, recipient: str) -> bool:
        is_first = recipient not in self.refused
        self.refused.add(recipient)
        return is_first


class Conversation:
    """What ``SmtpTransport`` takes for a connection."""

    def __init__(self, server: Server) -> None:
        self.server, self.recipient = server, ""
        self.answer: tuple[int, bytes] | None = None  # None: it hangs up
        self.sock = SimpleNamespace(settimeout=lambda seconds: None)

    def putcmd(self, command: str) -> None:
        verb, behaviour = command[:4], self.recipient.split("-")[0]
        self.answer = (354, b"Go ahead") if verb == "DATA" else (250, b"OK")
        if verb == "RCPT":
            self.recipient = command[9:-1]
            self.server.on_the_lines.append(self.recipient)
            behaviour = self.recipient.split("-")[0]
            if behaviour == "busy" and self.server.refuses_once(self.recipient):
                self.answer = (451, b"4.3.2 Later")
            if behaviour == "gone" and self.server.refuses_once(self.recipient):
                self.answer = None

    def send(self, data: bytes) -> None:
        code = self.server.take(self.recipient, data)
        self.answer = (code, b"2.0.0 Kept" if code == 250 else b"4.2.2 Not now") if code else None

    def getreply(self) -> tuple[int, bytes]:
        if self.answer is None:
            raise SMTPServerDisconnected("hung up")
        return self.answer

    def rset(self) -> None:
        """Nothing is kept before its text has ended."""

    quit = close = rset


class Line(SmtpTransport):
    """The engine's own transport, with a connection that needs no network."""

    def __init__(self, server: Server) -> None:
        super().__init__("smtp://127.0.0.1:25")
        self.remembering = server

    def _open(self) -> Conversation:  # type: ignore[override]
        return Conversation(self.remembering)


class RememberedLines(Lines):
    """So many of them; the server knows when a wave begins."""

    def __init__(self, server: Server, count: int) -> None:
        super().__init__([Line(server) for _ in range(count)])
        self.server = server

    def begin(self, envelopes: Sequence[Envelope]) -> list[Exception | None]:
        self.server.on_the_lines.clear()
        return super().begin(envelopes)
