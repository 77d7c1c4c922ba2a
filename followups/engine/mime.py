"""From a message's row to the bytes that go over the line, and to the names that mail programs know it by.

Two parts of text and a dozen headers are written here in one pass. Django's and the standard library's objects make
the same of them in four times the time, most of it spent on attachments, foldings and charsets that no mail of ours
has.
"""

import binascii
import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, getaddresses, parseaddr

from django.conf import settings

from followups.models import Message

ADDRESSES = frozenset({"from", "to", "reply-to"})
LONGEST_LINE = 998  # RFC 5322, 2.1.1
END = b"\r\n"


def message_id(key: str) -> str:
    """Derived from the key, so that a server that sees a mail twice can tell."""
    return f"<{_hash(key)}@{settings.MESSAGE_ID_DOMAIN}>"


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def build(message: Message, *, now: datetime) -> bytes:
    """The mail as it is sent, plain text beside the HTML. ``From`` and ``To`` may stand among the row's headers.

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
    if not message.html:
        return head + _part("plain", message.text)
    return head + _alternatives(message, boundary=f"=_{_hash(f'boundary of {message.key}')}")


def _alternatives(message: Message, *, boundary: str) -> bytes:
    """A boundary is no line of any part: the parts' own "=" is written as "=3D", or stands before no underscore."""
    between = f"--{boundary}".encode()
    kind = f'Content-Type: multipart/alternative; boundary="{boundary}"'.encode()
    plain, html = _part("plain", message.text), _part("html", message.html)
    return END.join([kind, b"", between, plain, between, html, between + b"--", b""])


def _part(subtype: str, text: str) -> bytes:
    encoding, content = _encoded(text)
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'.encode()
        + content
    )


def _encoded(text: str) -> tuple[str, bytes]:
    """The text with line ends as CRLF; as it is where every server takes it so, else quoted-printable (RFC 2045)."""
    content = END.join(text.encode().splitlines())
    if content.isascii() and all(len(line) <= LONGEST_LINE for line in content.split(END)):
        return "7bit", content
    return "quoted-printable", binascii.b2a_qp(content, istext=True)


def _header(name: str, value: str) -> bytes:
    """Without folding: a link in a header stays on one line, as RFC 8058's readers expect it."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"The header {name} would break into two lines: {value!r}")
    if value.isascii():
        written = value
    elif name.lower() in ADDRESSES:
        written = ", ".join(formataddr(each) for each in getaddresses([value]))
    else:
        written = Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {written}\r\n".encode("ascii")


def envelope_sender(headers: Mapping[str, str]) -> str:
    return for_envelope(headers.get("From", settings.DEFAULT_FROM_EMAIL))


def for_envelope(address: str) -> str:
    """The bare address, its domain as DNS knows it. What cannot be written so is left to be refused."""
    local, _, domain = parseaddr(address)[1].rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address
