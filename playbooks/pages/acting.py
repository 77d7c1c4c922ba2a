"""What a person does on a step's page, signed in or from a mail: a form is read, one domain function called."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.crypto import salted_hmac
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners import clock
from partners.isolating import isolated
from partners.models import Activity, Contact, User
from playbooks import walking
from playbooks.doing import Doer
from playbooks.evidence.forms import EvidenceForm
from playbooks.evidence.giving import attach
from playbooks.goals import write_goal
from playbooks.models import Enrollment, Progress
from playbooks.pages.handover_forms import AskForm
from playbooks.pages.words import AnsweringForm, StuckForm, WordsForm
from playbooks.showing import ShownStep
from playbooks.walking import NotYourMove, ReasonMissing

DAY = 24 * 60 * 60  # seconds
LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, or the contact that a link was mailed to."""

    user: User | None
    name: str
    side: str
    contact: Contact | None

    def draft_of(self, progress: Progress) -> str:
        """The name under which this person's browser keeps what is typed in the step."""
        return self.draft_named(str(progress.pk))

    def draft_named(self, name: str) -> str:
        return draft_named(name, f"c{self.contact.pk}" if self.contact else f"u{self.user and self.user.pk}")


def draft_named(name: str, whose: str) -> str:
    """In letters alone, from which nobody reads whose draft it is."""
    return salted_hmac("draft", f"{name}.{whose}").hexdigest()[:20].translate(LETTERS)


@dataclass(frozen=True)
class StuckAnswer:
    """What became of "I'm stuck": an obstacle, by number, whose answer to show; a reason to ask for; or nothing."""

    obstacle: int | None = None
    is_reason_missing: bool = False
    has_own_words: bool = False  # beside an obstacle that was answered: they were not sent yet
    refused: WordsForm | None = None  # what they wrote, with what is wrong with it

    @property
    def is_open(self) -> bool:
        """Whether what was typed is still the reader's to send."""
        return self.is_reason_missing or self.has_own_words

    def on(self, page: str) -> str:
        """The address on ``page`` where the reader goes on."""
        if self.is_reason_missing:
            return f"{page}?want=stuck&missing=reason#problems"
        return f"{page}?obstacle={self.obstacle}#answer" if self.obstacle else page


@dataclass(frozen=True)
class Sent:
    """The forms of a step's page as they were sent; None for what the step does not ask for."""

    goal: "GoalForm | None" = None
    evidence: EvidenceForm | None = None

    @property
    def is_valid(self) -> bool:
        checked = [form.is_valid() for form in (self.goal, self.evidence) if form is not None]
        return all(checked)


class NotFinished(Exception):
    """What the step asks for is not all there; ``sent`` has the forms, each with what is wrong with it."""

    def __init__(self, sent: Sent) -> None:
        super().__init__()
        self.sent = sent


