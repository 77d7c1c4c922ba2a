"""Doors for whoever runs the installation: a page behind the staff flag, and the figures for Prometheus."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from followups.engine import pausing, resolving
from followups.operators.figures import figures
from followups.operators.forms import AnswerForm, PauseForm, ResumeForm
from followups.operators.metrics import exposition
from followups.operators.showing import lateness_rows, paused_vendors, shown_unknown
from partners import clock
from partners.scoping import PersonalRequest

THIS_MACHINE = frozenset({"127.0.0.1", "::1"})
View = Callable[..., HttpResponse]


def for_operators(view: View) -> View:
    """For users with the staff flag; to everybody else the page is not there."""

    @login_required
    @never_cache
    @wraps(view)
    def guarded(request: PersonalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@for_operators
def operators(request: PersonalRequest) -> HttpResponse:
    return _page(request, PauseForm())


def _page(request: PersonalRequest, form: PauseForm, *, status: int = 200) -> HttpResponse:
    now = clock.now()
    found = figures(now=now)
    context = {
        "figures": found,
        "minutes_late": round(found.waiting_for(now).total_seconds() / 60),
        "lateness": lateness_rows(found),
        "unknown": shown_unknown(request, now=now),
        "paused": paused_vendors(),
        "pause_form": form,
    }
    return render(request, "operators/operators.html", context, status=status)


@require_POST
@for_operators
def operators_pause(request: PersonalRequest) -> HttpResponse:
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    vendor = form.cleaned_data["slug"]
    reason = form.cleaned_data["reason"]
    pausing.pause(vendor=vendor, reason=reason, by=_name(request), now=clock.now(), user=request.user)
    messages.success(request, _("Sending is paused for %(vendor)s.") % {"vendor": vendor})
    return redirect("operators")


@require_POST
@for_operators
def operators_resume(request: PersonalRequest) -> HttpResponse:
    form = ResumeForm(request.POST)
    if form.is_valid():
        vendor = form.cleaned_data["slug"]
        pausing.resume(vendor=vendor, by=_name(request), now=clock.now(), user=request.user)
        messages.success(request, _("%(vendor)s goes on. What waited is due now.") % {"vendor": vendor})
    return redirect("operators")


@require_POST
@for_operators
def operators_unknown(request: PersonalRequest, pk: int) -> HttpResponse:
    """What somebody found out about a mail in doubt."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say whether it arrived."))
        return redirect("operators")
    answer = resolving.it_arrived if form.cleaned_data["answer"] == "arrived" else resolving.send_again
    try:
        answer(message_id=pk, by=_name(request), now=clock.now())
    except (resolving.NotUnknown, resolving.TextGone) as refused:
        messages.warning(request, str(refused.message))
    else:
        messages.success(request, _("Written down, with your name."))
    return redirect("operators")


def _name(request: PersonalRequest) -> str:
    name = f"{request.user.name} <{request.user.email}>" if request.user.name else request.user.email
    return name[:150]


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with the token of METRICS_TOKEN; without one, for this machine alone and not in production."""
    if not _may_measure(request):
        raise Http404
    return HttpResponse(exposition(now=clock.now()), content_type=CONTENT_TYPE_LATEST)


def _may_measure(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")
    is_direct = "X-Forwarded-For" not in request.headers and "Forwarded" not in request.headers
    return not settings.PRODUCTION and is_direct and request.META.get("REMOTE_ADDR") in THIS_MACHINE
