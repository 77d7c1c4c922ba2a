from followups.models import among  # noqa: F401 - the lookup is known where the models are
from followups.models.archive import ArchivedAttempt, ArchivedFollowUp, ArchivedMessage
from followups.models.cadence import Cadence, DraftTouch, Touch
from followups.models.followup import FollowUp
from followups.models.message import Attempt, Message
from followups.models.notification import Notification
from followups.models.pace import Pace
from followups.models.pause import Pause
from followups.models.silence import Silence
from followups.models.standing import Standing
from followups.models.start import Start
from followups.models.suppression import Suppression
from followups.models.task import Task
from followups.models.tick import Tick
from followups.models.webhook import Webhook
from followups.models.wish import Wish

__all__ = [
    "ArchivedAttempt",
    "ArchivedFollowUp",
    "ArchivedMessage",
    "Attempt",
    "Cadence",
    "DraftTouch",
    "FollowUp",
    "Message",
    "Notification",
    "Pace",
    "Pause",
    "Silence",
    "Standing",
    "Start",
    "Suppression",
    "Task",
    "Tick",
    "Touch",
    "Webhook",
    "Wish",
]
