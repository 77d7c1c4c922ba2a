"""Doors: stopping reminders from a mail, and what the vendor sees of its follow-ups."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from followups.dashboards.agenda import agenda
from followups.engine.pausing import current_pause
from followups.forms import WishesForm
from followups.preferring import choose, kinds_for, wishes_of
from followups.unsubscribing import (
    LinkAltered,
    Mailbox,
    is_unsubscribed,
    language_of,
    read_token,
    resubscribe,
    unsubscribe,
)
from partners import clock
from partners.scoping import ScopedRequest
from partners.zones import times_of


@csrf_exempt  # RFC 8058: mail programs post here without a page and without a cookie; the token is the permission
@require_http_methods(["GET", "HEAD", "POST"])
def stop_reminders(request: HttpRequest, token: str) -> HttpResponse:
    """How much somebody wants. GET shows, POST acts: it keeps what was chosen, stops everything, or takes that back."""
    try:
        mailbox = read_token(token)
    except LinkAltered:
        return render(request, "followups/unsubscribe.html", {"is_altered": True}, status=404)
    language = language_of(mailbox)
    with translation.override(language):
        response = _answer(request, token, mailbox)
    response["Content-Language"] = language
    return response


def _answer(request: HttpRequest, token: str, mailbox: Mailbox) -> HttpResponse:
    if request.method == "POST" and "save" in request.POST:
        return _save_wishes(request, token, mailbox)
    if request.method == "POST":
        act = resubscribe if request.POST.get("again") else unsubscribe
        act(mailbox=mailbox, now=clock.now())
        if request.POST.get("List-Unsubscribe") != "One-Click":
            return redirect("unsubscribe", token)
    return _reminders_page(request, mailbox, _wishes_form(mailbox))


def _save_wishes(request: HttpRequest, token: str, mailbox: Mailbox) -> HttpResponse:
    form = _wishes_form(mailbox, request.POST)
    if not form.is_valid():
        return _reminders_page(request, mailbox, form, status=422)
    choose(mailbox=mailbox, amounts=form.cleaned_data, now=clock.now())
    return redirect(f"{reverse('unsubscribe', args=[token])}?saved=yes")


def _wishes_form(mailbox: Mailbox, data: QueryDict | None = None) -> WishesForm:
    return WishesForm(data, kinds=kinds_for(mailbox), chosen=wishes_of(mailbox))


def _reminders_page(request: HttpRequest, mailbox: Mailbox, form: WishesForm, *, status: int = 200) -> HttpResponse:
    context = {
        "mailbox": mailbox,
        "is_stopped": is_unsubscribed(mailbox),
        "is_saved": "saved" in request.GET,
        "form": form,
    }
    response = render(request, "followups/unsubscribe.html", context, status=status)
    add_never_cache_headers(response)
    return response


@require_safe
def desk_followups(request: ScopedRequest, vendor: str) -> HttpResponse:
    now = clock.now()
    shown = agenda(
        vendor=request.vendor,
        language=translation.get_language() or request.vendor.language,
        now=now,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    zone = times_of(timezone.get_current_timezone_name(), now=now)
    context = {"agenda": shown, "pause": current_pause(request.vendor), "zone": zone}
    return render(request, "followups/agenda.html", context)
