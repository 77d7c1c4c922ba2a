"""What became of the partners who were sure a day after they began, of those who had doubts, and of the rest.

By the first answer, before anybody helped; in the first playbook that a partner walks, which is where it is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.models import Vendor
from playbooks.models import Confidence, Enrollment, Progress

FIRST_STEP_WITHIN = timedelta(days=7)
LOOKED_BACK = timedelta(days=365)
TOO_FEW = 10  # of whom a share says nothing
Z = 1.959964  # 95 %
GROUPS: tuple[tuple[str, str | Promise], ...] = (
    (Confidence.Answer.CONFIDENT.value, _("Were sure")),
    (Confidence.Answer.DOUBTS.value, _("Had doubts")),
    ("", _("Did not answer, or were not asked")),
)


@dataclass(frozen=True)
class Share:
    """``count`` of ``total``; ``low`` and ``high`` are percent, between which the true share lies 95 times of 100."""

    count: int
    total: int

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.total) if self.total else 0

    @property
    def low(self) -> int:
        return round(100 * self._wilson()[0])

    @property
    def high(self) -> int:
        return round(100 * self._wilson()[1])

    def _wilson(self) -> tuple[float, float]:
        """The score interval of E. B. Wilson, 1927: honest for few partners and for shares near nothing and all."""
        if not self.total:
            return 0.0, 1.0
        share, spread = self.count / self.total, Z * Z / self.total
        centre = (share + spread / 2) / (1 + spread)
        half = Z * sqrt(share * (1 - share) / self.total + spread / (4 * self.total)) / (1 + spread)
        return max(0.0, centre - half), min(1.0, centre + half)

    def is_apart_from(self, other: "Share") -> bool:
        """Whether the intervals have nothing in common: stricter than a test of the difference."""
        mine, theirs = self._wilson(), other._wilson()
        return mine[1] < theirs[0] or theirs[1] < mine[0]


@dataclass(frozen=True)
class Group:
    name: str | Promise
    total: int
    began: Share
    finished: Share

    @property
    def shares(self) -> tuple[Share, Share]:
        return self.began, self.finished

    @property
    def is_too_few(self) -> bool:
        return self.total < TOO_FEW


@dataclass(frozen=True)
class Sureness:
    sure: Group
    unsure: Group
    silent: Group

    @property
    def groups(self) -> tuple[Group, Group, Group]:
        return self.sure, self.unsure, self.silent

    @property
    def total(self) -> int:
        return sum(group.total for group in self.groups)

    @property
    def is_too_few(self) -> bool:
        """Whether the two who answered cannot be compared yet."""
        return self.sure.is_too_few or self.unsure.is_too_few

    @property
    def differs(self) -> bool:
        one, other = self.sure, self.unsure
        return one.began.is_apart_from(other.began) or one.finished.is_apart_from(other.finished)


def sureness_of(vendor: Vendor, *, now: datetime) -> Sureness:
    """Of all who began within a year, and at least a week ago. One query, however many there are."""
    earlier = Enrollment.objects.filter(partner=OuterRef("partner"), started_at__lt=OuterRef("started_at"))
    soon = Progress.objects.filter(
        enrollment=OuterRef("pk"),
        state=Progress.State.DONE,
        settled_at__lte=OuterRef("started_at") + FIRST_STEP_WITHIN,
    )
    began = Enrollment.objects.of(vendor).filter(
        ~Exists(earlier), started_at__gt=now - LOOKED_BACK, started_at__lte=now - FIRST_STEP_WITHIN
    )
    rows = (
        began.annotate(answer=F("confidence__first_answer"), is_soon=Exists(soon))
        .order_by()
        .values("answer")
        .annotate(
            total=Count("pk"),
            soon=Count("pk", filter=Q(is_soon=True)),
            finished=Count("pk", filter=Q(state=Enrollment.State.FINISHED)),
        )
    )
    found: dict[str, Mapping[str, Any]] = {row["answer"] or "": row for row in rows}
    nobody: Mapping[str, Any] = {"total": 0, "soon": 0, "finished": 0}
    return Sureness(*(_group(name, found.get(answer, nobody)) for answer, name in GROUPS))


def _group(name: str | Promise, row: Mapping[str, Any]) -> Group:
    total = row["total"]
    return Group(name, total, Share(row["soon"], total), Share(row["finished"], total))
