from playbooks.models.certificate import Certificate
from playbooks.models.change import DraftChange
from playbooks.models.comment import Comment
from playbooks.models.confidence import Confidence
from playbooks.models.enrollment import Enrollment
from playbooks.models.evidence import Evidence
from playbooks.models.feed import CalendarFeed
from playbooks.models.file import StoredFile
from playbooks.models.handover import Handover, HandoverMove
from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.models.progress import Progress, TurnSpell
from playbooks.models.slot import Slot
from playbooks.models.step import Stage, Step
from playbooks.models.upgrade import Upgrade, UpgradedEnrollment

__all__ = [
    "CalendarFeed",
    "Certificate",
    "Comment",
    "Confidence",
    "DraftChange",
    "Enrollment",
    "Evidence",
    "Handover",
    "HandoverMove",
    "Playbook",
    "PlaybookVersion",
    "Progress",
    "Slot",
    "Stage",
    "Step",
    "StoredFile",
    "TurnSpell",
    "Upgrade",
    "UpgradedEnrollment",
]
