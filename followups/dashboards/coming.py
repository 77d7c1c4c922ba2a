"""What will be sent to a partner, when and why; and where nothing will be, why not and what to do instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.db.models import Q
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followups.cadences.rehearsing import Fate, Line, foresee
from followups.dashboards.reckoning import Reckoning
from followups.dashboards.wording import ADD_PERSON, TALK, reach
from followups.engine.cadences import ANSWER, ASKED_FOR, CONFIDENCE, NOTICES, WELCOME, cadences_of
from followups.engine.composing import audience_of
from followups.engine.facts import address_of
from followups.engine.levels import Place
from followups.engine.waiting import only_answers
from followups.engine.wishes import Wishes, wishes_among
from followups.models import FollowUp, Message, Standing, Suppression, Touch
from followups.models.standing import walks_nothing
from partners.isolating import isolated
from partners.models import Partner, Vendor
from partners.templatetags.firstline import since_words
from playbooks.models import Progress
from playbooks.models.step import Turn
from playbooks.texts import text_in

ROWS = 30
Stops = Mapping[str, Suppression]  # by address, in lower case


@dataclass(frozen=True)
class Planned:
    at: datetime
    what: str
    why: str
    to: str
    moved: str  # why not at the time that ``why`` says, else ""


@dataclass(frozen=True)
class Unplanned:
    """Why nothing will be sent, and the one thing to do about it; no ``action`` where there is nothing to do."""

    why: str
    action: str = ""
    address: str = ""  # of where it is done, seen from the partner's page


RESTING = {
    Progress.State.STUCK.value: gettext_lazy(
        "Nothing, because it is your turn: they are stuck. Your answer gives the turn back, and reminders begin anew."
    ),
    Progress.State.WAITING.value: gettext_lazy(
        "Nothing, because it is your turn: they wait for your yes. Reminders begin anew when it is their turn again."
    ),
    Progress.State.HANDED_OVER.value: gettext_lazy(
        "Nothing, because it is your turn: you do this step for them, or owe them a quote. Reminders begin when they"
        " have to answer."
    ),
}
RESTS = gettext_lazy("Nothing, because this step is yours. Reminders begin when it is their turn again.")
STOPPED = {
    Suppression.Reason.UNSUBSCRIBED.value: gettext_lazy(
        "Nothing, because %(person)s unsubscribed on %(day)s. Only they can take that back, with the link in any mail."
    ),
    Suppression.Reason.BOUNCED.value: gettext_lazy(
        "Nothing, because mails to %(address)s came back on %(day)s: a mail server says there is no such address."
    ),
    Suppression.Reason.COMPLAINED.value: gettext_lazy("Nothing, because %(person)s marked a mail as spam on %(day)s."),
}


def stops_among(vendor: Vendor, addresses: Collection[str]) -> dict[str, Suppression]:
    """Why and since when some of these addresses get nothing from ``vendor``. What holds everywhere comes first."""
    lowered = {address.lower() for address in addresses}
    holding = Suppression.objects.filter(Q(vendor=vendor) | Q(vendor=None), address__in=lowered, lifted_at=None)
    rows = sorted(holding, key=lambda row: row.vendor_id is None)
    return {row.address: row for row in rows}


def planned(*, partner: Partner, language: str, stops: Stops, now: datetime) -> list[Planned]:
    """What will be sent unless the partner moves first, soonest first; nothing that somebody’s wish will hold back.

    Each at the time at which the engine would send it: one mail a day, and so far after the one before.
    """
    rows = list(
        FollowUp.objects.of(partner.vendor)
        .scheduled()
        .filter(partner=partner)
        .exclude(kind__in=NOTICES)  # there in a moment, and not for them
        .select_related("enrollment__version", "progress__step__stage", "contact", "member__user")
        .order_by("due_at", "id")[:ROWS]
    )
    reckoning = Reckoning(partner.vendor, [partner.pk])
    wishes = wishes_among({address_of(row) for row in rows}) if rows else Wishes()
    wanted = [row for row in rows if row.channel != Touch.Channel.MAIL or _is_wanted(row, stops, wishes)]
    foreseen = foresee(vendor=partner.vendor, partner_ids=[partner.pk], now=now) if wanted else {}
    return sorted((_planned(row, foreseen.get(row.pk), reckoning, language) for row in wanted), key=attrgetter("at"))


def _is_wanted(row: FollowUp, stops: Stops, wishes: Wishes) -> bool:
    address = address_of(row).lower()
    return address not in stops and not wishes.want_none((row.vendor_id, address), audience_of(row).value)


def _planned(followup: FollowUp, line: Line | None, reckoning: Reckoning, language: str) -> Planned:
    step = followup.progress.step if followup.progress else None
    words = {"step": text_in(step.texts, "title", language) or step.key if step else ""}
    what = _("Reminder of “%(step)s”") if step else _("Reminder")
    if followup.progress and only_answers(followup.progress):
        what = _("Reminder to answer: what you do for them at “%(step)s”")
    if followup.channel == Touch.Channel.IN_APP:
        what = _("A note at the bell about “%(step)s”")
    if followup.channel == Touch.Channel.CALL:
        what = _("A call about “%(step)s”, as a task for the channel manager")
    if followup.channel == Touch.Channel.WEBHOOK:
        what = _("Your own system is told of “%(step)s”, by webhook")
    if followup.kind == WELCOME:
        what, why = _("Welcome, with “%(step)s”"), _("once, between eight and eight where they live")
    elif followup.kind == ANSWER:
        what, why = _("Your answer about “%(step)s”"), _("between eight and eight where they live")
    elif followup.kind == CONFIDENCE:
        what, why = _("The question how sure they are"), _("once, a day after the start, unless they say it before")
    elif followup.kind == ASKED_FOR:
        why = _("because they asked to be reminded, unless it is done by then")
    else:
        why = reckoning.words(followup)
        why = _("%(when)s, unless it is done by then") % {"when": why} if step else why
    to = followup.contact.name if followup.contact else str(followup.member)
    at = line.at if line is not None and line.is_sent else followup.due_at
    return Planned(at=at, what=what % words, why=why, to=to, moved=_moved(followup, line))


def _moved(followup: FollowUp, line: Line | None) -> str:
    """Why it comes at another time than its hours say, or not at all as things are."""
    if line is not None and line.fate in (Fate.CANCELLED, Fate.SUPPRESSED):
        return _("As things are it is not sent: %(reason)s") % {"reason": FollowUp.Reason(line.reason).label}
    reason = line.moves[-1].reason if line is not None and line.moves else followup.reason
    return str(FollowUp.Reason(reason).label) if reason else ""


def why_nothing(*, standing: Standing, progress: Progress | None, stops: Stops, now: datetime) -> Unplanned:
    """Why nothing is planned for a partner. To be asked where ``planned`` found nothing."""
    person = isolated(standing.contact_name or standing.company)
    if standing.state == Partner.State.LEFT:
        return Unplanned(_("Nothing. They left your programme, and nothing is sent to who left."))
    if standing.state == Partner.State.SIGNED and not standing.orders:
        return Unplanned(_("Nothing, until you say yes."), _("Accept and start"), "#accept")
    if not standing.contact_email:
        why = _("Nothing, because nobody of %(company)s is on record.") % {"company": isolated(standing.company)}
        return Unplanned(why, _("Add a person"), ADD_PERSON)
    stop = stops.get(standing.contact_email.lower())
    if progress is not None and progress.turn != Turn.PARTNER:
        return _waiting(standing, person, can_be_mailed=stop is None)
    if stop is not None:
        return _stopped(standing, stop, person=person)
    if progress is not None and _wants_none(standing):
        why = _("Nothing, because %(person)s wants no mails about their own steps. Only they can change that.")
        return Unplanned(why % {"person": person}, *reach(standing))
    if progress is not None:
        return _used_up(progress, reach(standing), now=now)
    if standing.finished_at:
        ago = since_words(standing.finished_at, now=now)
        why = _("Nothing: they finished the playbook %(ago)s, and no step is open.") % {"ago": ago}
        return Unplanned(why, _("Ask %(person)s how it goes on") % {"person": person}, TALK)
    if walks_nothing(standing):
        return Unplanned(_("Nothing, because no playbook is running."), _("Start a playbook"), "#start")
    return Unplanned(_("Nothing: customers who walk no playbook get no reminders."), *reach(standing))


def _wants_none(standing: Standing) -> bool:
    mailbox = (standing.vendor_id, standing.contact_email.lower())
    return wishes_among([standing.contact_email]).want_none(mailbox, Touch.To.PARTNER.value)


def _waiting(standing: Standing, person: str, *, can_be_mailed: bool) -> Unplanned:
    """It is somebody else's turn, so the partner is left in peace."""
    is_stuck = standing.step_state == Progress.State.STUCK
    if standing.turn == Turn.VENDOR and not (can_be_mailed and not _wants_none(standing)):
        why = _("Nothing, because it is your turn, and nothing afterwards either: no mail can go to %(person)s.")
        act = (_("Help %(person)s on") % {"person": person}, "#help") if is_stuck else (_("Do your part"), "#now")
        return Unplanned(why % {"person": person}, *act)
    if standing.turn == Turn.VENDOR:
        if is_stuck:
            return Unplanned(str(RESTING[standing.step_state]), _("Help %(person)s on") % {"person": person}, "#help")
        return Unplanned(str(RESTING.get(standing.step_state, RESTS)), _("Do your part"), "#now")
    if standing.sponsor is None:
        why = _("Nothing, because this step is the sponsor’s, and they have none.")
        return Unplanned(why, _("Say who brought them in"), "edit/#id_sponsor")
    name = {"sponsor": isolated(standing.sponsor.company)}
    why = _("Nothing, because it is the turn of their sponsor, %(sponsor)s.") % name
    address = reverse("desk-partner", args=[standing.vendor.slug, standing.sponsor_id])
    return Unplanned(why, _("To %(sponsor)s") % name, address)


