"""How a mail leaves the house, at the level of MAIL, RCPT and DATA, so that the last check stands just before DATA.

Another transport is named in the setting MAIL_TRANSPORT. A sender thread makes one and keeps it.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Generator
from dataclasses import dataclass
from time import monotonic
from typing import NoReturn, Protocol, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

from followups.engine.crashing import crash_point
from followups.engine.patience import COMMAND_SECONDS, TEXT_SECONDS

Said = TypeVar("Said")
# What is said to a server and heard from it. It yields wherever it waits for an answer: there, others may speak.
Talk = Generator[None, None, Said]
GO_AHEAD = 354
LEAST_SECONDS = 0.1  # for an answer that may have come while others were waited for
NO_SUCH_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
# 5.1.7 and 5.1.8 blame the sender's address, 5.7.x the server's rules: our set-up, and no fault of the recipient's.
AGAINST_US = re.compile(r"5\.(1\.[78]|7\.\d+)")


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    @property
    def is_ok(self) -> bool:
        return 200 <= self.code < 300

    @property
    def is_refusal(self) -> bool:
        """Whether it says no; what is neither this nor ``is_ok`` is out of turn, or no SMTP at all."""
        return 400 <= self.code < 600

    @property
    def enhanced(self) -> str:
        """The status of RFC 3463 that a refusal for good begins with, such as 5.1.1; empty without one."""
        found = re.match(r"5\.\d{1,3}\.\d{1,3}\b", self.text)
        return found.group() if found else ""


class TransportError(Exception):
    """A mail did not leave; the subclass says what that means for it."""

    def __init__(self, text: str, reply: Reply | None = None) -> None:
        super().__init__(text)
        self.reply = reply


class Unreachable(TransportError):
    """There is no server to speak to, or it refuses to speak to us at all; no mail is to blame."""


class Broken(TransportError):
    """The line broke before the text was sent: the mail certainly did not leave."""


class Transient(TransportError):
    """The server refused for now (4xx)."""


class Permanent(TransportError):
    """The server refused for good (5xx)."""


class RecipientRefused(Permanent):
    """The server refused this address for good."""

    @property
    def is_dead(self) -> bool:
        """Whether the server says in so many words that there is no such address (RFC 3463)."""
        return self.reply is not None and self.reply.enhanced in NO_SUCH_ADDRESS


class Ambiguous(TransportError):
    """The line broke after the text began: nobody can know whether the mail left (RFC 1047)."""


class Transport(Protocol):
    """``begin``, then either ``deliver`` or ``abandon``; one mail at a time. ``is_ready`` false: nothing is claimed."""

    is_ready: bool

    def connect(self) -> None:
        """Make sure there is a line. Raises ``Unreachable``."""

    def begin(self, *, sender: str, recipient: str) -> None:
        """MAIL and RCPT. Raises any ``TransportError`` but ``Ambiguous``."""

    def deliver(self, content: bytes) -> Reply:
        """DATA. Raises any ``TransportError`` but ``Unreachable``."""

    def abandon(self) -> None:
        """Give up the mail that was begun; nothing has left."""

    def close(self) -> None: ...


class NoTransport:
    """No mail server is configured: messages stay ready until one is. A system check warns about it."""

    is_ready = False

    def connect(self) -> None:
        raise Unreachable("No mail server is configured.")

    def begin(self, *, sender: str, recipient: str) -> None:
        raise Unreachable("No mail server is configured.")

    def deliver(self, content: bytes) -> Reply:
        raise Unreachable("No mail server is configured.")

    def abandon(self) -> None:
        """Nothing was begun."""

    def close(self) -> None:
        """Nothing is open."""


def make_transport() -> Transport:
    made: Transport = import_string(settings.MAIL_TRANSPORT)()
    return made


@dataclass(frozen=True, slots=True)
class Server:
    """``smtp://user:password@host:587?tls=starttls``; tls is starttls, ssl or none (smtps:// means ssl)."""

    host: str
    port: int
    user: str
    password: str
    tls: str

    @classmethod
    def parse(cls, url: str) -> "Server":
        parts = urlsplit(url)
        default = "ssl" if parts.scheme == "smtps" else "none"
        tls = parse_qs(parts.query).get("tls", [default])[0]
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in ("starttls", "ssl", "none"):
            raise ValueError("SMTP_URL must look like smtp://user:password@host:587?tls=starttls")
        port = parts.port or {"ssl": 465, "starttls": 587, "none": 25}[tls]
        return cls(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), tls)


