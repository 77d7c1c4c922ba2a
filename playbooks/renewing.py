"""Mailing a fresh link to someone whose link has expired, to the address that the old one went to."""

from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from partners import auditing
from partners.models import AuditEntry, Contact
from playbooks.links import StepLink, make_step_link
from playbooks.models import Progress

ACTION = "step_link.renewed"
PAUSE = timedelta(minutes=10)


@transaction.atomic
def mail_fresh_link(*, link: StepLink, now: datetime) -> bool:
    """Mail a link to the step that is in play now; not again within ten minutes, however often it is asked for."""
    contact = Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=link.contact.pk)
    contact.partner = link.contact.partner
    vendor = contact.partner.vendor
    subject = f"contact {contact.pk}"
    recent = AuditEntry.objects.filter(vendor=vendor, at__gt=now - PAUSE, at__lte=now, action=ACTION, subject=subject)
    if recent.exists():
        return False
    auditing.record(vendor=vendor, action=ACTION, subject=subject, by=None, now=now)
    progress = _step_in_play(link.progress)
    with translation.override(contact.language_code):
        _write(contact, progress, make_step_link(contact=contact, progress=progress, now=now)).send()
    return True


def _step_in_play(progress: Progress) -> Progress:
    steps = Progress.objects.in_play().filter(enrollment=progress.enrollment_id).select_related("step")
    return steps.partners_first().first() or progress


def _write(contact: Contact, progress: Progress, url: str) -> EmailMessage:
    vendor = contact.partner.vendor
    title = progress.step.title(contact.language_code)
    context = {"contact": contact, "vendor": vendor, "title": title, "minutes": progress.step.minutes, "url": url}
    return EmailMessage(
        subject=_("Your link: %(step)s") % {"step": title},
        body=render_to_string("my/mail/fresh_link.txt", context),
        to=[contact.email],
        reply_to=[vendor.reply_to] if vendor.reply_to else None,
    )
