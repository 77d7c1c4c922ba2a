"""What co-authors say to each other about a step, and when it is settled."""

from collections import Counter
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from partners.models import User
from playbooks.models import Comment, Playbook, Step
from playbooks.outline import has_forbidden

LONGEST = 2000


class CannotComment(Exception):
    """There is nothing in it, or too much; ``message`` says which."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def comment(*, step: Step, text: str, by: User, now: datetime) -> Comment:
    """The same words again, as the last of the same person, are the same comment. Raises ``CannotComment``."""
    text = text.strip()
    if not text or has_forbidden(text):
        raise CannotComment(str(_("Write a word or two, then send it.")))
    if len(text) > LONGEST:
        raise CannotComment(str(_("That is too long for a comment. Keep it under 2,000 characters.")))
    about = Comment.objects.filter(playbook=step.version.playbook_id, step=step.key)
    last = about.order_by("-pk").first()
    if last is not None and (last.text, last.made_by_id, last.settled_at) == (text, by.pk, None):
        return last
    return Comment.objects.create(
        playbook_id=step.version.playbook_id, step=step.key, text=text, made_at=now, made_by=by
    )


def settle(*, comment: Comment, by: User, now: datetime) -> bool:
    """Say that a comment is dealt with; whether it was open until now."""
    still_open = Comment.objects.open().filter(pk=comment.pk)
    return bool(still_open.update(settled_at=now, settled_by=by))


def open_counts(playbook: Playbook) -> Counter[str]:
    """How many comments are open, by the key of the step. One query."""
    return Counter(Comment.objects.open().filter(playbook=playbook).values_list("step", flat=True))
