"""Who at a partner is meant: whoever has a role there, and where nobody has it, whom the playbook talks to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol, TypeVar

from django.db.models import Q

from partners.models import Contact


class Somebody(Protocol):
    """A contact, or what is known of one."""

    @property
    def pk(self) -> int: ...
    @property
    def role(self) -> str: ...
    @property
    def is_primary(self) -> bool: ...


Found = TypeVar("Found", bound=Somebody)


def contacts_for(partner_ids: Iterable[int], role: str = "") -> dict[int, Contact]:
    """By partner: who has this role there; where nobody has it, and without one, whom the playbook talks to."""
    found = people_with(partner_ids, [role] if role else [])
    return {partner: best for partner, people in found.items() if (best := best_for(role, people)) is not None}


def people_with(
    partner_ids: Iterable[int], roles: Collection[str], *, with_partner: bool = False
) -> Mapping[int, list[Contact]]:
    """By partner: whom ``best_for`` chooses among for any of these roles. One query."""
    wanted = Q(is_primary=True) | Q(role__in=roles) if roles else Q(is_primary=True)
    people: defaultdict[int, list[Contact]] = defaultdict(list)
    there = Contact.objects.filter(wanted, partner__in=partner_ids, left_at=None)
    for contact in there.select_related("partner") if with_partner else there:
        people[contact.partner_id].append(contact)
    return people


def best_for(role: str, people: Iterable[Found]) -> Found | None:
    """Among one partner's people: who has the role, if anybody; of several the primary contact, or who came first."""
    meant = [one for one in people if one.is_primary or (role and one.role == role)]
    return min(meant, key=lambda one: (bool(role) and one.role != role, not one.is_primary, one.pk), default=None)
