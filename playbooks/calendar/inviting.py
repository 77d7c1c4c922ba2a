"""What the person's mail program gets: the time as an invitation, each change of it, and that it is off."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from partners.isolating import isolated
from partners.places import zone
from playbooks.calendar.entries import cancellation, request
from playbooks.links import make_step_link
from playbooks.models import Slot

CALENDAR = "text/calendar"


def mail_invitation(slot: Slot) -> None:
    """To whoever chose the time; its link opens the step without a password until two weeks after that time."""
    with translation.override(slot.contact.language_code):
        url = make_step_link(contact=slot.contact, progress=slot.progress, now=slot.starts_at)
        subject = _("Moved: %(step)s, %(when)s") if slot.sequence else _("In your calendar: %(step)s, %(when)s")
        _send(slot, subject, request(slot, language=slot.contact.language_code, url=url), url=url)


def mail_cancellation(slot: Slot) -> None:
    with translation.override(slot.contact.language_code):
        subject = _("Off your calendar: %(step)s, %(when)s")
        _send(slot, subject, cancellation(slot, language=slot.contact.language_code))


def when(slot: Slot) -> str:
    """ "Thursday, 12 March, 10:00", where and as its reader lives."""
    local = localtime(slot.starts_at, zone(slot.time_zone))
    return f"{date_format(local, 'l')}, {date_format(local, 'MONTH_DAY_FORMAT')}, {time_format(local, 'H:i')}"


def _send(slot: Slot, subject: str, calendar: str, *, url: str = "") -> None:
    vendor, step = slot.vendor, slot.progress.step
    words = {"step": step.title(slot.contact.language_code), "when": when(slot)}
    context = {
        **words,
        "slot": slot,
        "contact": slot.contact,
        "vendor": vendor,
        "company": isolated(vendor.name),
        "minutes": step.minutes,
        "url": url,
    }
    mail = EmailMultiAlternatives(
        subject=subject % words,
        body=render_to_string("my/mail/slot.txt", context),
        from_email=formataddr((vendor.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[slot.contact.email],
        reply_to=[vendor.reply_to] if vendor.reply_to else None,
    )
    mail.attach_alternative(calendar, CALENDAR)
    mail.send()
