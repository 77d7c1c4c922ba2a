"""From when a follow-up counts its hours, in words: from the step’s opening, or from the answer that began it anew."""

from collections.abc import Collection
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followups.engine.answering import name_of_helper
from followups.engine.cadences import Cadences, cadences_of
from followups.engine.levels import Place
from followups.models import FollowUp
from partners.isolating import isolated
from partners.models import Activity, Vendor


class Reckoning:
    """For follow-ups of some partners of one vendor, each read with its step and its enrollment.

    Two queries at most, however many they are; each is asked where there is something to say, and once.
    """

    def __init__(self, vendor: Vendor, partner_ids: Collection[int]) -> None:
        self.vendor, self.partner_ids = vendor, partner_ids

    def words(self, row: FollowUp) -> str:
        """“24 hours after the step opened”, “2 working hours after Mara’s answer”."""
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
        playbook = row.enrollment.playbook_id if row.enrollment else None
        step = row.progress.step if row.progress else None
        place = Place.of(playbook, step)
        rule = self._cadences.rule(row.vendor_id, place, row.kind)
        if rule is not None and rule.timing.is_working:
            return ngettext("%(count)d working hour", "%(count)d working hours", hours) % {"count": hours}
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}

    @cached_property
    def _cadences(self) -> Cadences:
        return cadences_of([self.vendor.pk])

    @cached_property
    def _helpers(self) -> dict[tuple[Any, str], str]:
        """Who answered, by step and moment; an empty name where somebody has written none."""
        answers = Activity.objects.filter(partner__in=self.partner_ids, kind=Activity.Kind.HELPED)
        told = answers.select_related("actor")
        return {(talk.data.get("progress"), talk.at.isoformat()): name_of_helper(talk) for talk in told}
