"""A partner has doubts: whoever leads it hears why at once, by mail, at the bell and as a call to make."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from followups.bell.leaving import in_every_language, leave_with_manager, settle_left
from followups.models import Task
from partners.isolating import isolated
from partners.models import Contact
from playbooks.models import Confidence, Enrollment


def tell_manager(*, confidence: Confidence, enrollment: Enrollment, now: datetime) -> None:
    """Call it in the transaction of the answer. A doubt that is said anew, or otherwise, is told again.

    Who is sure after a doubt is still to be talked to: the task stays until then, and says so.
    """
    partner = enrollment.partner
    settle_left(vendor_id=partner.vendor_id, key_begins=_key(enrollment), now=now)
    before = Task.objects.still_open().filter(partner=partner, kind=Task.Kind.DOUBT).select_related("contact").first()
    if not confidence.has_doubts:
        if before is not None:
            _say_over(before)
        return
    if before is not None:
        before.ended_at, before.ending = now, Task.End.REPLACED
        before.save(update_fields=["ended_at", "ending"])
    company, reason = isolated(partner.company), confidence.reason
    texts = in_every_language(lambda: (_("%(company)s has doubts") % {"company": company}, reason))
    leave_with_manager(partner=partner, texts=texts, key=f"{_key(enrollment)}{now.isoformat()}", now=now)
    contact = confidence.contact or partner.contacts.filter(is_primary=True).first()
    if contact is not None:
        said_so_far = _with_colleagues(before, contact, reason)
        texts = in_every_language(lambda: (_("Has doubts"), said_so_far))
        said = {"texts": texts, "made_at": now, "not_before": now}
        Task.objects.create(vendor=partner.vendor, partner=partner, contact=contact, kind=Task.Kind.DOUBT, **said)
    _mail(confidence, enrollment)


def _say_over(task: Task) -> None:
    reason = _reason_in(task)
    task.texts = in_every_language(lambda: (_("Had doubts, and says to be confident now"), reason))
    task.save(update_fields=["texts"])


def _with_colleagues(before: Task | None, contact: Contact, reason: str) -> str:
    """What a colleague doubts, which nobody has talked about yet, stands beside it."""
    if before is None or before.contact is None or before.contact == contact or not _reason_in(before):
        return reason
    return f"{reason} / {isolated(before.contact.name)}: {_reason_in(before)}"


def _reason_in(task: Task) -> str:
    """The person's own words, which are the same in every language."""
    return next((said.get("body", "") for said in task.texts.values()), "")


def _key(enrollment: Enrollment) -> str:
    return f"doubts:{enrollment.pk}:"


def _mail(confidence: Confidence, enrollment: Enrollment) -> None:
    """To the person who leads the partner, in their language."""
    partner, manager = enrollment.partner, enrollment.partner.manager.user
    contact = confidence.contact
    with translation.override(manager.language or partner.vendor.language):
        page = reverse("desk-partner", args=[partner.vendor.slug, partner.pk])
        context = {
            "company": isolated(partner.company),
            "manager": isolated(str(manager)),
            "person": isolated(contact.name) if contact else "",
            "phone": (contact.phone if contact else "") or partner.phone,
            "email": contact.email if contact else "",
            "reason": confidence.reason,
            "goal": enrollment.goal,
            "url": f"{settings.BASE_URL}{page}#talk",
        }
        EmailMessage(
            subject=_("%(company)s has doubts") % context,
            body=render_to_string("followups/mails/doubts.txt", context),
            to=[manager.email],
            reply_to=[contact.email] if contact else None,
        ).send()
