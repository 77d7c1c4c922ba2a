"""What a cadence is called on its pages: for what it is, and what holds there where it is gone."""

from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followups.cadences.giving import place_of
from followups.cadences.scope import playbook_name
from followups.engine.cadences import Cadences, cadences_of
from followups.engine.levels import Level
from followups.models import Cadence
from partners.models import Vendor
from playbooks.models import Enrollment, PlaybookVersion, Progress, Stage, Step


@dataclass(frozen=True)
class Named:
    """In finished words, in the reader's language."""

    title: str  # “The standard cadence”, or what the playbook, the stage or the step is called
    whose: str  # “For the steps of this stage alone”
    playbook: str  # where it is for a part of one: that playbook's name
    again: str  # what a button says that takes it away: “Use the playbook’s again”; empty for the standard one
    then: str  # what will be so once that is published: “The playbook’s touches will hold here again”
    gone: str  # where no part of the newest version has its key any more: so, and what that means


def named(cadence: Cadence, vendor: Vendor) -> Named:
    if cadence.playbook is None:
        return Named(_("The standard cadence"), _("For everything without touches of its own"), "", "", "", "")
    playbook = playbook_name(cadence.playbook, vendor)
    above = _above(cadence, cadences_of([vendor.pk]))
    again, then = AGAIN[above](), THEN[above]()
    if not cadence.is_of_part:
        return Named(playbook, _("For this playbook alone"), "", again, then, "")
    title = _title(cadence, translation.get_language() or vendor.language)
    whose = _("For this step alone") if cadence.step_key else _("For the steps of this stage alone")
    return Named(title, whose, playbook, again, then, _gone(cadence))


AGAIN = {
    "standard": lambda: _("Use the standard ones again"),
    "playbook": lambda: _("Use the playbook’s again"),
    "stage": lambda: _("Use the stage’s again"),
}
THEN = {
    "standard": lambda: _("The standard touches will hold here again"),
    "playbook": lambda: _("The playbook’s touches will hold here again"),
    "stage": lambda: _("The stage’s touches will hold here again"),
}


def _above(cadence: Cadence, cadences: Cadences) -> str:
    """Of what the next wider one is that holds there."""
    return kind_of(cadences.instead(Level.of(cadence), None).level(cadence.vendor_id, place_of(cadence)))


def kind_of(level: Level) -> str:
    if level.playbook is None:
        return "standard"
    if level.step:
        return "step"
    return "stage" if level.stage else "playbook"


def _title(cadence: Cadence, language: str) -> str:
    """As the newest version that has it calls it."""
    part = Step if cadence.step_key else Stage
    key = cadence.step_key or cadence.stage_key
    found = part.objects.filter(version__playbook=cadence.playbook_id, key=key).select_related("version")
    newest = found.order_by("-version__state", "-version__number").first()
    return newest.title(language) if newest is not None else key


def newest_of(playbook: int | None) -> PlaybookVersion | None:
    """The version that new partners start with; before the first one, the draft."""
    versions = PlaybookVersion.objects.filter(playbook=playbook)
    return versions.order_by("-state", "-number").first()


def _gone(cadence: Cadence) -> str:
    newest = newest_of(cadence.playbook_id)
    if newest is None or _has(newest, cadence):
        return ""
    draft = PlaybookVersion.objects.filter(playbook=cadence.playbook_id, state=PlaybookVersion.State.DRAFT).first()
    if draft is not None and draft != newest and _has(draft, cadence):
        return _("So far this is only in the playbook’s draft. It counts once that is published.")
    return gone_in_words(walking(cadence))


def _has(version: PlaybookVersion, cadence: Cadence) -> bool:
    if cadence.step_key:
        return version.steps.filter(key=cadence.step_key).exists()
    return version.stages.filter(key=cadence.stage_key).exists()


def walking(cadence: Cadence) -> int:
    """Partners who have this part before them or at hand, whatever version they walk."""
    open_or_later = Progress.objects.exclude(state__in=Progress.SETTLED).filter(
        enrollment__playbook=cadence.playbook_id, enrollment__state=Enrollment.State.RUNNING
    )
    part = {"step__key": cadence.step_key} if cadence.step_key else {"step__stage__key": cadence.stage_key}
    return open_or_later.filter(**part).values("enrollment").distinct().count()


def gone_in_words(count: int) -> str:
    if not count:
        return _("The newest version no longer has this, and nobody has it before them any more. It can be taken away.")
    words = ngettext(
        "The newest version no longer has this. It still counts for %(count)d partner who has it before them.",
        "The newest version no longer has this. It still counts for %(count)d partners who have it before them.",
        count,
    )
    return words % {"count": count}
