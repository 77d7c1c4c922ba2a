"""Reports that mail servers send back: a mail that could not be delivered (RFC 3464), or was called spam (RFC 5965).

Anybody can write such a report. It counts only if it brings back, in the headers of the mail it is about, the signed
link of ``List-Unsubscribe``: that names the vendor and the address, and nobody else can make it.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from typing import NamedTuple

from followups.bouncing import suppress_bounced, suppress_complained
from followups.engine.transports import NO_SUCH_ADDRESS
from followups.unsubscribing import LinkAltered, Mailbox, read_token

OURS = re.compile(r"/l/u/([^/>\s]+)/?>")
BOUNCED, COMPLAINED = "bounced", "complained"


class NoReport(Exception):
    """Not a report on a mail: an answer, an absence note, or a mail that was only late."""


class NotOurs(Exception):
    """A report that does not bring back a link that was signed here."""


class Report(NamedTuple):
    what: str  # BOUNCED or COMPLAINED
    mailbox: Mailbox
    happened_at: datetime | None


def take(content: bytes, *, now: datetime) -> bool:
    """Act on a report; says whether that changed anything. Raises ``NoReport`` and ``NotOurs``."""
    report = read_report(content)
    address, happened_at = report.mailbox.address, report.happened_at
    if report.what == BOUNCED:
        return suppress_bounced(address=address, now=now, happened_at=happened_at)
    return suppress_complained(address=address, vendor=report.mailbox.vendor, now=now, happened_at=happened_at)


def read_report(content: bytes) -> Report:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    kind = str(mail.get_param("report-type", "") or "").lower()
    if mail.get_content_type() != "multipart/report" or kind not in ("delivery-status", "feedback-report"):
        raise NoReport
    if kind == "delivery-status" and not _is_dead(mail):
        raise NoReport
    what = BOUNCED if kind == "delivery-status" else COMPLAINED
    return Report(what, _mailbox(mail), _date(mail))


def _is_dead(mail: Message) -> bool:
    """Whether a server says of a recipient, in so many words, that there is no such address."""
    return any(
        block.get("Action", "").strip().lower() == "failed" and block.get("Status", "").split(" ")[0] in NO_SUCH_ADDRESS
        for part in mail.walk()
        if part.get_content_type() == "message/delivery-status"
        for block in _blocks(part)
    )


def _blocks(part: Message) -> Iterator[Message]:
    """The first block is about the mail, the others each about a recipient."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def _mailbox(mail: Message) -> Mailbox:
    for headers in _returned(mail):
        found = OURS.search("".join(str(headers.get("List-Unsubscribe", "")).split()))
        if found:
            try:
                return read_token(found.group(1))
            except LinkAltered as error:
                raise NotOurs from error
    raise NotOurs


def _returned(mail: Message) -> Iterator[Message]:
    """The headers of the mail that the report is about: it comes back whole, or its headers alone."""
    for part in mail.walk():
        if part.get_content_type() == "text/rfc822-headers":
            raw = part.get_payload(decode=True)
            if isinstance(raw, bytes):
                yield email.message_from_bytes(raw, policy=email.policy.default)
        elif part.get_content_type() == "message/rfc822":
            payload = part.get_payload()
            if isinstance(payload, list):
                yield from (each for each in payload if isinstance(each, EmailMessage))


def _date(mail: Message) -> datetime | None:
    said = getattr(mail.get("Date"), "datetime", None)
    if not isinstance(said, datetime):
        return None
    return said.astimezone(UTC) if said.tzinfo is not None else said.replace(tzinfo=UTC)
