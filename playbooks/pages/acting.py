"""What a person does on a step's page, signed in or from a mail: a form is read, one domain function called."""

from dataclasses import dataclass
from datetime import date, datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners import clock
from partners.isolating import isolated
from partners.models import Activity, Contact, User
from playbooks import walking
from playbooks.goals import write_goal
from playbooks.models import Enrollment
from playbooks.showing import ShownStep
from playbooks.walking import NotYourMove, ReasonMissing


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, or the contact that a link was mailed to."""

    user: User | None
    name: str
    side: str
    contact: Contact | None


@dataclass(frozen=True)
class StuckAnswer:
    """What became of "I'm stuck": an obstacle, by number, whose answer to show; a reason to ask for; or nothing."""

    obstacle: int | None = None
    is_reason_missing: bool = False

    def on(self, page: str) -> str:
        """The address on ``page`` where the reader goes on."""
        if self.is_reason_missing:
            return f"{page}?want=stuck&missing=reason#problems"
        return f"{page}?obstacle={self.obstacle}#answer" if self.obstacle else page


class GoalMissing(Exception):
    """The step asks for the goal, and what was sent is none; ``form`` says what is wrong with it."""

    def __init__(self, form: "GoalForm") -> None:
        super().__init__()
        self.form = form


def finish(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> bool:
    """Done. Says whether this press did it. Raises ``GoalMissing``.

    What was written about the goal is kept first: should the step be closed by now, the words are not lost. They
    never replace a goal that was written down meanwhile.
    """
    _keep_goal(request, shown, actor, now=now)
    try:
        return walking.complete(progress=shown.progress, by=actor.user, now=now, actor_name=actor.name, side=actor.side)
    except NotYourMove:
        say_not_open(request)
        return False


def _keep_goal(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> None:
    enrollment = shown.progress.enrollment
    is_asked = shown.progress.step.asks_for_goal and actor.side == Activity.Side.PARTNER
    if not is_asked or enrollment.state != Enrollment.State.RUNNING:
        return
    form = GoalForm.of(enrollment, request.POST)
    if not form.is_valid():
        if shown.asks_for_goal:
            raise GoalMissing(form)
    elif shown.asks_for_goal or not enrollment.goal:
        form.keep(enrollment, actor, now=now)
    elif form.has_changed():
        kept = _("This step was done before, and your goal stayed as it was. What you wrote this time: “%(goal)s”")
        messages.warning(request, kept % {"goal": isolated(form.cleaned_data["goal"])})


def say_stuck(request: HttpRequest, shown: ShownStep, actor: Actor, *, now: datetime) -> StuckAnswer:
    """Stuck. An obstacle that the playbook has an answer to is answered first, and the step stays open."""
    picked = shown.text.obstacle(request.POST.get("obstacle", ""))
    if picked and picked.answer and "still" not in request.POST:
        return StuckAnswer(picked.number)
    reason = request.POST.get("reason", "").strip() or (picked.what if picked else "")
    try:
        walking.get_stuck(
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
        say_not_open(request)
    return StuckAnswer()


def say_not_open(request: HttpRequest) -> None:
    messages.warning(request, _("This step is not open right now. Here is where things stand."))


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
