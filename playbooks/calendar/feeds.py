"""A person's times as a calendar to subscribe to: an address that needs no sign-in, and can be exchanged or taken away.

The address is the key in the database with our signature: a copy of the database alone opens nobody's calendar.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db.models import Max
from django.urls import reverse

from partners.models import Partner, User
from playbooks.models import CalendarFeed, Enrollment, Slot
from playbooks.models.slot import SlotQuerySet

SALT = "playbooks.calendar.feeds"
KEPT_FOR = timedelta(days=90)
MOST = 500


class FeedGone(Exception):
    """The address was altered, exchanged or taken away."""


def renew(*, user: User, now: datetime) -> CalendarFeed:
    """Give the person an address; one they had before works no more."""
    key = secrets.token_urlsafe(18)
    feed, _made = CalendarFeed.objects.update_or_create(user=user, defaults={"key": key, "made_at": now})
    return feed


def switch_off(*, user: User) -> None:
    CalendarFeed.objects.filter(user=user).delete()


def address_of(feed: CalendarFeed) -> str:
    return f"{settings.BASE_URL}{reverse('calendar-feed', args=[token_of(feed)])}"


def token_of(feed: CalendarFeed) -> str:
    return _signer().sign(feed.key)


def open_feed(token: str) -> CalendarFeed:
    """Raises ``FeedGone``."""
    try:
        key = _signer().unsign(token)
    except signing.BadSignature as error:
        raise FeedGone from error
    feed = CalendarFeed.objects.select_related("user").filter(key=key, user__is_active=True).first()
    if feed is None:
        raise FeedGone
    return feed


def slots_of(user: User, *, now: datetime) -> list[Slot]:
    """What stands in the person's calendar over all vendors: to come, and of the last 90 days."""
    there = _shown(user).in_a_calendar().filter(ends_at__gt=now - KEPT_FOR)
    related = ("vendor", "contact__partner__vendor", "progress__step")
    return list(there.select_related(*related).order_by("starts_at", "pk")[:MOST])


def changed_at(feed: CalendarFeed) -> datetime:
    """When anything in it changed last, also by being taken out of it."""
    last = Slot.objects.of_user(feed.user).aggregate(last=Max("changed_at"))["last"]
    return max(feed.made_at, last) if last else feed.made_at


def _shown(user: User) -> SlotQuerySet:
    slots: SlotQuerySet = Slot.objects.of_user(user)
    return slots.exclude(progress__enrollment__state=Enrollment.State.STOPPED).exclude(
        contact__partner__state=Partner.State.LEFT
    )


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=SALT)
