"""A touch as a certain partner would read it: composed as the engine composes it, with links that lead nowhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import translation

from followups.bell.reading import Note, note_of
from followups.engine.cadences import Rule
from followups.engine.composing import Mail, compose
from followups.engine.delivering import own_words
from followups.engine.merging import Words
from followups.engine.recipients import find_recipient
from followups.models import Cadence, FollowUp, Message, Notification, Touch
from followups.models.cadence import TouchRule
from followups.webhooks.payload import sample
from partners.models import Partner, Vendor
from partners.models.partner import company_key
from playbooks.models import Enrollment, PlaybookVersion, Progress, Step
from playbooks.models.step import Turn

FOUND_AT_MOST = 8


@dataclass(frozen=True)
class Preview:
    """Either a mail, or a note at the bell, or what is posted."""

    mail: Mail | None
    note: Note | None
    name: str
    address: str
    language: str
    posted: str = ""


class NobodyThere(Exception):
    """This partner has nobody whom the touch could go to, so it is left out."""


class NothingToWalk(Exception):
    """There is no step that the mail could be about."""


def preview(*, touch: TouchRule, cadence: Cadence, partner: Partner, language: str, now: datetime) -> Preview:
    """Raises ``NobodyThere`` and ``NothingToWalk``; writes nothing."""
    vendor = cadence.vendor
    partner.vendor = vendor
    recipient = find_recipient(partner, touch.to, touch.role)
    if recipient is None:
        raise NobodyThere
    progress = _step_of(partner, cadence, now=now)
    if progress is None:
        raise NothingToWalk
    if progress.step.role and not touch.role:
        recipient = find_recipient(partner, *Rule.of(touch).audience(progress.step.role)) or recipient
    followup = FollowUp(
        pk=0,
        vendor=vendor,
        partner=partner,
        enrollment=progress.enrollment,
        progress=progress,
        kind=touch.kind,
        contact=recipient.contact,
        member=recipient.member,
        anchor_at=progress.turn_since or now,
        offset=timedelta(hours=touch.after_hours),
        time_zone=recipient.zone,
        policy_version=vendor.policy_version,
        due_at=now,
    )
    person = recipient.contact or recipient.member
    address = recipient.contact.email if recipient.contact else recipient.member.user.email if recipient.member else ""
    theirs = recipient.contact.language_code if recipient.contact else vendor.language
    language = language or theirs
    if touch.channel == Touch.Channel.WEBHOOK:
        posted = sample(followup, Words.everywhere(vendor.pk, touch.kind, touch.texts), now=now)
        return Preview(None, None, name=str(person), address=address, language=vendor.language, posted=posted)
    if touch.channel != Touch.Channel.MAIL:
        note = _note(followup, touch, language=language, now=now)
        return Preview(mail=None, note=note, name=str(person), address=address, language=language)
    message = Message(kind=Message.Kind.REMINDER, vendor=vendor, to_address=address, language=language)
    words = Words.everywhere(vendor.pk, touch.kind, touch.texts)
    mail = compose(message, [followup], now=now, words=words, is_sample=True)
    return Preview(mail=mail, note=None, name=str(person), address=address, language=language)


def _note(followup: FollowUp, touch: TouchRule, *, language: str, now: datetime) -> Note:
    words = Words.everywhere(followup.vendor_id, touch.kind, touch.texts)
    texts = own_words(followup, words)
    with translation.override(language):
        return note_of(Notification(vendor=followup.vendor, followup=followup, texts=texts, made_at=now))


def _step_of(partner: Partner, cadence: Cadence, *, now: datetime) -> Progress | None:
    """The step this partner is at, where the cadence is for it; else the first that it is for, as if it were open."""
    running = Enrollment.objects.running().filter(partner=partner)
    if cadence.playbook_id is not None:
        running = running.filter(playbook=cadence.playbook_id)
    walking = Progress.objects.in_play().filter(_is_part(cadence), enrollment__in=running)
    found = walking.select_related("step", "enrollment").order_by("enrollment__started_at", "pk").first()
    if found is not None:
        return found
    step = _first_step(cadence)
    if step is None:
        return None
    version = step.version
    theirs = running.filter(playbook=version.playbook).first() if cadence.is_of_part else None
    imagined = Enrollment(vendor=cadence.vendor, partner=partner, playbook=version.playbook, version=version)
    return Progress(enrollment=theirs or imagined, step=step, position=step.position, opened_at=now, turn_since=now)


def _is_part(cadence: Cadence, step: str = "step__") -> Q:
    """Steps of the part that the cadence is for."""
    if cadence.step_key:
        return Q(**{f"{step}key": cadence.step_key})
    return Q(**{f"{step}stage__key": cadence.stage_key}) if cadence.stage_key else Q()


def _first_step(cadence: Cadence) -> Step | None:
    """Of what is published, the default playbook's and the newest first; a part may be in a draft alone."""
    steps = Step.objects.filter(_is_part(cadence, ""), version__playbook__vendor=cadence.vendor)
    if cadence.playbook_id is not None:
        steps = steps.filter(version__playbook=cadence.playbook_id)
    if not cadence.is_of_part:
        steps = steps.filter(version__state=PlaybookVersion.State.PUBLISHED)
    if not cadence.step_key:
        steps = steps.filter(who=Turn.PARTNER)
    newest = ("-version__playbook__is_default", "-version__state", "-version__number", "position")
    return steps.select_related("version__playbook").order_by(*newest).first()


def partners_called(vendor: Vendor, words: str) -> list[Partner]:
    """The first few whose company begins so."""
    wanted = company_key(words.replace("\0", ""))
    if not wanted:
        return []
    found = Partner.objects.of(vendor).exclude(state=Partner.State.LEFT).filter(company_key__startswith=wanted)
    return list(found.order_by("company_key", "pk")[:FOUND_AT_MOST])


def first_partner(vendor: Vendor, cadence: Cadence, *, to: str) -> Partner | None:
    """One who walks what the cadence is for, with a sponsor where it goes ``to`` them; else any who was accepted."""
    running = Enrollment.objects.of(vendor).running().select_related("partner__manager__user")
    if to == TouchRule.To.SPONSOR:
        sponsored = running.exclude(partner__sponsor=None)
        running = sponsored if sponsored.exists() else running
    if cadence.playbook_id is not None:
        running = running.filter(playbook=cadence.playbook_id)
    if cadence.is_of_part:
        there = Progress.objects.in_play().filter(_is_part(cadence), enrollment__in=running)
        at_it = running.filter(pk__in=there.values("enrollment")).order_by("pk").first()
        if at_it is not None:
            return at_it.partner
    enrollment = running.order_by("pk").first()
    if enrollment is not None:
        return enrollment.partner
    accepted = Partner.objects.of(vendor).filter(state=Partner.State.ACCEPTED)
    return accepted.select_related("manager__user").order_by("pk").first()
