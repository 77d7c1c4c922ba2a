"""What a standing means in one line, and the one thing to do about it. Words, not labels."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from followups.dashboards.handed import Handed, handed_over, in_words
from followups.dashboards.lookups import step_titles
from followups.models import Standing
from followups.models.silence import SilenceKind
from followups.models.standing import walks_nothing
from followups.owed.saying import HANDED
from partners.isolating import isolated
from partners.models import Partner
from partners.models.customer import Life
from partners.templatetags.firstline import since_words
from playbooks.models import Progress
from playbooks.models.step import Turn

NEW_FOR = timedelta(days=14)
# Places, seen from a partner's page.
TALK = "#talk"
ADD_PERSON = "edit/#person"
KIND_HINTS = {
    SilenceKind.NEVER_STARTED: gettext_lazy("accepted, and the first step was never touched"),
    SilenceKind.STOPPED: gettext_lazy("began well, then nothing more"),
    SilenceKind.WAITING_ON_US: gettext_lazy("stuck, handed over or signed: the next move is yours"),
    SilenceKind.ORDERED_ONCE: gettext_lazy("one day with orders, none since"),
}

# Chosen by row, so only the one that is shown is translated.
WAITING = {
    Progress.State.STUCK.value: gettext_lazy("Got stuck %(ago)s at “%(step)s”"),
    Progress.State.WAITING.value: gettext_lazy("Asked you %(ago)s to approve “%(step)s”"),
}
OUR_STEP = gettext_lazy("“%(step)s” is your step; it opened %(ago)s")
SILENT = {
    SilenceKind.NEVER_STARTED.value: gettext_lazy("Accepted %(ago)s, has not begun “%(step)s”"),
    SilenceKind.STOPPED.value: gettext_lazy("Started, then stopped %(ago)s at “%(step)s”"),
    SilenceKind.WAITING_ON_US.value: gettext_lazy("Began to wait for you %(ago)s"),
    SilenceKind.ORDERED_ONCE.value: gettext_lazy("Ordered once, %(ago)s, and not again"),
}
RHYTHM = {
    Life.FIRST_ORDER.value: gettext_lazy("Has ordered once"),
    Life.REPEAT.value: gettext_lazy("Has ordered again"),
    Life.REGULAR.value: gettext_lazy("Orders regularly"),
}


def titles_for(standings: Iterable[Standing], language: str) -> dict[int, str]:
    """Titles of the steps that these standings are at."""
    return step_titles({standing.next_step_id for standing in standings if standing.next_step_id}, language)


class Line(TypedDict):
    """One partner in a list, in finished words: drawing fifty of them is most of what a page costs."""

    company: str
    person: str
    manager: str
    address: str  # of the partner's page
    reason: str
    wraps: bool  # on a phone too, as its day stands at the end
    action: str  # in a verb, "" when nobody needs to act, or where it is not asked for
    anchor: str  # where on the partner's page that is done
    done: str
    total: str  # "" without a playbook
    progress: str


def lines_for(
    standings: Iterable[Standing],
    *,
    managers: Mapping[int, str],
    desk: str,
    language: str,
    now: datetime,
    with_actions: bool = False,
    may_start: bool = True,
) -> list[Line]:
    """A line for each standing. ``managers`` are names by member, ``desk`` is the address of the partners' list.

    Who may not act is offered nothing to do. ``may_start`` is as in ``action_for``.
    """
    found = list(standings)
    titles, handovers = titles_for(found, language), handed_over(found)
    steps = _("%(done)s of %(total)s steps")
    lines = []
    for standing in found:
        handed = handovers.get((standing.partner_id, standing.next_step_id or 0))
        line = _line(standing, titles.get(standing.next_step_id or 0, ""), handed, managers, desk, steps, now)
        if with_actions:
            line["action"], line["anchor"] = action_for(standing, may_start=may_start, handed=handed)
        lines.append(line)
    return lines


def _line(
    standing: Standing,
    title: str,
    handed: Handed | None,
    managers: Mapping[int, str],
    desk: str,
    steps: str,
    now: datetime,
) -> Line:
    done, total = str(standing.steps_done), str(standing.steps_total) if standing.steps_total else ""
    return Line(
        company=isolated(standing.company),
        person=isolated(standing.contact_name),
        manager=isolated(managers.get(standing.manager_id, "")),
        address=f"{desk}{standing.partner_id}/",
        reason=reason_for(standing, title=title, now=now, handed=handed),
        wraps=handed is not None,
        action="",
        anchor="",
        done=done,
        total=total,
        progress=steps % {"done": done, "total": total} if total else "",
    )


def action_for(standing: Standing, *, may_start: bool = True, handed: Handed | None = None) -> tuple[str, str]:
    """The one next thing to do, in a verb, and the place on the partner's page where it is done.

    ``may_start`` says that a playbook is published, so that accepting somebody starts something.
    """
    person = isolated(standing.contact_name or standing.company)
    if standing.state == Partner.State.LEFT:
        return "", ""
    if standing.turn == Turn.VENDOR:
        stuck = standing.step_state == Progress.State.STUCK
        if standing.step_state == Progress.State.WAITING:
            return _("Look and approve"), "#now"
        if handed is not None:
            return str(HANDED[handed.state][1]), "#now"
        return (_("Help %(person)s on") % {"person": person}, "#help") if stuck else (_("Do your part"), "#now")
    if standing.state == Partner.State.SIGNED and not standing.orders:
        return (_("Accept and start") if may_start else _("Accept")), "#accept"
    if standing.silence_kind == SilenceKind.ORDERED_ONCE and (standing.contact_phone or standing.contact_email):
        return _("Ask %(person)s how it went") % {"person": person}, TALK
    if standing.silence_kind:
        return reach(standing)
    if walks_nothing(standing):
        return _("Start a playbook"), "#start"
    return "", ""


def reach(standing: Standing) -> tuple[str, str]:
    """How to get hold of a partner, in a verb, and where; without anybody to turn to, somebody is added first."""
    person = {"person": isolated(standing.contact_name or standing.company)}
    if standing.contact_phone:
        return _("Call %(person)s") % person, TALK
    if standing.contact_email:
        return _("Write to %(person)s") % person, TALK
    return _("Add a person"), ADD_PERSON


def reason_for(
    standing: Standing, *, title: str, now: datetime, is_left_alone: bool = False, handed: Handed | None = None
) -> str:
    """One sentence: what is the matter with this partner, or how it is doing.

    ``handed`` is what is done for them at the step, where something is: see ``handed_over``.
    ``is_left_alone`` says that nothing will be sent about the step: known where one partner is looked at, not in lists.
    """
    words = {"ago": since_words(standing.quiet_since, now=now) if standing.quiet_since else "", "step": title}
    if standing.state == Partner.State.LEFT:
        return _("Left your programme")
    if standing.turn == Turn.VENDOR and handed is not None:
        return in_words(handed, title=title, person=standing.contact_name or standing.company, now=now)
    if standing.turn == Turn.VENDOR:
        return str(WAITING.get(standing.step_state, OUR_STEP)) % words
    if standing.silence_kind:
        return str(SILENT[standing.silence_kind]) % words
    if standing.state == Partner.State.SIGNED and not standing.orders:
        return _("Signed %(ago)s and waits for your yes") % words
    if is_left_alone and standing.next_step_id and standing.turn == Turn.PARTNER:
        return _("Is at “%(step)s”, and nothing more will be sent") % words
    return going(standing, title=title, now=now)


def going(standing: Standing, *, title: str, now: datetime) -> str:
    """How a partner is doing who needs nobody."""
    if standing.next_step_id:
        if standing.turn == Turn.SPONSOR:
            return _("The sponsor is next, at “%(step)s”") % {"step": title}
        return _("Next: “%(step)s”") % {"step": title}
    if standing.finished_at:
        return _("Finished the playbook %(ago)s") % {"ago": since_words(standing.finished_at, now=now)}
    return rhythm(standing) or _("No playbook running")


def rhythm(standing: Standing) -> str:
    """Orders as a rhythm, never as an amount."""
    return str(RHYTHM.get(standing.life, ""))


def is_new(standing: Standing, *, now: datetime) -> bool:
    return standing.accepted_at is not None and standing.accepted_at > now - NEW_FOR


def going_well(counts: Mapping[str, int]) -> str:
    """The week in one short line; empty when there is nothing to say."""
    parts = []
    if counts["finished"]:
        finished = ngettext("%(count)s finished the playbook", "%(count)s finished the playbook", counts["finished"])
        parts.append(finished % {"count": counts["finished"]})
    if counts["new"]:
        new = ngettext("%(count)s new partner began", "%(count)s new partners began", counts["new"])
        parts.append(new % {"count": counts["new"]})
    return _("In the last seven days: %(what)s.") % {"what": ", ".join(parts)} if parts else ""
