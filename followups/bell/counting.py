"""How many notes somebody has not looked at: one query over a partial index, where a page shows a bell."""

from functools import cached_property

from django.contrib.auth.models import AnonymousUser

from followups.models import Notification
from partners.models import Member, User
from partners.prepared import Prepared

MOST = 100  # beyond it the bell says "99+"
OF_MEMBER = Prepared(
    lambda member: Notification.objects.unread().filter(member=member).values_list("pk", flat=True)[:MOST], int
)
OF_USER = Prepared(lambda user: Notification.objects.of_user(user).unread().values_list("pk", flat=True)[:MOST], int)


class Bell:
    """For every page's template: at a vendor's desk the member's, elsewhere the person's own over all vendors."""

    def __init__(self, user: User | AnonymousUser, member: Member | None) -> None:
        self._user, self._member = user, member

    @cached_property
    def unread(self) -> int:
        """How many there are, up to ``MOST``; asked once, where it is shown."""
        if isinstance(self._user, AnonymousUser):
            return 0
        return len(OF_USER(self._user.pk) if self._member is None else OF_MEMBER(self._member.pk))

    @property
    def number(self) -> str:
        return str(self.unread) if self.unread < MOST else f"{MOST - 1}+"
