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
from partners.models import Partner
from playbooks.models import Confidence, Enrollment


def tell_manager(*, confidence: Confidence, enrollment: Enrollment, now: datetime) -> None:
    """Call it in the transaction of the answer. A doubt that is said anew, or otherwise, is told again."""
    partner = enrollment.partner
    settle(partner=partner, ending=Task.End.REPLACED if confidence.has_doubts else Task.End.SETTLED, now=now)
    settle_left(vendor_id=partner.vendor_id, key_begins=_key(enrollment), now=now)
    if not confidence.has_doubts:
        return
    company, reason = isolated(partner.company), confidence.reason
    texts = in_every_language(lambda: (_("%(company)s has doubts") % {"company": company}, reason))
    leave_with_manager(partner=partner, texts=texts, key=f"{_key(enrollment)}{now.isoformat()}", now=now)
    contact = confidence.contact or partner.contacts.filter(is_primary=True).first()
    if contact is not None:
        texts = in_every_language(lambda: (_("Has doubts"), reason))
        said = {"texts": texts, "made_at": now, "not_before": now}
        Task.objects.create(vendor=partner.vendor, partner=partner, contact=contact, kind=Task.Kind.DOUBT, **said)
    _mail(confidence, enrollment)


def settle(*, partner: Partner, ending: Task.End, now: datetime) -> None:
    """Somebody talked to them, or they are sure now."""
    doubts = Task.objects.still_open().filter(partner=partner, kind=Task.Kind.DOUBT)
    doubts.update(ended_at=now, ending=ending)


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
