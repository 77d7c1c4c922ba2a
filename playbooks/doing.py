"""Who at the partner does a step: the role that its author names, in words."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.models import Contact
from playbooks.models import Step

Role = Contact.Role
WHO: Final[dict[str, str | Promise]] = {
    Role.OWNER: _("Partner, management"),
    Role.SALES: _("Partner, sales"),
    Role.TECHNICAL: _("Partner, technical"),
    Role.MARKETING: _("Partner, marketing"),
    Role.FINANCE: _("Partner, finance"),
}


def who_does(step: Step) -> str:
    """For a list of steps: “Partner, sales”, “Vendor”."""
    return str(WHO[step.role] if step.role else step.get_who_display())
