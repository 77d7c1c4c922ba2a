"""What this floor does when the one below tells it something."""

from partners.signals import acceptance_asked, partner_accepted
from playbooks import enrolling


def subscribe() -> None:
    """Connect the receivers; called once when the app is ready."""
    partner_accepted.connect(enrolling.start_accepted, dispatch_uid="enroll the accepted")
    acceptance_asked.connect(enrolling.would_start, dispatch_uid="would start the accepted")
