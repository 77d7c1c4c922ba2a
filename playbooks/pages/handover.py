"""What a partner does about a step that the vendor does for them, signed in or from a mail."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.isolating import isolated
from playbooks import handing_over
from playbooks.handing_over import OfferChanged
from playbooks.models import Handover
from playbooks.pages.acting import Actor, StuckAnswer, say_not_open
from playbooks.showing import ShownStep
from playbooks.walking import NotYourMove, ReasonMissing

LONGEST_WISH = 2000


class Missing(StuckAnswer):
    """Back on the page: what is missing in what was delivered was not said."""

    def on(self, page: str) -> str:
        return f"{page}?want=missing&missing=reason#missing" if self.is_reason_missing else page


def answer_handover(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> Missing:
    """One press, by the name of its move."""
    try:
        is_news = _move(request, shown, actor, now=now)
    except OfferChanged:
        messages.warning(request, _("This offer has changed since you opened the page. Here it is as it stands now."))
        return Missing()
    except NotYourMove:
        say_not_open(request)
        return Missing()
    except ReasonMissing:
        return Missing(is_reason_missing=True)
    if is_news:
        _say(request, shown)
    return Missing()


def _move(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> bool:
    progress, sent = shown.progress, request.POST
    words = sent.get("words", "")[:LONGEST_WISH]
    match sent.get("move"):
        case "ask":
            return handing_over.ask(
                progress=progress,
                seen=sent.get("seen", ""),
                wish=words,
                by=actor.user,
                now=now,
                actor_name=actor.name,
                contact=actor.contact,
            )
        case "accept":
            seen = sent.get("seen", "")
            return handing_over.accept(progress=progress, seen=seen, by=actor.user, now=now, actor_name=actor.name)
        case "refuse":
            return handing_over.refuse(progress=progress, note=words, by=actor.user, now=now, actor_name=actor.name)
        case "take_back":
            return handing_over.take_back(progress=progress, by=actor.user, now=now, actor_name=actor.name)
        case "send_back":
            return handing_over.send_back(
                progress=progress, missing=words, by=actor.user, now=now, actor_name=actor.name
            )
        case "confirm":
            return handing_over.confirm(progress=progress, by=actor.user, now=now, actor_name=actor.name)
    raise NotYourMove  # no button of ours sends that


def _say(request: HttpRequest, shown: ShownStep) -> None:
    last = Handover.objects.filter(progress=shown.progress).order_by("-pk")[0]
    names = {"vendor": isolated(shown.vendor.name), "step": shown.text.title}
    day = {"day": date_format(last.ready_on, "SHORT_DATE_FORMAT")} if last.ready_on else {"day": ""}
    said = {
        Handover.State.REQUESTED: _("Asked. %(vendor)s answers with a price and a date."),
        Handover.State.ACCEPTED: _("Agreed. %(vendor)s does it for you by %(day)s."),
        Handover.State.RETURNED: _("%(vendor)s looks at it again. You hear from them by %(day)s."),
        Handover.State.CONFIRMED: _("Done: %(step)s."),
        Handover.State.REFUSED: _("Turned down. The step is yours again."),
        Handover.State.WITHDRAWN: _("Taken back. The step is yours again."),
    }
    messages.success(request, said[Handover.State(last.state)] % {**names, **day})
