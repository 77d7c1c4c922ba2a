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
from playbooks.pages.acting import Actor, StuckAnswer, say_not_open, say_unsent
from playbooks.pages.handover_forms import AskForm
from playbooks.pages.words import AnsweringForm, WordsForm
from playbooks.showing import ShownStep
from playbooks.walking import NotYourMove, ReasonMissing


class AskRefused(Exception):
    """What was sent to ask for it cannot be kept; ``form`` has what is wrong with it."""

    def __init__(self, form: AskForm) -> None:
        super().__init__()
        self.form = form


class WordsRefused(Exception):
    """The same for the words along with any other move."""

    def __init__(self, form: WordsForm) -> None:
        super().__init__()
        self.form = form


@dataclass(frozen=True)
class Answered(StuckAnswer):
    """What became of it: back on the page, where what is missing in what was delivered was not said.

    ``asked`` is what was sent to ask for it, where it has to be looked at again.
    """

    asked: AskForm | None = None

    def on(self, page: str) -> str:
        return f"{page}?want=missing&missing=reason#missing" if self.is_reason_missing else page


def answer_handover(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> Answered:
    """One press, by the name of its move."""
    try:
        is_news = _move(request, shown, actor, now=now)
    except AskRefused as refused:
        return Answered(asked=refused.form)
    except WordsRefused as refused_words:
        return Answered(refused=refused_words.form)
    except OfferChanged:
        _say_changed(request)
        _give_back(request)
        return Answered()
    except NotYourMove:
        say_not_open(request)
        _give_back(request)
        return Answered()
    except ReasonMissing:
        return Answered(is_reason_missing=True)
    if is_news:
        _say(request, shown)
    return Answered()


def _move(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> bool:
    progress, sent = shown.progress, request.POST
    if sent.get("move") == "ask":
        return _ask(request, shown, actor, now=now)
    form = AnsweringForm(sent)
    if not form.is_valid():
        raise WordsRefused(form)
    words = form.said
    match sent.get("move"):
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
    """Raises what ``handing_over.ask`` raises, and ``AskRefused``: also where there is another offer by now."""
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
    except OfferChanged as changed:
        if shown.offered is None:
            raise
        _say_changed(request)
        if said["file"]:  # a browser does not send it twice
            form.add_error("file", _("Your file was not sent, because the offer has changed. Choose it once more."))
        raise AskRefused(form) from changed


def _say_changed(request: HttpRequest) -> None:
    messages.warning(request, _("This offer has changed since you opened the page. Here it is as it stands now."))


def _give_back(request: HttpRequest) -> None:
    """What nothing takes any longer: the words, and of a file at least the word that it is not here."""
    say_unsent(request, request.POST.get("words", "").strip())
    file = request.FILES.get("file")
    if file is not None:
        messages.warning(request, _("Your file was not sent: %(file)s") % {"file": isolated(str(file.name))})


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