class SmtpTransport:
    """One kept connection to the server of SMTP_URL, made anew when it broke."""

    is_ready = True

    def __init__(self, url: str | None = None) -> None:
        self.server = Server.parse(settings.SMTP_URL if url is None else url)
        self.line: smtplib.SMTP | None = None

    def connect(self) -> None:
        if self.line is not None:
            return
        try:
            self.line = self._open()
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{self.server.host}:{self.server.port}: {error}") from error

    def _open(self) -> smtplib.SMTP:
        at, secure = (self.server.host, self.server.port), ssl.create_default_context()
        name = socket.gethostname() or "localhost"
        if self.server.tls == "ssl":
            line: smtplib.SMTP = smtplib.SMTP_SSL(*at, name, timeout=COMMAND_SECONDS, context=secure)
        else:
            line = smtplib.SMTP(*at, name, timeout=COMMAND_SECONDS)
        try:
            if self.server.tls == "starttls":
                line.starttls(context=secure)
            line.ehlo_or_helo_if_needed()
            if self.server.user:
                line.login(self.server.user, self.server.password)
        except BaseException:
            line.close()
            raise
        return line

    def begin(self, *, sender: str, recipient: str) -> None:
        to_its_end(self.beginning(sender=sender, recipient=recipient))

    def beginning(self, *, sender: str, recipient: str) -> Talk[None]:
        """``begin``, for several lines in turn."""
        kept = self.line is not None
        try:
            yield from self._beginning(sender, recipient)
        except Broken:
            if not kept:
                raise
            yield from self._beginning(sender, recipient)  # the server had hung up on a line that was idle

    def _beginning(self, sender: str, recipient: str) -> Talk[None]:
        self.connect()
        self._refuse_unless_ok((yield from self._command(f"MAIL FROM:<{sender}>")), Transient)
        self._refuse_unless_ok((yield from self._command(f"RCPT TO:<{recipient}>")), RecipientRefused)

    def _refuse_unless_ok(self, reply: Reply, for_good: type[TransportError]) -> None:
        """A refusal for good that blames our set-up, and not the mail, waits until that is mended."""
        if reply.is_ok:
            return
        if not reply.is_refusal:
            self._drop()
            raise Broken(str(reply), reply)
        self.abandon()
        is_ours = AGAINST_US.fullmatch(reply.enhanced) is not None
        raise (for_good if reply.code >= 500 and not is_ours else Transient)(str(reply), reply)

    def _command(self, command: str) -> Talk[Reply]:
        if self.line is None:
            raise Broken("The line is closed.")
        until = monotonic() + COMMAND_SECONDS
        try:
            self.line.putcmd(command)
            yield
            code, text = self._answer(until)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Broken(str(error)) from error
        except ValueError as error:  # a line break or a letter that SMTP has no room for
            self.abandon()
            raise Permanent(str(error)) from error
        return Reply(code, text.decode("utf-8", "replace"))

    def _answer(self, until: float) -> tuple[int, bytes]:
        """Several lines that were spoken to together are waited for together."""
        assert self.line is not None  # noqa: S101 - it was spoken to
        if self.line.sock is not None:
            self.line.sock.settimeout(max(LEAST_SECONDS, until - monotonic()))
        return self.line.getreply()

    def deliver(self, content: bytes) -> Reply:
        return to_its_end(self.delivering(content))

    def delivering(self, content: bytes) -> Talk[Reply]:
        """``deliver``, for several lines in turn."""
        try:
            answer = yield from self._command("DATA")
            if answer.code != GO_AHEAD:
                self._give_up(answer, otherwise=Broken)
            crash_point("text-begun")
            reply = yield from self._text(content)
        except TransportError:
            raise
        except Exception:
            self._drop()  # in the midst of a text, what is said next would be taken for more of it
            raise
        if not reply.is_ok:
            self._give_up(reply, otherwise=Ambiguous)
        return reply

    def _give_up(self, reply: Reply, *, otherwise: type[TransportError]) -> NoReturn:
        """Raise what a refusal means; an answer that makes no sense ends the line, and means ``otherwise``."""
        if not reply.is_refusal:
            self._drop()
            raise otherwise(str(reply), reply)
        self.abandon()
        raise (Permanent if reply.code >= 500 else Transient)(str(reply), reply)

    def _text(self, content: bytes) -> Talk[Reply]:
        if self.line is None or self.line.sock is None:
            raise Broken("The line is closed.")
        until = monotonic() + TEXT_SECONDS
        try:
            self.line.sock.settimeout(TEXT_SECONDS)
            self.line.send(as_data(content))
            crash_point("text-sent")
            yield
            code, text = self._answer(until)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Ambiguous(str(error)) from error
        return Reply(code, text.decode("utf-8", "replace"))

    def abandon(self) -> None:
        if self.line is None:
            return
        try:
            self._be_patient()
            self.line.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def close(self) -> None:
        if self.line is None:
            return
        try:
            self._be_patient()
            self.line.quit()
        except (OSError, smtplib.SMTPException):
            self.line.close()
        self.line = None

    def _be_patient(self) -> None:
        if self.line is not None and self.line.sock is not None:
            self.line.sock.settimeout(COMMAND_SECONDS)

    def _drop(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None


def to_its_end(talk: Talk[Said]) -> Said:
    """With nobody else to listen to meanwhile."""
    while True:
        try:
            next(talk)
        except StopIteration as end:
            said: Said = end.value
            return said


def as_data(content: bytes) -> bytes:
    """Line ends as CRLF, leading dots doubled, ended by a lone dot (RFC 5321, 4.5.2)."""
    lines = [b"." + line if line.startswith(b".") else line for line in content.splitlines()]
    return b"\r\n".join([*lines, b".", b""])
