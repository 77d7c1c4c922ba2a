"""Doors to the bell: at a vendor's desk a member's notes, on a person's own side what came to them as a contact."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from followups.bell.reading import RELATED, address_of, mark_read, note_of
from followups.models import Notification
from followups.models.notification import NotificationQuerySet
from partners import clock
from partners.paging import By, instant, key, page_of
from partners.scoping import PersonalRequest, ScopedRequest

ROWS = 20
NEWEST = (By("made_at", instant, descending=True), By("pk", key, descending=True))


@require_safe
def desk_bell(request: ScopedRequest, vendor: str) -> HttpResponse:
    return _page(request, _of_member(request), "bell/desk.html")


@require_POST
def desk_bell_open(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    return _open(_of_member(request), pk)


@require_POST
def desk_bell_read(request: ScopedRequest, vendor: str) -> HttpResponse:
    return _read_all(request, _of_member(request), "desk-bell", vendor)


@login_required
@require_safe
def my_bell(request: PersonalRequest) -> HttpResponse:
    return _page(request, _of_user(request), "bell/my.html")


@login_required
@require_POST
def my_bell_open(request: PersonalRequest, pk: int) -> HttpResponse:
    return _open(_of_user(request), pk)


@login_required
@require_POST
def my_bell_read(request: PersonalRequest) -> HttpResponse:
    return _read_all(request, _of_user(request), "my-bell")


def _of_member(request: ScopedRequest) -> NotificationQuerySet:
    return Notification.objects.of_member(request.member)


def _of_user(request: PersonalRequest) -> NotificationQuerySet:
    return Notification.objects.of_user(request.user)


def _page(request: ScopedRequest | PersonalRequest, notes: NotificationQuerySet, template: str) -> HttpResponse:
    page = page_of(notes.select_related(*RELATED), NEWEST, request=request, size=ROWS)
    return render(request, template, {"page": page, "notes": [note_of(row) for row in page.rows]})


def _open(notes: NotificationQuerySet, pk: int) -> HttpResponse:
    """Read from here on, and on to where it leads; a look at the list alone changes nothing."""
    note = get_object_or_404(notes.select_related(*RELATED), pk=pk)
    mark_read(notes.filter(pk=pk), now=clock.now())
    return redirect(address_of(note))


def _read_all(
    request: ScopedRequest | PersonalRequest, notes: NotificationQuerySet, name: str, *at: str
) -> HttpResponse:
    if mark_read(notes, now=clock.now()):
        messages.success(request, _("All read."))
    return redirect(name, *at)