def _stopped(standing: Standing, stop: Suppression, *, person: str) -> Unplanned:
    day = formats.date_format(timezone.localtime(stop.created_at), "SHORT_DATE_FORMAT")
    why = str(STOPPED[stop.reason]) % {"person": person, "address": standing.contact_email, "day": day}
    if stop.reason == Suppression.Reason.BOUNCED:
        return Unplanned(why, _("Correct the address"), ADD_PERSON)
    return Unplanned(why, *reach(standing))


def _used_up(progress: Progress, instead: tuple[str, str], *, now: datetime) -> Unplanned:
    """Their turn, and no stop: all that the cadence has for this step was used up, or it had nothing."""
    ended = FollowUp.objects.finished().filter(progress=progress).select_related("message")
    last = ended.order_by("-finished_at", "-pk").first()
    if last is None:
        return Unplanned(_why_never(progress), *instead)
    if last.message is None:
        return Unplanned(_("Nothing more: the reminders of this step were held back."), *instead)
    if last.message.finished_at is None:
        return Unplanned(_("Nothing more about this step: its last reminder is on its way now."))
    if last.message.state != Message.State.ACCEPTED:
        return Unplanned(_("Nothing more about this step: its last reminder may not have arrived."), *instead)
    ago = since_words(last.message.finished_at, now=now)
    why = _("Nothing more about this step: its last reminder went out %(ago)s. Now a person helps most.")
    return Unplanned(why % {"ago": ago}, *instead)


def _why_never(progress: Progress) -> str:
    vendor, step = progress.enrollment.vendor_id, progress.step
    if not cadences_of([vendor]).of(vendor, Place.of(progress.enrollment.playbook_id, step)):
        return _("Nothing: your cadence says that nothing is sent at this step.")
    return _("Nothing: no reminder was planned when this step opened.")
