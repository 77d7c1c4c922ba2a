"""A mail server on 127.0.0.1 that keeps what it accepts, and misbehaves as the recipient's name asks it to."""

import re
import socketserver
import threading
from collections import Counter
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

REFUSALS = {
    "RCPT": {
        "nobody": "550 5.1.1 No such user",
        "policy": "550 5.7.1 We do not like you",
        "sender": "550 5.1.8 Sender address rejected",
        "relay": "550 relay not permitted",
        "busy": "451 4.3.2 Later",
        "garbled-rcpt": "hello?",
    },
    "TEXT": {"spam": "554 5.6.0 Not like this", "full": "452 4.2.2 Mailbox full"},
}

# The text is kept, and said to be in an odd way.
ODD_ANSWERS = {"nul": "250 2.0.0 Kept as \0\0\0 " + "x" * 2000, "garbled": "I have it, I think"}


class _Conversation(socketserver.StreamRequestHandler):
    """A recipient ``drop-rcpt``, ``drop-data`` or ``drop-text`` hangs up there; after the text the mail is kept."""

    server: "SmtpSink"
    recipient = ""
    is_within_mail = False

    def handle(self) -> None:
        self.server.connections += 1
        self.say("220 sink")
        while line := self.rfile.readline().decode().strip():
            if not self.answer(line):
                return

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def answer(self, line: str) -> bool:
        """Answer one command; false hangs up."""
        verb = line.split(" ", maxsplit=1)[0].upper()
        if verb == "RCPT":
            self.recipient = re.sub(r".*<(.*)>.*", r"\1", line)
        if verb == "MAIL" and self.is_within_mail:
            self.say("503 5.5.1 Nested MAIL command")
            return True
        self.is_within_mail = verb in ("MAIL", "RCPT")
        name = self.recipient.split("@")[0]
        if name == f"drop-{verb.lower()}":
            return False
        if verb == "DATA":
            return self.take_text(name)
        self.say(REFUSALS.get(verb, {}).get(name, "221 Bye" if verb == "QUIT" else "250 OK"))
        return verb != "QUIT"

    def take_text(self, name: str) -> bool:
        self.say("250 No need to" if name == "odd-data" else "354 Go ahead")
        if name == "odd-data":
            return True
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False  # half a text is none
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        refusal = REFUSALS["TEXT"].get(name)
        if refusal is None:
            self.server.keep(self.recipient, b"".join(lines))
        if name == "drop-text":
            return False
        self.say(refusal or ODD_ANSWERS.get(name, "250 2.0.0 Kept"))
        return True


class SmtpSink(socketserver.ThreadingTCPServer):
    """Use as a context manager; ``url`` is for SMTP_URL."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.connections = 0
        self.received: list[tuple[str, bytes]] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def keep(self, recipient: str, raw: bytes) -> None:
        self.received.append((recipient, raw))

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.received]

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for _, raw in self.received]

    def times_seen(self) -> Counter[str]:
        """How often each Message-ID was accepted."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)
