"""Counts whose cost does not grow: exact up to a bound, then "that many and more"."""

from datetime import datetime

from django.db import connection
from django.utils import formats

from followups.models.silence import SilenceKind
from followups.standing.dialect import instant
from partners.models import Application, Member, Vendor

BOUND = 10_000

# Each is counted over one index. Written as SQL because building eight querysets cost more than running them.
STANDINGS = {
    **{kind.value: f"silence_kind = '{kind.value}'" for kind in SilenceKind},
    "finished": "finished_at >= %(since)s",
    "new": "accepted_at >= %(since)s",
}
UNDECIDED = ", ".join(f"'{state.value}'" for state in Application.UNDECIDED)


class Count(int):
    """A number of rows, counted no further than ``BOUND``."""

    @property
    def is_bounded(self) -> bool:
        return self >= BOUND

    def __str__(self) -> str:
        shown = formats.number_format(min(int(self), BOUND), force_grouping=True)
        return f"{shown}+" if self.is_bounded else shown


def todays_counts(*, vendor: Vendor, member: Member | None, since: datetime) -> dict[str, Count]:
    """How many partners are silent, by kind, and who finished or began since then; one query.

    ``member`` narrows it to the partners they are responsible for. ``applications`` and ``any`` (1 when the vendor
    has partners at all) are the whole vendor's.
    """
    names = [*STANDINGS, "applications", "any"]
    values = {"vendor": vendor.pk, "member": member.pk if member else None, "since": instant(since), "bound": BOUND}
    with connection.cursor() as cursor:
        cursor.execute(_statement(mine=member is not None), values)
        row = cursor.fetchone()
    return {name: Count(number) for name, number in zip(names, row, strict=True)}


def _statement(*, mine: bool) -> str:
    whose = "vendor_id = %(vendor)s" + (" AND manager_id = %(member)s" if mine else "")
    parts = [_counted("followups_standing", f"{whose} AND {condition}") for condition in STANDINGS.values()]
    parts.append(_counted("partners_application", f"vendor_id = %(vendor)s AND state IN ({UNDECIDED})"))
    parts.append("(SELECT count(*) FROM (SELECT 1 FROM followups_standing WHERE vendor_id = %(vendor)s LIMIT 1) one)")
    return f"SELECT {', '.join(parts)}"


def _counted(table: str, condition: str) -> str:
    return f"(SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {condition} LIMIT %(bound)s) counted)"  # noqa: S608
