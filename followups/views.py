"""Doors: stopping reminders from a mail, and what the vendor sees of its follow-ups."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from followups.dashboards.agenda import agenda
from followups.engine.pausing import current_pause
from followups.unsubscribing import LinkAltered, is_unsubscribed, read_token, resubscribe, unsubscribe
from partners import clock
from partners.scoping import ScopedRequest


@csrf_exempt  # RFC 8058: mail programs post here without a page and without a cookie; the token is the permission
@require_http_methods(["GET", "HEAD", "POST"])
def stop_reminders(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows, POST acts; the same page takes it back."""
    try:
        mailbox = read_token(token)
    except LinkAltered:
        return render(request, "followups/unsubscribe.html", {"is_altered": True}, status=404)
    if request.method == "POST":
        act = resubscribe if request.POST.get("again") else unsubscribe
        act(mailbox=mailbox, now=clock.now())
        if request.POST.get("List-Unsubscribe") != "One-Click":
            return redirect("unsubscribe", token)
    context = {"mailbox": mailbox, "is_stopped": is_unsubscribed(mailbox)}
    response = render(request, "followups/unsubscribe.html", context)
    add_never_cache_headers(response)
    return response


@require_safe
def desk_followups(request: ScopedRequest, vendor: str) -> HttpResponse:
    shown = agenda(
        vendor=request.vendor,
        language=translation.get_language() or request.vendor.language,
        now=clock.now(),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {"agenda": shown, "pause": current_pause(request.vendor)}
    return render(request, "followups/agenda.html", context)
