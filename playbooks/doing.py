"""Who at the partner does a step: whoever has the role that its author names. All others there can do it too."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.models import Contact, User
from partners.roles import best_for, people_with
from playbooks.models import Progress, Step

Role = Contact.Role
WHO: Final[dict[str, str | Promise]] = {
    Role.OWNER: _("Partner, management"),
    Role.SALES: _("Partner, sales"),
    Role.TECHNICAL: _("Partner, technical"),
    Role.MARKETING: _("Partner, marketing"),
    Role.FINANCE: _("Partner, finance"),
}
FOR_SOMEBODY: Final[dict[str, str | Promise]] = {
    Role.OWNER: _("This is for somebody in management."),
    Role.SALES: _("This is for somebody in sales."),
    Role.TECHNICAL: _("This is for somebody technical."),
    Role.MARKETING: _("This is for somebody in marketing."),
    Role.FINANCE: _("This is for somebody in finance."),
}


@dataclass(frozen=True)
class Doer:
    """Whom a step for a ``role`` is for: all ``people`` at the partner who have it, whoever is written to first.

    Where nobody has it, it is whom the playbook talks to; nobody at all where there is no such person either.
    """

    role: str
    people: tuple[Contact, ...]

    @property
    def contact(self) -> Contact | None:
        return self.people[0] if self.people else None

    @property
    def is_named(self) -> bool:
        """Whether anybody there has the role."""
        return bool(self.people) and self.people[0].role == self.role

    @property
    def name(self) -> str:
        return self.people[0].name if self.people else ""

    @property
    def role_name(self) -> str:
        return str(Role(self.role).label)

    @property
    def for_somebody(self) -> str:
        return str(FOR_SOMEBODY[self.role])

    def is_for(self, *, user: int | None = None, contact: Contact | None = None) -> bool:
        """Whether it is for whoever has this user's key, or for this contact; without anybody there, for everybody."""
        return not self.people or contact in self.people or any(user and one.user_id == user for one in self.people)


class NotTheDoer(Exception):
    """Reminders of a step, and the time set aside for it, are those of ``doer``."""

    def __init__(self, doer: Doer) -> None:
        super().__init__()
        self.doer = doer


def check_doer(progress: Progress, *, by: User | None, contact: Contact | None) -> None:
    """Raises ``NotTheDoer`` for somebody at the partner whom the step is not for; where nobody is known, it is."""
    doer = doers_of([progress]).get(progress.pk) if by or contact else None
    if doer is not None and not doer.is_for(user=by.pk if by else None, contact=contact):
        raise NotTheDoer(doer)


def doers_of(steps: Collection[Progress]) -> dict[int, Doer]:
    """By step, of those that are for a role; one query, or none. They are read with their step and enrollment."""
    for_roles = [each for each in steps if each.step.role]
    if not for_roles:
        return {}
    partners = {each.enrollment.partner_id for each in for_roles}
    people = people_with(partners, {each.step.role for each in for_roles})
    return {each.pk: _doer(each.step.role, people.get(each.enrollment.partner_id, ())) for each in for_roles}


def _doer(role: str, there: Iterable[Contact]) -> Doer:
    there = list(there)
    best = best_for(role, there)
    if best is None:
        return Doer(role, ())
    others = sorted((one for one in there if one.role == role and one != best), key=lambda one: one.pk)
    return Doer(role, (best, *others))


def who_does(step: Step) -> str:
    """For a list of steps: “Partner, sales”, “Vendor”."""
    return str(WHO[step.role] if step.role else step.get_who_display())
