"""Slots as calendar programs read them: RFC 5545, and RFC 5546 for what is mailed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from partners.places import zone
from playbooks.calendar.zones import vtimezone
from playbooks.models import Slot
from playbooks.templatetags.prose import without_marks

PRODUCT = "-//Firstline//Partner onboarding//EN"
NAME = "Firstline"
BEFORE = timedelta(minutes=10)


def uid_of(slot: Slot) -> str:
    return f"{slot.uid}@{settings.MESSAGE_ID_DOMAIN}"


def request(slot: Slot, *, language: str, url: str) -> str:
    """The invitation, and each change of it."""
    event = _event(slot, language=language, url=url)
    event.add("status", "CONFIRMED")
    return _mailed("REQUEST", slot, event)


def cancellation(slot: Slot, *, language: str) -> str:
    event = _event(slot, language=language, url="")
    event.add("status", "CANCELLED")
    return _mailed("CANCEL", slot, event)


def feed(slots: Sequence[Slot]) -> bytes:
    """All of them as one calendar to subscribe to; their links ask whoever opens them to sign in."""
    calendar = _calendar()
    calendar.add("x-wr-calname", NAME)
    calendar.add("refresh-interval", vText("PT1H"), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    _add_zones(calendar, slots)
    for slot in slots:
        door = reverse("my-step", args=[slot.progress_id])
        event = _event(slot, language=slot.contact.language_code, url=f"{settings.BASE_URL}{door}")
        event.add("status", "CONFIRMED")
        event.add_component(_alarm(event))
        calendar.add_component(event)
    return _written(calendar)


def _mailed(method: str, slot: Slot, event: Event) -> str:
    calendar = _calendar()
    calendar.add("method", method)
    _add_zones(calendar, [slot])
    event.add("organizer", _organizer(slot))
    event.add("attendee", _attendee(slot))
    if method == "REQUEST":
        event.add_component(_alarm(event))
    calendar.add_component(event)
    return _written(calendar).decode()


def _written(calendar: Calendar) -> bytes:
    return bytes(calendar.to_ical())


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _event(slot: Slot, *, language: str, url: str) -> Event:
    step = slot.progress.step
    title = step.title(language)
    why = without_marks(str(step.text("why", language) or ""))
    event = Event()
    event.add("uid", uid_of(slot))
    event.add("sequence", slot.sequence)
    event.add("dtstamp", slot.changed_at.astimezone(UTC))
    event.add("created", slot.created_at.astimezone(UTC))
    event.add("last-modified", slot.changed_at.astimezone(UTC))
    starts, ends = _local(slot)
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("summary", f"{title} · {slot.vendor.name}")
    event.add("description", "\n\n".join(part for part in (why, url) if part))
    if url:
        event.add("url", url)
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    return event


def _local(slot: Slot) -> tuple[datetime, datetime]:
    """Where the person lives; in UTC where the clock shows one of the two twice, which no local time can tell apart."""
    where = zone(slot.time_zone)
    starts, ends = slot.starts_at.astimezone(where), slot.ends_at.astimezone(where)
    if slot.time_zone == "UTC" or starts.fold or ends.fold:
        return slot.starts_at.astimezone(UTC), slot.ends_at.astimezone(UTC)
    return starts, ends


def _add_zones(calendar: Calendar, slots: Iterable[Slot]) -> None:
    """Each zone that a time is written in, with all its changes around these times."""
    spans: dict[str, list[datetime]] = {}
    for slot in slots:
        starts, ends = _local(slot)
        if isinstance(starts.tzinfo, ZoneInfo):
            spans.setdefault(slot.time_zone, []).extend((starts, ends))
    for name, moments in sorted(spans.items()):
        calendar.add_component(vtimezone(name, first=min(moments), last=max(moments)))


def _alarm(event: Event) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event["summary"])
    alarm.add("trigger", -BEFORE)
    return alarm


def _organizer(slot: Slot) -> vCalAddress:
    """The sender of our mails, in the vendor's name: programs take changes from the organizer's address alone."""
    organizer = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organizer.params["CN"] = vText(slot.vendor.name)
    return organizer


def _attendee(slot: Slot) -> vCalAddress:
    """Whoever chose the time has said yes to it already."""
    attendee = vCalAddress(f"mailto:{slot.contact.email}")
    attendee.params["CN"] = vText(slot.contact.name)
    attendee.params["CUTYPE"] = vText("INDIVIDUAL")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee
