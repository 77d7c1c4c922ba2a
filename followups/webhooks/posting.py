"""One POST to an address that was checked, and what came back: within a time, and no more of it than is shown."""

import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import TracebackType
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from followups.webhooks.addresses import Address, AddressRefused, NotFound, Target, parse, places_of

logger = logging.getLogger(__name__)
CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0  # from the beginning to the last byte that is read, however slowly they come
MOST_PLACES: Final = 3  # of one name that are tried
MOST_READ: Final = 4096
ERRORS: Final = (OSError, HTTPError, http.client.HTTPException, ValueError)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    phrase: str
    body: str  # its beginning
    retry_after: timedelta | None
    seconds: float


class NoAnswer(Exception):
    """Nobody answered; the text says why, in the language that is active. ``was_begun``: they may have got it."""

    def __init__(self, message: str, *, was_begun: bool = False) -> None:
        super().__init__(message)
        self.was_begun = was_begun


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST ``body``. No redirect is followed, no proxy asked, and a certificate has to fit. Raises ``NoAnswer``."""
    begun = time.monotonic()
    try:
        target = parse(address)
        places = places_of(target)[:MOST_PLACES]
    except AddressRefused as refusal:
        raise NoAnswer(str(refusal)) from refusal
    except NotFound as error:
        raise NoAnswer(_("No server is known under this name.")) from error
    for place in places[:-1]:
        try:
            return _post_to(place, target, body, headers, begun)
        except NoAnswer as failure:
            if failure.was_begun:
                raise
    return _post_to(places[-1], target, body, headers, begun)


def _post_to(place: Address, target: Target, body: bytes, headers: Mapping[str, str], begun: float) -> Answer:
    left = begun + TOTAL_SECONDS - time.monotonic()
    if left <= 0:  # looking up the name and the places before took it all
        raise NoAnswer(_in_words(TimeoutError(), time_is_up=True))
    line = _line(place, target, timeout=min(CONNECT_SECONDS, left))
    was_begun = False
    with _Deadline(line, begun + TOTAL_SECONDS) as deadline:
        try:
            line.connect()
            if deadline.is_over:  # there was no line to cut yet
                raise TimeoutError
            if isinstance(line.sock, socket.socket):
                line.sock.settimeout(TOTAL_SECONDS)
            was_begun = True
            line.request("POST", target.request, body, {"Host": target.header, **headers}, preload_content=False)
            with closing(line.getresponse()) as response:
                if deadline.is_over:  # its head was cut off
                    raise TimeoutError
                return _answer(response, begun)
        except ERRORS as error:
            raise NoAnswer(_in_words(error, time_is_up=deadline.is_over), was_begun=was_begun) from error


def _line(place: Address, target: Target, *, timeout: float) -> HTTPConnection:
    """A connection to the checked place, which answers for the name: by SNI, its certificate and the Host header."""
    if not target.is_https:
        return HTTPConnection(str(place), target.port, timeout=timeout)
    context = _context(settings.WEBHOOK_CA_FILE)
    return HTTPSConnection(str(place), target.port, timeout=timeout, server_hostname=target.host, ssl_context=context)


@lru_cache(maxsize=2)
def _context(ca_file: str) -> ssl.SSLContext:
    """With a file of the installation's own, that one and no other is believed."""
    return ssl.create_default_context(cafile=ca_file or None)


def _answer(response: BaseHTTPResponse, begun: float) -> Answer:
    text = _beginning(response).decode("utf-8", "replace")
    return Answer(
        status=response.status,
        phrase=http.client.responses.get(response.status, ""),
        body="".join(letter for letter in text if letter.isprintable() or letter in "\n\t").strip(),
        retry_after=_wish(response.headers.get("Retry-After", "")),
        seconds=time.monotonic() - begun,
    )


def _beginning(response: BaseHTTPResponse) -> bytes:
    """Of its body, as far as it comes: the status has told what matters, and the rest is for people."""
    said = b""
    try:
        while len(said) < MOST_READ and (more := response.read1(MOST_READ - len(said), decode_content=False)):
            said += more
    except ERRORS as error:
        logger.debug("A webhook's answer ended early: %s", error)
    return said


def _wish(said: str) -> timedelta | None:
    """How long it asks us to wait: in seconds, or until a date. None for nothing that makes sense."""
    said = said.strip()
    if said.isascii() and said.isdecimal():
        return timedelta(seconds=min(int(said), 10**7)) if len(said) < 9 else None
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(until - datetime.now(UTC), timedelta())


def _in_words(error: Exception, *, time_is_up: bool) -> str:
    if time_is_up:
        return _("It did not answer within %(seconds)d seconds.") % {"seconds": TOTAL_SECONDS}
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _("Its certificate is not valid: %(why)s") % {"why": cause.verify_message}
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, TimeoutError):
        return _("No encrypted connection came about: %(why)s") % {"why": cause.reason or cause}
    if isinstance(cause, TimeoutError):
        return _("Nobody answered within %(seconds)d seconds.") % {"seconds": CONNECT_SECONDS}
    if isinstance(cause, OSError) and cause.strerror:
        return _("The connection broke: %(why)s") % {"why": cause.strerror}
    return _("What came back is no answer of a web server.")


class _Deadline:
    """Cuts the line when the time is up: a limit for each single read never ends what drips."""

    def __init__(self, line: HTTPConnection, at: float) -> None:
        self.line, self.is_over = line, False
        self._lock, self._is_done = threading.Lock(), False
        self._timer = threading.Timer(max(0.0, at - time.monotonic()), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._is_done = True
            self.line.close()

    def _cut(self) -> None:
        with self._lock:
            if self._is_done:
                return
            self.is_over = True
            line = self.line.sock
            if line is not None:
                try:
                    socket.socket.shutdown(line, socket.SHUT_RDWR)  # the wire itself, under whatever encrypts it
                except OSError:
                    return  # it is down already
