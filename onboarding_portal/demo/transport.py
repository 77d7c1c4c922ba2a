"""Where the demo's mails go: nowhere. The outbox keeps them, and the mailbox page shows them."""

from followups.engine.transports import Reply


class MailboxTransport:
    """A mail server that takes everything and passes nothing on."""

    is_ready = True

    def connect(self) -> None:
        """There is no line to make."""

    def begin(self, *, sender: str, recipient: str) -> None:
        """Every address is welcome."""

    def deliver(self, content: bytes) -> Reply:
        return Reply(250, "kept in the demo's mailbox")

    def abandon(self) -> None:
        """Nothing was begun."""

    def close(self) -> None:
        """Nothing is open."""
