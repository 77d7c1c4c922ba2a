"""Counts of a whole vendor: up to a bound counted for every page, beyond it once a minute."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache as once
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import formats

from followups.models import Standing
from followups.models.silence import SilenceKind
from followups.silence.judging import OWED, severities_of
from followups.standing.dialect import instant
from partners.models import Application, Member, Vendor
from playbooks.models import PlaybookVersion

BOUND = 1_000  # up to here a count costs less than a millisecond, and is exact at every moment
KEPT_SECONDS = 60  # as long as a larger one may be old


def among(severities: Iterable[int]) -> str:
    return f"severity IN ({', '.join(map(str, severities))})"


# Each is counted over one index; who waits on us over two, which share out the rows. Written as SQL because building
# eight querysets cost more than running them.
STANDINGS = {
    **{kind.value: among(severity for severity in severities_of(kind) if severity < OWED) for kind in SilenceKind},
    "finished": "finished_at >= %(since)s",
    # Whoever walks a playbook: direct customers that orders bring along are accepted, and begin nothing.
    "unstarted": "state = 'accepted' AND started_at IS NULL AND orders = 0 AND contact_email <> ''",
    "new": "accepted_at >= %(since)s AND started_at IS NOT NULL",
}
UNDECIDED = ", ".join(f"'{state.value}'" for state in Application.UNDECIDED)

PLAYBOOKS = "playbooks_playbook playbook JOIN playbooks_playbookversion version ON version.playbook_id = playbook.id"
PUBLISHED = (
    "playbook.vendor_id = %(vendor)s AND playbook.archived_at IS NULL"
    f" AND version.state = '{PlaybookVersion.State.PUBLISHED.value}' LIMIT 1"
)


class Count(int):
    """A number of rows, grouped the reader's way where it is shown."""

    def __str__(self) -> str:
        return str(formats.number_format(int(self), force_grouping=True))


def todays_counts(*, vendor: Vendor, member: Member | None, since: datetime) -> dict[str, Count]:
    """How many partners need somebody, by kind, and finished or began since then; one query, two once a minute.

    ``member`` narrows it to the partners they are responsible for. ``applications``, ``any`` (1 when the vendor has
    partners at all) and ``playbook`` (1 when it has a published one in use) are the whole vendor's; the last two are
    never old.
    """
    names = [*STANDINGS, "applications", "any", "playbook"]
    values = {"vendor": vendor.pk, "member": member.pk if member else None, "since": instant(since), "bound": BOUND}
    row = _counted(values)
    if max(row) >= BOUND:
        row = (*_kept(values)[:-2], *row[-2:])
    return {name: Count(number) for name, number in zip(names, row, strict=True)}


def _kept(values: dict[str, Any]) -> tuple[int, ...]:
    key = f"counts:{values['vendor']}:{values['member']}"
    found: tuple[int, ...] | None = cache.get(key)
    if found is None:
        found = _counted(values | {"bound": None})
        cache.set(key, found, KEPT_SECONDS)
    return found


def partners_of(vendor: Vendor) -> Count:
    """How many partners the vendor has, whoever they are; a larger number is kept for a minute."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_part('followups_standing', 'vendor_id = %s LIMIT %s')}", [vendor.pk, BOUND])
        few: int = cursor.fetchone()[0]
    if few < BOUND:
        return Count(few)
    whole = Standing.objects.of(vendor).order_by().count
    return Count(cache.get_or_set(f"partners:{vendor.pk}", whole, KEPT_SECONDS) or few)


def _counted(values: dict[str, Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_statement(mine=values["member"] is not None, bounded=values["bound"] is not None), values)
        return tuple(cursor.fetchone())


@once
def _statement(*, mine: bool, bounded: bool) -> str:
    whose = "vendor_id = %(vendor)s" + (" AND manager_id = %(member)s" if mine else "")
    bound = " LIMIT %(bound)s" if bounded else ""
    counts = {
        name: _part("followups_standing", f"{whose} AND {condition}{bound}") for name, condition in STANDINGS.items()
    }
    counts[SilenceKind.WAITING_ON_US.value] += "+" + _part(
        "followups_standing", f"{whose} AND severity >= {OWED}{bound}"
    )
    parts = [*counts.values()]
    parts.append(_part("partners_application", f"vendor_id = %(vendor)s AND state IN ({UNDECIDED}){bound}"))
    parts.append(_part("followups_standing", "vendor_id = %(vendor)s LIMIT 1"))
    parts.append(_part(PLAYBOOKS, PUBLISHED))
    return f"SELECT {', '.join(parts)}"


def _part(table: str, condition: str) -> str:
    return f"(SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {condition}) counted)"  # noqa: S608
