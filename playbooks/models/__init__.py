from playbooks.models.enrollment import Enrollment
from playbooks.models.evidence import Evidence
from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.models.progress import Progress, TurnSpell
from playbooks.models.step import Stage, Step
from playbooks.models.upgrade import Upgrade, UpgradedEnrollment

__all__ = [
    "Enrollment",
    "Evidence",
    "Playbook",
    "PlaybookVersion",
    "Progress",
    "Stage",
    "Step",
    "TurnSpell",
    "Upgrade",
    "UpgradedEnrollment",
]
