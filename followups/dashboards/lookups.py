"""Small things that every list looks up: names of staff, titles of steps and stages.

Written as SQL: over a few rows found by index, building a queryset takes three times as long as running it, and these
are read by every page.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from partners.models import Member, Vendor
from playbooks.models import PlaybookVersion
from playbooks.texts import text_in

STAFF = """
SELECT member.id, COALESCE(NULLIF(person.name, ''), person.email), member.role, member.left_at IS NULL
FROM partners_member member JOIN partners_user person ON person.id = member.user_id WHERE member.vendor_id = %s
"""
STAGES = """
SELECT stage.key, stage.texts FROM playbooks_stage stage
JOIN playbooks_playbookversion version ON version.id = stage.version_id
JOIN playbooks_playbook playbook ON playbook.id = version.playbook_id
WHERE playbook.vendor_id = %s AND version.state = %s ORDER BY version.published_at, stage.position
"""
STEPS = "SELECT id, key, texts FROM playbooks_step WHERE id IN ({})"


@dataclass(frozen=True)
class Staff:
    """Everybody who is or was on the vendor's staff: few rows, however many partners they lead."""

    names: dict[int, str]
    leaders: list[tuple[int, str]]  # who can be chosen as responsible today, by name

    @classmethod
    def of(cls, vendor: Vendor) -> "Staff":
        rows = _rows(STAFF, [vendor.pk])
        leading = [(pk, name) for pk, name, role, is_here in rows if is_here and role != Member.Role.VIEWER]
        leaders = sorted(leading, key=lambda leader: leader[1].casefold())
        return cls(names={pk: name for pk, name, _role, _here in rows}, leaders=leaders)


def stage_choices(vendor: Vendor, language: str) -> list[tuple[str, str]]:
    """A stage by key, once over all published playbooks and versions, with its newest title."""
    rows = _rows(STAGES, [vendor.pk, PlaybookVersion.State.PUBLISHED.value])
    return list({key: _title(key, texts, language) for key, texts in rows}.items())


def step_titles(steps: Collection[int], language: str) -> dict[int, str]:
    """Titles of the steps with these keys, in one query however many there are."""
    if not steps:
        return {}
    rows = _rows(STEPS.format(", ".join(["%s"] * len(steps))), list(steps))
    return {pk: _title(key, texts, language) for pk, key, texts in rows}


def _rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _title(key: str, texts: str, language: str) -> str:
    return str(text_in(json.loads(texts), "title", language) or key)
