"""From a message's row to the bytes that go over the line, and to the names that mail programs know it by.

Up to three parts of text and a dozen headers are written here in one pass. Django's and the standard library's objects
make the same of them in four times the time, most of it spent on attachments, foldings and charsets that no mail of
ours has.
"""

import binascii
import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime, formataddr, getaddresses, parseaddr
from functools import lru_cache

from django.conf import settings

from followups.models import Message

ADDRESSES = frozenset({"from", "to", "reply-to"})
LONGEST_LINE = 998  # RFC 5322, 2.1.1
WORD_BYTES = 36  # in a line of at most 78 letters with a header's name before it (RFC 2047, 2)
END = b"\r\n"
METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


def message_id(key: str) -> str:
    """Derived from the key, so that a server that sees a mail twice can tell."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{settings.MESSAGE_ID_DOMAIN}>"


def build(message: Message, *, now: datetime) -> bytes:
    """The mail as it is sent: plain text, beside it the HTML and the calendar's entry where there is one.

    ``From`` and ``To`` may stand among the row's headers.

    Raises ``ValueError`` for a header that would break into two lines, or an address that cannot be written.
    """
    headers = {
        "Subject": message.subject,
        "From": settings.DEFAULT_FROM_EMAIL,
        "To": message.to_address,
        "Message-ID": message_id(message.key),
        "Date": format_datetime(now),
        "Auto-Submitted": "auto-generated",
        **message.headers,
        "MIME-Version": "1.0",
    }
    head = b"".join(_header(name, value) for name, value in headers.items())
    plain = _part("plain", message.text)
    if not message.html and not message.calendar:
        return head + plain
    boundary = secrets.token_hex(16)  # at random, so that nobody can write it into the words of a mail
    kind = f'Content-Type: multipart/alternative; boundary="{boundary}"'.encode()
    between = f"--{boundary}".encode()
    richer = [_part("html", message.html)] if message.html else []
    richer += [_entry(message.calendar)] if message.calendar else []  # last: programs show the last that they know
    parts = [line for part in [plain, *richer] for line in (between, part)]
    return head + END.join([kind, b"", *parts, between + b"--", b""])


def _part(subtype: str, text: str, parameter: str = "") -> bytes:
    encoding, content = _encoded(text)
    kind = f'Content-Type: text/{subtype}; charset="utf-8"{parameter}\r\n'
    return f"{kind}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + content


def _entry(calendar: str) -> bytes:
    """What is asked of the program stands in the type, too (RFC 6047, 2.4); the last line ends like every other."""
    method = METHOD.search(calendar)
    return _part("calendar", calendar, f"; method={method.group(1)}" if method else "") + END


def _encoded(text: str) -> tuple[str, bytes]:
    """The text with line ends as CRLF; as it is where every server takes it so, else quoted-printable (RFC 2045)."""
    lines = text.encode().splitlines()
    if text.isascii() and all(len(line) <= LONGEST_LINE for line in lines):
        return "7bit", END.join(lines)
    return "quoted-printable", binascii.b2a_qp(b"\n".join(lines), istext=True).replace(b"\n", END)


def _header(header: str, value: str) -> bytes:
    """Without folding: a link in a header stays on one line, as RFC 8058's readers expect it."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"The header {header} would break into two lines: {value!r}")
    if value.isascii():
        written = value
    elif header.lower() in ADDRESSES:
        written = ", ".join(formataddr((name, for_envelope(at))) for name, at in getaddresses([value]))
    else:
        written = "\r\n ".join(_encoded_words(value))
    return f"{header}: {written}\r\n".encode("ascii")


def _encoded_words(text: str) -> Iterator[str]:
    """Words of RFC 2047, none of which breaks a letter in two. The standard library looks for the shortest way to
    write each, letter by letter: that took a third of all the time of sending.
    """
    while text:
        piece = text[:WORD_BYTES].encode()[:WORD_BYTES].decode(errors="ignore")
        yield f"=?utf-8?b?{b64encode(piece.encode()).decode()}?="
        text = text[len(piece) :]


def envelope_sender(headers: Mapping[str, str]) -> str:
    return for_envelope(headers.get("From", settings.DEFAULT_FROM_EMAIL))


@lru_cache(maxsize=4096)  # a mail's is asked for several times over, and most have one sender
def for_envelope(address: str) -> str:
    """The bare address, its domain as DNS knows it. What cannot be written so is left to be refused."""
    local, _, domain = parseaddr(address)[1].rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address
