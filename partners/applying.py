"""The human gate: a would-be partner applies, talks with somebody, and is taken on by a person who leads them."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.accepting import accept
from partners.countries import time_zone_of
from partners.models import Application, Member, Partner, Vendor
from partners.registering import OtherVendors, register_partner


class AlreadyDecided(Exception):
    """The application was accepted, declined or withdrawn before."""

    message = _("This application has been decided already.")


class NoConversation(Exception):
    """Nobody has talked with the applicant yet, so nobody can accept them."""

    message = _("Talk with them first. Once the conversation is on record, you can accept.")


class NotYetHeld(Exception):
    """A conversation is put on record after it was held."""

    message = _("This time is still to come. Record the conversation once you have had it.")


class ReasonMissing(Exception):
    """A decision against somebody says why."""

    message = _("Write down why. You may be asked one day.")


class ApplicationAnswers(TypedDict, total=False):
    phone: str
    country: str
    language: str
    size: str
    motivation: str


@transaction.atomic
def apply(
    *,
    vendor: Vendor,
    company: str,
    contact_name: str,
    email: str,
    now: datetime,
    **answers: Unpack[ApplicationAnswers],
) -> Application:
    """An application to ``vendor``. Whoever applies again before a decision keeps the application they have."""
    Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
    waiting = Application.objects.of(vendor).undecided().filter(email=email).first()
    if waiting is not None:
        return waiting
    application = Application.objects.create(
        vendor=vendor,
        company=company,
        contact_name=contact_name,
        email=email,
        applied_at=now,
        **{"country": vendor.country, "language": vendor.language, **answers},
    )
    auditing.record(vendor=vendor, action="application.received", subject=application, by=None, now=now)
    return application


@transaction.atomic
def record_conversation(
    *, application: Application, interviewer: Member, held_at: datetime, notes: str, by: Member, now: datetime
) -> Application:
    """Put a conversation on record; recording again corrects it.

    Raises ``AlreadyDecided``, ``NotYetHeld``, and ``OtherVendors`` for an interviewer from elsewhere.
    """
    application = _lock_undecided(application)
    if held_at > now:
        raise NotYetHeld
    if interviewer.vendor_id != application.vendor_id:
        raise OtherVendors
    if application.state == Application.State.APPLIED:
        application.state = Application.State.CONVERSATION_HELD
    application.conversation_at = held_at
    application.interviewer = interviewer
    application.conversation_notes = notes
    application.save(update_fields=["state", "conversation_at", "interviewer", "conversation_notes"])
    _audit(application, "application.conversation_recorded", by=by, now=now, interviewer=str(interviewer))
    return application


@transaction.atomic
def accept_application(
    *, application: Application, by: Member, now: datetime, sponsor: Partner | None = None, playbook: str = ""
) -> Partner:
    """``by`` says "I can lead this one": they become the new partner's manager, and its playbook starts.

    Nobody says it in somebody else's name, and no machine says it. Accepting twice changes nothing.
    Raises ``NoConversation``, ``AlreadyDecided``, and ``OtherVendors`` for a sponsor from elsewhere.
    """
    application = _lock(application)
    if application.state == Application.State.ACCEPTED and application.partner is not None:
        return application.partner
    _refuse_decided(application)
    if application.conversation_at is None:
        raise NoConversation
    partner = _partner_from(application, by=by, sponsor=sponsor, now=now)
    partner = accept(partner=partner, by=by.user, now=now, playbook=playbook)
    application.partner = partner
    _decide(application, Application.State.ACCEPTED, reason="", by=by, now=now)
    return partner


@transaction.atomic
def decline(*, application: Application, reason: str, by: Member, now: datetime) -> Application:
    """Say no, with the reason. Raises ``AlreadyDecided`` and ``ReasonMissing``."""
    application = _lock_undecided(application)
    if not reason.strip():
        raise ReasonMissing
    return _decide(application, Application.State.DECLINED, reason=reason, by=by, now=now)


@transaction.atomic
def withdraw(*, application: Application, reason: str, by: Member, now: datetime) -> Application:
    """Write down that the applicant thought better of it. Raises ``AlreadyDecided``."""
    application = _lock_undecided(application)
    return _decide(application, Application.State.WITHDRAWN, reason=reason, by=by, now=now)


def _lock(application: Application) -> Application:
    locked = Application.objects.select_for_update(of=("self",))
    return locked.select_related("vendor", "partner").get(pk=application.pk)


def _lock_undecided(application: Application) -> Application:
    application = _lock(application)
    _refuse_decided(application)
    return application


def _refuse_decided(application: Application) -> None:
    if application.state not in Application.UNDECIDED:
        raise AlreadyDecided


def _partner_from(application: Application, *, by: Member, sponsor: Partner | None, now: datetime) -> Partner:
    return register_partner(
        vendor=application.vendor,
        company=application.company,
        contact_name=application.contact_name,
        contact_email=application.email,
        manager=by,
        by=by.user,
        now=now,
        country=application.country,
        time_zone=time_zone_of(application.country),
        language=application.language,
        size=application.size,
        phone=application.phone,
        sponsor=sponsor,
    )


def _decide(application: Application, state: str, *, reason: str, by: Member, now: datetime) -> Application:
    application.state = state
    application.decided_at = now
    application.decided_by = by
    application.decision_reason = reason
    application.save(update_fields=["state", "decided_at", "decided_by", "decision_reason", "partner"])
    _audit(application, f"application.{state}", by=by, now=now, reason=reason)
    return application


def _audit(application: Application, action: str, *, by: Member, now: datetime, **data: str) -> None:
    auditing.record(vendor=application.vendor, action=action, subject=application, by=by.user, now=now, **data)
