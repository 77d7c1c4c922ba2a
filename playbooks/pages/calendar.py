"""A person's own times: the page that lists them and gives them an address, and what stands under that address."""

from datetime import datetime
from hashlib import sha256

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from partners import clock
from partners.places import zone
from partners.scoping import PersonalRequest
from playbooks.calendar import entries, feeds
from playbooks.calendar.feeds import FeedGone
from playbooks.models import CalendarFeed, Slot


@require_safe
@login_required
def my_calendar(request: PersonalRequest) -> HttpResponse:
    now, language = clock.now(), get_language() or ""
    feed = CalendarFeed.objects.filter(user=request.user).first()
    address = feeds.address_of(feed) if feed else ""
    times = [_line(slot, language) for slot in feeds.slots_of(request.user, now=now) if _is_to_come(slot, now)]
    context = {"address": address, "webcal": f"webcal:{address.partition(':')[2]}", "times": times}
    return render(request, "my/calendar.html", context)


def _is_to_come(slot: Slot, now: datetime) -> bool:
    return slot.ended_at is None and slot.ends_at > now


def _line(slot: Slot, language: str) -> dict[str, object]:
    return {"slot": slot, "title": slot.progress.step.title(language), "zone": zone(slot.time_zone)}


@require_POST
@login_required
def my_calendar_renew(request: PersonalRequest) -> HttpResponse:
    had_one = CalendarFeed.objects.filter(user=request.user).exists()
    feeds.renew(user=request.user, now=clock.now())
    if had_one:
        messages.success(request, _("This is the new address. The old one shows nothing any more."))
    return redirect("my-calendar")


@require_POST
@login_required
def my_calendar_off(request: PersonalRequest) -> HttpResponse:
    feeds.switch_off(user=request.user)
    messages.success(request, _("The address is gone. Programs that subscribed to it get nothing any more."))
    return redirect("my-calendar")


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """For programs: no page, no cookie, no language of the browser's."""
    try:
        feed = feeds.open_feed(token)
    except FeedGone:
        return _private(HttpResponse("This calendar is not there.\n", content_type="text/plain", status=404))
    content = entries.feed(feeds.slots_of(feed.user, now=clock.now()))
    changed = int(feeds.changed_at(feed).timestamp())
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag = f'"{sha256(content).hexdigest()[:32]}"'
    response["Last-Modified"] = http_date(changed)
    response["Content-Disposition"] = 'inline; filename="firstline.ics"'
    answer = get_conditional_response(request, etag=etag, last_modified=changed, response=response)
    return _private(answer or response)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
