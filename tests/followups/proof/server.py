"""A mail server in memory that outlives those who speak to it, and remembers what a court would ask it.

It misbehaves as the recipient's name asks it to: ``busy`` and ``full`` refuse once for now, ``spam`` for good,
``drop`` keeps the text and hangs up, ``gone`` hangs up before it.
"""

from collections import Counter
from collections.abc import Callable
from smtplib import SMTPServerDisconnected
from types import SimpleNamespace

from followups.engine.transports import SmtpTransport


class Server:
    """``on_text`` is called with the recipient when the whole of a text is here, before it is answered."""

    def __init__(self, on_text: Callable[[str], None] = lambda recipient: None) -> None:
        self.on_text = on_text
        self.on_the_line = ""  # whose mail was begun last, and has not been answered for
        self.kept: Counter[str] = Counter()  # texts by Message-ID
        self.kept_for: Counter[str] = Counter()  # and by recipient
        self.again: list[str] = []  # recipients who were sent a text that had been kept
        self.unclear: set[str] = set()  # recipients whose sender was left without an answer
        self.refused: set[str] = set()

    def transport(self) -> "Line":
        return Line(self)

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
        self.server, self.recipient, self.answer = server, "", 250
        self.sock = SimpleNamespace(settimeout=lambda seconds: None)

    def docmd(self, command: str) -> tuple[int, bytes]:
        verb, behaviour = command[:4], self.recipient.split("-")[0]
        if verb == "RCPT":
            self.recipient = self.server.on_the_line = command[9:-1]
            behaviour = self.recipient.split("-")[0]
            if behaviour == "busy" and self.server.refuses_once(self.recipient):
                return 451, b"4.3.2 Later"
            if behaviour == "gone" and self.server.refuses_once(self.recipient):
                raise SMTPServerDisconnected("hung up")
        return (354, b"Go ahead") if verb == "DATA" else (250, b"OK")

    def send(self, data: bytes) -> None:
        self.answer = self.server.take(self.recipient, data)

    def getreply(self) -> tuple[int, bytes]:
        if not self.answer:
            raise SMTPServerDisconnected("hung up")
        return self.answer, b"2.0.0 Kept" if self.answer == 250 else b"4.2.2 Not now"

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
