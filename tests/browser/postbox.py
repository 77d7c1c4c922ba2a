"""What a person's mail program does: waits for a mail, reads it, finds the link in it."""

import re
import threading
from email.message import EmailMessage

from tests.smtp_sink import SmtpSink

PATIENCE_SECONDS = 60.0


class Postbox(SmtpSink):
    """An SMTP server that lets a test wait for a mail."""

    def __init__(self) -> None:
        super().__init__()
        self._arrived = threading.Condition()

    def keep(self, recipient: str, raw: bytes) -> None:
        with self._arrived:
            super().keep(recipient, raw)
            self._arrived.notify_all()

    def to(self, address: str, *, about: str = "") -> list[EmailMessage]:
        return [mail for mail in self.mails if address in mail["To"] and about in mail["Subject"]]

    def wait_for(self, address: str, *, count: int = 1, about: str = "") -> EmailMessage:
        """The ``count``-th mail to an address, with these words in its subject; fails with what did arrive."""
        with self._arrived:
            if not self._arrived.wait_for(
                lambda: len(self.to(address, about=about)) >= count, timeout=PATIENCE_SECONDS
            ):
                arrived = [f"{mail['To']}: {mail['Subject']}" for mail in self.mails]
                raise AssertionError(f"Mail {count} to {address} did not arrive; there are {arrived}")
            return self.to(address, about=about)[count - 1]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(mail: EmailMessage, path: str) -> str:
    """The first address in the mail whose path begins with ``path``."""
    found = re.search(rf"https?://[^\s/]+{re.escape(path)}[^\s)>]+", text_of(mail))
    assert found, f"no link to {path} in {text_of(mail)}"
    return found.group(0)
