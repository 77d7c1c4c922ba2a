"""How fast mails built by Django leave over one kept connection, with no engine: the ceiling of the mail path."""

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from bench.reminders.crew import Ready

WARM_UP = 25


def send_plainly(ready: Ready, *, port: int, mails: int, text: str, html: str) -> int:
    """Ready-made words in a mail of the usual shape, one at a time, through Django's own backend."""
    line = EmailBackend(host="127.0.0.1", port=port)
    line.open()
    for number in range(WARM_UP + mails):
        if number == WARM_UP:
            ready()
        to = f"Anna Berg {number} <anna{number}@partner.example>"
        mail = EmailMultiAlternatives("Ihr nächster Schritt ist bereit", text, "Vendor <v@example.com>", [to])
        mail.attach_alternative(html, "text/html")
        line.send_messages([mail])
    line.close()
    return mails
