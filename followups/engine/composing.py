"""The mails as a person reads them: their own goal, why the step pays, one button, and how to stop it."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email.utils import formataddr, parseaddr
from functools import lru_cache
from typing import Any, TypedDict

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followups.engine.answering import MOVED, Answer
from followups.engine.asking import door_of
from followups.engine.cadences import CONFIDENCE, STILL_OPEN
from followups.engine.emphasis import marked, plain
from followups.engine.ink import readable_on
from followups.engine.merging import NO_WORDS, Words, merge
from followups.engine.mime import for_envelope
from followups.engine.shaping import renderer
from followups.engine.waiting import NOTHING_WAITS, Waiting
from followups.models import FollowUp, Message, Touch
from followups.models.followup import FollowUpFields
from followups.unsubscribing import unsubscribe_url
from partners.isolating import isolated
from partners.models import Vendor
from partners.places import zone
from partners.templatetags.firstline import paragraphs, quoted
from playbooks.doing import FOR_SOMEBODY
from playbooks.links import make_step_link
from playbooks.models import Handover, Progress
from playbooks.offers.items import in_words
from playbooks.paths.wanted import is_late, wanted

SUBJECT_LENGTH = 200
NOWHERE = "#"


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str
    html: str
    headers: dict[str, str]


class Item(TypedDict):
    """One step in a reminder, as its reader sees it."""

    company: str
    title: str
    why: SafeString
    why_text: str
    minutes: int
    opened_on: str
    note: str  # whom it is for and by when, in whole sentences; empty where nothing is said
    url: str
    # Where they only have to answer, which of both (a member, as templates decide by it); else empty.
    waits: Handover.State | str
    price: str
    day: str  # of a quote: by when it would be ready; else when it was delivered


class AnswerMissing(Exception):
    """The log that held it has been cut; there is nothing to write."""


def compose(
    message: Message,
    followups: Sequence[FollowUp],
    *,
    now: datetime,
    words: Words = NO_WORDS,
    answer: Answer | None = None,
    waiting: Mapping[int, Waiting] = NOTHING_WAITS,
    is_sample: bool = False,
) -> Mail:
    """The mail for what is still to be reminded of; ``followups`` is not empty, and each comes with its step.

    ``words`` are the vendor's own for these touches. They speak of one step, so a mail about several is in ours.
    ``answer`` is what an answer says. ``waiting`` is what the partner only has to say yes or no to, by step: of that
    the mail speaks in our words, as the vendor's are about a step to be done.
    In a sample, which is not sent, all links are ``NOWHERE``: whoever looks at it may not act as its reader.
    """
    followups = sorted(followups, key=lambda one: one.kind == CONFIDENCE)  # the question comes last
    first = followups[0]
    with translation.override(message.language or first.vendor.language), timezone.override(zone(first.time_zone)):
        context = _context(message, followups, waiting, now=now, is_sample=is_sample)
        if message.kind == Message.Kind.ANSWER:
            context |= _answer(first, answer)
        kind = _template(message, first, context["items"])
        own = words.of(first) if len(context["items"]) == 1 and not context["items"][0]["waits"] else {}
        if own:
            context["opening"] = merge(own["body"], values_for(context))
            context["paragraphs"] = paragraphs(context["opening"])
        subject = merge(own["subject"], values_for(context)) if own else _subject(kind, first, context)
        subject = " ".join(subject.split())[:SUBJECT_LENGTH]
        return Mail(
            subject=subject,
            text=_render(f"mail/{kind}.txt", context),
            html=_render(f"mail/{kind}.html", {**context, "subject": subject}),
            headers=_headers(message, first, context["unsubscribe_url"]),
        )


def _render(template: str, context: Mapping[str, Any]) -> str:
    """An answer is written once, and its template changes its texts, which those of a shape may not."""
    if not template.startswith("mail/answer."):
        return renderer().render(template, context)
    written = render_to_string(template, context)
    return written if template.endswith(".html") else html.unescape(written)


def audience_of(followup: FollowUpFields) -> Touch.To:
    if followup.member_id is not None:
        return Touch.To.MANAGER
    own = followup.contact is not None and followup.contact.partner_id == followup.partner_id
    return Touch.To.PARTNER if own else Touch.To.SPONSOR


def _context(
    message: Message,
    followups: Sequence[FollowUp],
    waiting: Mapping[int, Waiting],
    *,
    now: datetime,
    is_sample: bool,
) -> dict[str, Any]:
    first, vendor = followups[0], followups[0].vendor
    about = [followup for followup in followups if followup.kind != CONFIDENCE]
    by_step = {followup.progress_id or -followup.pk: followup for followup in about}
    enrollment = first.enrollment
    return {
        "vendor": {"name": isolated(vendor.name), "colour": vendor.colour, "postal_address": vendor.postal_address},
        "ink": readable_on(vendor.colour),
        "audience": audience_of(first),
        "name": isolated(name_of(first)),
        "company": isolated(first.partner.company),
        "manager": isolated(str(first.partner.manager.user)),
        "reader": isolated(vendor.name if vendor.reply_to else str(first.partner.manager.user)),
        "goal": _in_quotes(enrollment.goal) if enrollment and audience_of(first) == Touch.To.PARTNER else "",
        "goal_by": _day(enrollment.goal_by) if enrollment else "",
        "goal_why": _in_quotes(enrollment.goal_why) if enrollment else "",
        "items": [
            _item(
                followup,
                message.language or vendor.language,
                waiting.get(followup.progress_id or 0),
                url=NOWHERE if is_sample else _url(followup, now),
                now=now,
            )
            for followup in by_step.values()
        ],
        "ask": _question(followups, now=now, is_sample=is_sample),
        "unsubscribe_url": NOWHERE if is_sample else unsubscribe_url(vendor=vendor, address=message.to_address),
        **(_greeting(first) if message.kind == Message.Kind.GREETING else {}),
    }


def _question(followups: Sequence[FollowUp], *, now: datetime, is_sample: bool) -> Mapping[str, str] | str:
    """Where both answers of the remorse check are given; empty where nothing is asked."""
    token = door_of(followups, now=now)
    if not token:
        return ""
    url = NOWHERE if is_sample else f"{settings.BASE_URL}{reverse('step-link-sure', args=[token])}"
    return {"confident": url, "doubts": url if is_sample else f"{url}?answer=doubts#doubts"}


def values_for(context: Mapping[str, Any]) -> dict[str, str]:
    """What the fields in a vendor's own words stand for in this mail."""
    item: Item = context["items"][0]
    return {
        "name": context["name"],
        "company": context["company"],
        "step": item["title"],
        "minutes": minutes_in_words(item["minutes"]),
        "vendor": context["vendor"]["name"],
        "manager": context["manager"],
    }