def finish(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> bool:
    """Done. Says whether this press did it. Raises ``NotFinished``.

    What was written about the goal is kept first: should the step be closed by now, the words are not lost. They
    never replace a goal that was written down meanwhile.
    """
    sent = _sent(request, shown, actor)
    if sent.evidence is not None and request.FILES:
        _keep_files(shown, actor, sent.evidence, now=now)
    if shown.has_form and not sent.is_valid:
        raise NotFinished(sent)
    if sent.goal is not None:
        _keep_goal(request, shown, actor, sent.goal, now=now)
    given = sent.evidence.given() if sent.evidence is not None and sent.evidence.is_valid() else {}
    try:
        is_news = walking.complete(
            progress=shown.progress,
            by=actor.user,
            now=now,
            actor_name=actor.name,
            side=actor.side,
            given=given,
            contact=actor.contact,
        )
    except NotYourMove:
        say_not_open(request)
        is_news = False
    if not is_news and sent.evidence is not None:
        _give_back(request, shown, sent.evidence)
    return is_news


def take_back(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> None:
    """What was handed in is the partner's again, as it was typed."""
    try:
        taken = walking.withdraw(
            progress=shown.progress, by=actor.user, now=now, side=actor.side, actor_name=actor.name
        )
    except NotYourMove:
        taken = False
    if taken:
        messages.success(request, _("It is yours again. Change what you like, and hand it in once more."))
    else:
        say_not_open(request)


def _sent(request: HttpRequest, shown: ShownStep, actor: Actor) -> Sent:
    enrollment = shown.progress.enrollment
    asks_goal = shown.progress.step.asks_for_goal and actor.side == Activity.Side.PARTNER
    goal = evidence = None
    if asks_goal and enrollment.state == Enrollment.State.RUNNING:
        goal = GoalForm.of(enrollment, request.POST)
    if shown.asked and actor.side != Activity.Side.VENDOR:
        evidence = evidence_form(shown, request.POST, request.FILES)
    return Sent(goal, evidence)


def _keep_files(shown: ShownStep, actor: Actor, form: EvidenceForm, *, now: datetime) -> None:
    """A browser does not send a file twice, so it is kept even if the rest of the form comes back."""
    checked = form.files_sent()
    form.show_kept(attach(progress=shown.progress, checked=checked, by=actor.user, now=now, giver_name=actor.name))


def evidence_form(shown: ShownStep, sent: QueryDict | None = None, files: Any = None) -> EvidenceForm:
    given = {key: row.value for key, row in shown.evidence.items()}
    return EvidenceForm(sent, files, asked=shown.asked, language=shown.language, given=given)


def has_arrived(response: HttpResponse, draft: str) -> HttpResponse:
    """Tells the browser that it need not keep what was typed any longer: see static/js/drafts.js."""
    response.set_cookie("draft_sent", draft, max_age=DAY, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


def _give_back(request: HttpRequest, shown: ShownStep, form: EvidenceForm) -> None:
    """Words that were typed while the step moved on elsewhere are shown once more: nothing takes them any longer."""
    typed = "; ".join(f"{label}: {isolated(words)}" for label, words in form.typed())
    if not typed:
        return
    shown.progress.refresh_from_db(fields=["state"])
    kept = _("What you wrote was not sent: “%(typed)s”")
    if shown.progress.is_settled:
        kept = _("This step was closed before, so this was not kept. What you wrote: %(typed)s")
    elif shown.waits_for_approval:
        kept = _("This step was handed in before, so this was not kept. What you wrote: %(typed)s")
    messages.warning(request, kept % {"typed": typed})


def _keep_goal(request: HttpRequest, shown: ShownStep, actor: Actor, form: "GoalForm", *, now: datetime) -> None:
    enrollment = shown.progress.enrollment
    if not form.is_valid():
        return
    if shown.asks_for_goal or not enrollment.goal:
        form.keep(enrollment, actor, now=now)
    elif form.has_changed():
        kept = _("This step was done before, and your goal stayed as it was. What you wrote this time: “%(goal)s”")
        messages.warning(request, kept % {"goal": isolated(form.cleaned_data["goal"])})


def say_stuck(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> StuckAnswer:
    """Stuck. An obstacle that the playbook has an answer to is answered first, and the step stays open."""
    picked = shown.text.obstacle(request.POST.get("obstacle", ""))
    form = StuckForm(request.POST)
    if not form.is_valid():
        return StuckAnswer(refused=form)
    words = form.said
    if picked and picked.answer and "still" not in request.POST:
        return StuckAnswer(picked.number, has_own_words=bool(words))
    reason = words or (picked.what if picked else "")
    try:
        is_news = walking.get_stuck(
            progress=shown.progress,
            reason=reason,
            by=actor.user,
            now=now,
            actor_name=actor.name,
            contact=actor.contact,
        )
    except ReasonMissing:
        return StuckAnswer(is_reason_missing=True)
    except NotYourMove:
        is_news = False
    if not is_news and not _is_said_already(shown.progress, reason):
        say_not_open(request)
        say_unsent(request, words)
    return StuckAnswer()


def _is_said_already(progress: Progress, reason: str) -> bool:
    progress.refresh_from_db(fields=["state", "reason"])
    return progress.state == Progress.State.STUCK and progress.reason == reason


def say_not_open(request: HttpRequest) -> None:
    messages.warning(request, _("This step is not open right now. Here is where things stand."))


def say_whose(request: HttpRequest, doer: Doer) -> None:
    said = _("This step is for %(name)s (%(role)s). Its reminders and its time in the calendar are theirs alone.")
    messages.warning(request, said % {"name": isolated(doer.name), "role": doer.role_name})


def say_unsent(request: HttpRequest, words: str) -> None:
    """Nothing takes these words any longer, which are in order: they are shown once more."""
    if words:
        kept = _("What you wrote was not sent: “%(typed)s”")
        messages.warning(request, kept % {"typed": isolated(words)})


def forms_for_words(
    shown: ShownStep,
    refused: forms.Form | None,
    *,
    asked_before: QueryDict | None = None,
    stuck_before: QueryDict | None = None,
) -> dict[str, Any]:
    """For a step's page: the forms that words are written into, ``refused`` as it was sent among them.

    What was typed into the others when the session had ended is ``before``. Where the page has no place for what was
    refused, it still has the words.
    """
    ask = refused if isinstance(refused, AskForm) else None
    stuck = refused if isinstance(refused, StuckForm) else None
    answering = refused if isinstance(refused, AnsweringForm) else None
    has_place = bool((ask and shown.offered) or (stuck and shown.may_act) or (answering and shown.has_to_answer))
    unsent = ask["words"].value() if ask else refused.typed if isinstance(refused, WordsForm) else ""
    return {
        "ask": ask or AskForm(initial=asked_before.dict() if asked_before else None),
        "stuck": stuck or StuckForm(initial=stuck_before.dict() if stuck_before else None),
        "answering": answering,
        "unsent": "" if has_place else unsent,
    }


class GoalForm(forms.Form):
    """The three questions of the kick-off."""

    goal = forms.CharField(
        label=gettext_lazy("What do you want out of it?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        error_messages={"required": gettext_lazy("Write a sentence. It may be short, and you can change it later.")},
    )
    goal_by = forms.DateField(
        label=gettext_lazy("By when?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Choose a day from the calendar, or leave it empty.")},
    )
    goal_why = forms.CharField(
        label=gettext_lazy("Why now?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )

    def clean_goal_by(self) -> date | None:
        day: date | None = self.cleaned_data["goal_by"]
        if day is not None and "goal_by" in self.changed_data and day < localdate(clock.now()):
            raise forms.ValidationError(_("That day is over. Choose one that is still to come."))
        return day

    @classmethod
    def of(cls, enrollment: Enrollment, sent: QueryDict | None) -> "GoalForm":
        written = {"goal": enrollment.goal, "goal_by": enrollment.goal_by, "goal_why": enrollment.goal_why}
        return cls(sent, initial=written)

    def keep(self, enrollment: Enrollment, actor: Actor, *, now: datetime) -> None:
        answers = self.cleaned_data
        write_goal(
            enrollment=enrollment,
            goal=answers["goal"],
            goal_by=answers["goal_by"],
            goal_why=answers["goal_why"],
            by=actor.user,
            now=now,
            actor_name=actor.name,
        )
