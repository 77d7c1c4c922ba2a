"""What to say when turning to a partner: a few sentences for its kind of silence, out of what is known about it."""

from django.utils.translation import gettext as _

from followups.models import Standing
from followups.models.silence import SilenceKind
from partners.isolating import isolated
from playbooks.models import Progress
from playbooks.showing import StepText


def what_to_say(standing: Standing, *, progress: Progress | None, language: str) -> list[str]:
    """The points of a talk, in order; none for a partner who is not silent."""
    step = StepText.of(progress.step, language) if progress else None
    match standing.silence_kind:
        case SilenceKind.NEVER_STARTED:
            begin = _("Ask what came up. Nobody has to explain why nothing was done.")
            return [begin, *_goal(standing), *_together(step), *_obstacle(step)]
        case SilenceKind.STOPPED:
            return [*_praise(standing), *_goal(standing), *_question(step), *_obstacle(step)]
        case SilenceKind.WAITING_ON_US:
            return [_("Say that you know they wait, and when they hear from you.")]
        case SilenceKind.ORDERED_ONCE:
            return [
                _("Ask how it went: are they satisfied, and did they use it as it is meant?"),
                _("If not: was there no time, or is something in the way? Write down which."),
                _("Do not ask for the next order. Offer to help with what they have."),
            ]
    return []


def _goal(standing: Standing) -> list[str]:
    goal = standing.enrollment.goal.strip() if standing.enrollment else ""
    return [_("Play back what they want: “%(goal)s”") % {"goal": isolated(goal)}] if goal else []


def _praise(standing: Standing) -> list[str]:
    if not standing.steps_done:
        return []
    words = {"done": standing.steps_done, "total": standing.steps_total}
    return [_("Begin with what they have done: %(done)s of %(total)s steps.") % words]


def _together(step: StepText | None) -> list[str]:
    if step is None:
        return []
    words = {"step": step.title, "minutes": step.minutes}
    return [_("Offer to do “%(step)s” together now: it takes %(minutes)s min.") % words]


def _question(step: StepText | None) -> list[str]:
    return [_("Ask what came up at “%(step)s”.") % {"step": step.title}] if step else []


def _obstacle(step: StepText | None) -> list[str]:
    """What the playbook names first as in the way there, and how others got past it."""
    for obstacle in step.obstacles if step else ():
        if obstacle.what and obstacle.answer:
            return [_("If they say “%(what)s”: %(answer)s") % {"what": obstacle.what, "answer": obstacle.answer}]
    return []