def _greeting(followup: FollowUp) -> dict[str, Any]:
    """What they applied with, where the playbook leads, and when they were accepted."""
    application = getattr(followup.partner, "application", None)
    version = followup.enrollment.version if followup.enrollment else None
    language = translation.get_language() or ""
    return {
        "motivation": _in_quotes(application.motivation) if application else "",
        "playbook": version.text("name", language) if version else "",
        "summary": version.text("summary", language) if version else "",
        "accepted_on": _day(followup.partner.accepted_at),
    }


def _answer(followup: FollowUp, answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        raise AnswerMissing(f"Nothing on record says what follow-up {followup.pk} is to answer.")
    given = answer.given(translation.get_language() or "")
    return {
        "helper": answer.by or followup.vendor.name,
        "said": "\n\n".join(filter(None, [_terms(answer), answer.text, given])),
        "move": answer.move,
        "question": answer.question,
        "is_sent_back": answer.is_sent_back,
    }


def _terms(answer: Answer) -> str:
    """Of a quote: what it would cost, and by when it would be done. Of a later day: both days."""
    if answer.move == MOVED:
        agreed, day = (_day(date.fromisoformat(answer.terms[each])) for each in ("moved_from", "ready_on"))
        return _("%(agreed)s was agreed. Now it will be ready by %(day)s.") % {"agreed": agreed, "day": day}
    if answer.move != "quoted":
        return ""
    price = in_words(Decimal(answer.terms["amount"]), answer.terms["currency"])
    day = _day(date.fromisoformat(answer.terms["ready_on"]))
    return _("%(price)s, ready by %(day)s") % {"price": price, "day": day}


def _in_quotes(words: str) -> str:
    return str(quoted(words)) if words else ""


def _day(moment: date | None) -> str:
    """As the reader writes it, and where they live."""
    if moment is None:
        return ""
    day = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    return _written(day, translation.get_language() or "")


@lru_cache(maxsize=1024)
def _written(day: date, language: str) -> str:
    return formats.date_format(day, "DATE_FORMAT")


def _template(message: Message, first: FollowUp, items: Sequence[Item]) -> str:
    """Which of the templates below ``mail/`` it is written from."""
    if message.kind == Message.Kind.GREETING:
        return "welcome"
    if not items:
        return "confidence"
    if message.kind == Message.Kind.ANSWER:
        return "answer"
    if len(items) == 1 and items[0]["waits"] and audience_of(first) == Touch.To.PARTNER:
        return "handed"
    if first.kind == STILL_OPEN and len(items) == 1 and audience_of(first) == Touch.To.PARTNER:
        return "still_open"
    return "reminder"


def _due(progress: Progress, *, now: datetime) -> str:
    """Where the reader lives, whose zone is the one in force."""
    said = wanted(progress, where=timezone.get_current_timezone(), now=now)
    if not said:
        return ""
    return (_("It %(due)s.") if is_late(progress, now=now) else _("It is wanted %(due)s.")) % {"due": said}


def _for_whom(followup: FollowUp, progress: Progress) -> str:
    """At a partner, why it comes to this person and not to whom the playbook talks to."""
    role = progress.step.role if audience_of(followup) == Touch.To.PARTNER else ""
    return str(FOR_SOMEBODY[role]) if role else ""


def _item(followup: FollowUp, language: str, waits: Waiting | None, *, url: str, now: datetime) -> Item:
    item = _step(followup, language, url=url, now=now)
    if waits is None:
        return item
    is_quote = waits.state == Handover.State.QUOTED
    item["waits"], item["price"] = waits.state, in_words(waits.amount, waits.currency)
    item["day"] = _day(waits.ready_on if is_quote else waits.since)
    # It is a press, so neither how long it takes nor why it pays is said.
    item["minutes"], item["why"], item["why_text"], item["note"] = 0, SafeString(""), "", ""
    return item


def _step(followup: FollowUp, language: str, *, url: str, now: datetime) -> Item:
    progress = followup.progress
    if progress is None:
        company = followup.partner.company
        return Item(
            company=company,
            title=company,
            why=SafeString(""),
            why_text="",
            minutes=0,
            opened_on="",
            note="",
            url=url,
            waits="",
            price="",
            day="",
        )
    why = str(progress.step.text("why", language) or "")
    return Item(
        company=followup.partner.company,
        title=progress.step.title(language),
        why=marked(why),
        why_text=plain(why),
        minutes=progress.step.minutes,
        opened_on=_day(progress.opened_at),
        note=" ".join(filter(None, [_for_whom(followup, progress), _due(progress, now=now)])),
        url=url,
        waits="",
        price="",
        day="",
    )


def _url(followup: FollowUp, now: datetime) -> str:
    audience = audience_of(followup)
    if audience == Touch.To.PARTNER and followup.contact is not None and isinstance(followup.progress, Progress):
        return make_step_link(contact=followup.contact, progress=followup.progress, now=now)
    if audience == Touch.To.MANAGER:
        path = reverse("desk-partner", args=[followup.vendor.slug, followup.partner_id])
        return f"{settings.BASE_URL}{path}"
    path = reverse("my-first-line" if audience == Touch.To.SPONSOR else "my-today")
    return f"{settings.BASE_URL}{path}"


def name_of(followup: FollowUp) -> str:
    if followup.contact is not None:
        return followup.contact.name
    return followup.member.user.name if followup.member is not None else ""


def _subject(kind: str, first: FollowUp, context: Mapping[str, Any]) -> str:
    items: Sequence[Item] = context["items"]
    if kind == "answer" and context["is_sent_back"]:
        return _("Something is missing: %(title)s") % {"title": items[0]["title"]}
    if kind == "answer" and context["move"]:
        said = {
            "quoted": _("What it costs if it is done for you: %(title)s"),
            "delivered": _("Done for you, have a look: %(title)s"),
            "declined": _("Yours again: %(title)s"),
            MOVED: _("Later than agreed: %(title)s"),
        }
        return said[context["move"]] % {"title": items[0]["title"]}
    if kind == "answer":
        return _("%(name)s answered: %(title)s") % {"name": context["helper"], "title": items[0]["title"]}
    if kind == "confidence":
        return _("How sure are you about %(vendor)s?") % {"vendor": isolated(first.vendor.name)}
    if kind == "welcome":
        return _("Welcome to %(vendor)s: your first step takes %(minutes)s") % {
            "vendor": isolated(first.vendor.name),
            "minutes": minutes_in_words(items[0]["minutes"]),
        }
    if audience_of(first) != Touch.To.PARTNER:
        return _("%(company)s could use a word from you") % {"company": isolated(first.partner.company)}
    if kind == "handed" and items[0]["waits"] == Handover.State.QUOTED:
        return _("Your quote is waiting, accept or decline: %(title)s") % {"title": items[0]["title"]}
    if kind == "handed":
        delivered = {"day": items[0]["day"], "title": items[0]["title"]}
        return _("Delivered on %(day)s, look and confirm: %(title)s") % delivered
    if len(items) > 1:
        count = len(items)
        return ngettext("%(count)d step is waiting for you", "%(count)d steps are waiting for you", count) % {
            "count": count
        }
    words = _("Still open: %(title)s") if first.kind == STILL_OPEN else _("Your next step: %(title)s")
    return words % {"title": items[0]["title"]}


def minutes_in_words(minutes: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def _headers(message: Message, first: FollowUp, unsubscribe: str) -> dict[str, str]:
    vendor = first.vendor
    return {
        "From": formataddr((vendor.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        "To": formataddr((name_of(first), for_envelope(message.to_address))),
        "Reply-To": reply_address(vendor, first),
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def reply_address(vendor: Vendor, followup: FollowUp) -> str:
    return vendor.reply_to or followup.partner.manager.user.email
