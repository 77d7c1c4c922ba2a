"""What a partner does about a step that the vendor does for them, signed in or from a mail."""

from dataclasses import dataclass
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
from playbooks.pages.handover_forms import AskForm
from playbooks.showing import ShownStep
from playbooks.walking import NotYourMove, ReasonMissing


class AskRefused(Exception):
    """What was sent to ask for it cannot be kept; ``form`` has what is wrong with it."""

    def __init__(self, form: AskForm) -> None:
        super().__init__()
        self.form = form


@dataclass(frozen=True)
class Answered(StuckAnswer):
    """What became of it: back on the page, where what is missing in what was delivered was not said.

    ``refused`` is what was sent to ask for it, with what is wrong with it.
    """

    refused: AskForm | None = None

    def on(self, page: str) -> str:
        return f"{page}?want=missing&missing=reason#missing" if self.is_reason_missing else page


def answer_handover(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> Answered:
    """One press, by the name of its move."""
    try:
        is_news = _move(request, shown, actor, now=now)
    except AskRefused as refused:
        return Answered(refused=refused.form)
    except OfferChanged:
        messages.warning(request, _("This offer has changed since you opened the page. Here it is as it stands now."))
        return Answered()
    except NotYourMove:
        say_not_open(request)
        return Answered()
    except ReasonMissing:
        return Answered(is_reason_missing=True)
    if is_news:
        _say(request, shown)
    return Answered()


def _move(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> bool:
    progress, sent = shown.progress, request.POST
    words = sent.get("words", "")
    match sent.get("move"):
        case "ask":
            return _ask(request, shown, actor, now=now)
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


def _ask(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> bool:
    """Raises what ``handing_over.ask`` raises, then with a message that has the words, and ``AskRefused``."""
    form = AskForm(request.POST, request.FILES)
    if not form.is_valid():
        raise AskRefused(form)
    said = form.cleaned_data
    try:
        return handing_over.ask(
            progress=shown.progress,
            seen=request.POST.get("seen", ""),
            wish=said["words"],
            file=said["file"],
            by=actor.user,
            now=now,
            actor_name=actor.name,
            contact=actor.contact,
        )
    except (OfferChanged, NotYourMove):
        if said["words"]:
            kept = _("What you wrote was not sent: “%(typed)s”")
            messages.warning(request, kept % {"typed": isolated(said["words"])})
        raise


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
