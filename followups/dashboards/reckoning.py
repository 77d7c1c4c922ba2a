"""From when a follow-up counts its hours, in words: from the step’s opening, or from the answer that began it anew."""

from collections.abc import Collection
from functools import cached_property
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from followups.cadences.saying import Titles, with_level
from followups.engine.answering import GIVE_BACK, name_of_helper
from followups.engine.cadences import Cadences, cadences_of
from followups.engine.levels import Place
from followups.models import FollowUp
from partners.isolating import isolated
from partners.models import Activity, Vendor


class Reckoning:
    """For follow-ups of some partners of one vendor, each read with its step and stage, and its enrollment’s version.

    Two queries at most, however many they are; each is asked where there is something to say, and once.
    """

    def __init__(self, vendor: Vendor, partner_ids: Collection[int]) -> None:
        self.vendor, self.partner_ids = vendor, partner_ids

    def words(self, row: FollowUp) -> str:
        """“24 hours after the step opened”, “2 working hours after Mara’s answer, a touch of the stage “Start””."""
        return self._with_level(self._time(row), row)

    def _time(self, row: FollowUp) -> str:
        time = {"time": self._length(row)}
        if row.progress is None:
            return _("%(time)s after it was planned") % time
        if row.progress.opened_at is None or row.anchor_at <= row.progress.opened_at:
            return _("%(time)s after the step opened") % time
        helper = self._helpers.get((row.progress.pk, row.anchor_at.isoformat()))
        if helper is None:
            return _("%(time)s after it became their turn again") % time
        return _("%(time)s after %(name)s’s answer") % {**time, "name": isolated(helper or self.vendor.name)}

    def _length(self, row: FollowUp) -> str:
        hours = round(row.offset.total_seconds() / 3600)
        rule = self._cadences.rule(row.vendor_id, _place(row), row.kind)
        if rule is not None and rule.timing.is_working:
            return ngettext("%(count)d working hour", "%(count)d working hours", hours) % {"count": hours}
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}

    def _with_level(self, words: str, row: FollowUp) -> str:
        """Whose touch it is; of one that is over, only where it ended after that cadence had come to be."""
        level = self._cadences.level(row.vendor_id, _place(row))
        since = self._cadences.since.get(level)
        is_theirs = row.finished_at is None or (since is not None and row.finished_at >= since)
        if not is_theirs or row.progress is None:
            return words
        version = row.enrollment.version if row.enrollment else None
        return with_level(words, level, Titles.of(version, row.progress.step, get_language() or self.vendor.language))

    @cached_property
    def _cadences(self) -> Cadences:
        return cadences_of([self.vendor.pk])

    @cached_property
    def _helpers(self) -> dict[tuple[Any, str], str]:
        """Who answered, by step and moment; an empty name where somebody has written none."""
        answers = Activity.objects.filter(partner__in=self.partner_ids, kind__in=GIVE_BACK)
        told = answers.select_related("actor")
        return {(talk.data.get("progress"), talk.at.isoformat()): name_of_helper(talk) for talk in told}


def _place(row: FollowUp) -> Place:
    playbook = row.enrollment.playbook_id if row.enrollment else None
    return Place.of(playbook, row.progress.step if row.progress else None)
