"""The desk's side of the human gate: who waits, what was said, who says yes."""

from collections.abc import Callable
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partners import applying, clock
from partners.accepting import starts_something
from partners.countries import country_name
from partners.forms.applications import AcceptForm, ConversationForm, ReasonForm
from partners.isolating import isolated
from partners.models import Application, Partner
from partners.paging import By, instant, key, page_of
from partners.registering import OtherVendors
from partners.scoping import ScopedRequest

ROWS = 50
WAITING = (By("applied_at", instant), By("id", key))
DECIDED = (By("decided_at", instant, descending=True), By("id", key, descending=True))


@require_safe
def desk_applications(request: ScopedRequest, vendor: str) -> HttpResponse:
    """Who waits for an answer, longest first; or, asked for, who got one, latest first."""
    applications = Application.objects.of(request.vendor)
    decided = request.GET.get("show") == "decided"
    rows = applications.decided().select_related("decided_by__user") if decided else applications.undecided()
    page = page_of(rows, DECIDED if decided else WAITING, request=request, size=ROWS)
    return render(request, "partners/applications.html", {"page": page, "decided": decided})


@require_http_methods(["GET", "HEAD", "POST"])
def desk_application(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    related = ("interviewer__user", "decided_by__user", "partner")
    application = get_object_or_404(Application.objects.of(request.vendor).select_related(*related), pk=pk)
    act = ACTIONS.get(request.POST.get("action", ""))
    if request.method != "POST":
        return _show(request, application)
    if act is None:
        return HttpResponseBadRequest(_("Nothing to do."), content_type="text/plain")
    try:
        return act(request, application)
    except REFUSALS as refusal:
        messages.warning(request, refusal.message)
        return redirect("desk-application", vendor=vendor, pk=pk)


def _show(
    request: ScopedRequest,
    application: Application,
    *,
    conversation: forms.Form | None = None,
    accepting: forms.Form | None = None,
    no: forms.Form | None = None,
) -> HttpResponse:
    held = timezone.localtime(application.conversation_at or clock.now())
    noted = {
        "interviewer": application.interviewer or request.member,
        "held_at": held.strftime("%Y-%m-%dT%H:%M"),
        "notes": application.conversation_notes,
    }
    context = {
        "application": application,
        "undecided": application.state in Application.UNDECIDED,
        "conversation": conversation or ConversationForm(vendor=request.vendor, initial=noted),
        "accepting": accepting or AcceptForm(vendor=request.vendor),
        "no": no or ReasonForm(),
        "country": country_name(application.country, get_language() or "en"),
        "starts": starts_something(request.vendor),
        "led": Partner.objects.of(request.vendor).to_be_led().filter(manager=request.member).count(),
    }
    failed = any((conversation, accepting, no))
    return render(request, "partners/application.html", context, status=422 if failed else 200)


def _record(request: ScopedRequest, application: Application) -> HttpResponse:
    form = ConversationForm(request.POST, vendor=request.vendor)
    if not form.is_valid():
        return _show(request, application, conversation=form)
    applying.record_conversation(application=application, by=request.member, now=clock.now(), **form.cleaned_data)
    messages.success(request, _("The conversation is on record. Now you can say yes or no."))
    return redirect("desk-application", vendor=request.vendor.slug, pk=application.pk)


def _accept(request: ScopedRequest, application: Application) -> HttpResponse:
    form = AcceptForm(request.POST, vendor=request.vendor)
    if not form.is_valid():
        return _show(request, application, accepting=form)
    partner = applying.accept_application(
        application=application, by=request.member, now=clock.now(), sponsor=form.cleaned_data["sponsor"]
    )
    company = {"company": isolated(partner.company)}
    messages.success(request, _("%(company)s is your partner, and you lead them.") % company)
    if not starts_something(request.vendor):
        messages.warning(request, _("Nothing begins and nothing is sent yet: no playbook is published."))
    return redirect("desk-partner", vendor=request.vendor.slug, pk=partner.pk)


def _say_no(decide: Callable[..., Application]) -> Callable[[ScopedRequest, Application], HttpResponse]:
    def act(request: ScopedRequest, application: Application) -> HttpResponse:
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _show(request, application, no=form)
        decide(application=application, by=request.member, now=clock.now(), reason=form.cleaned_data["reason"])
        messages.success(request, _("Written down. Nothing more happens with this application."))
        return redirect("desk-applications", vendor=request.vendor.slug)

    return act


ACTIONS: Final[dict[str, Callable[[ScopedRequest, Application], HttpResponse]]] = {
    "conversation": _record,
    "accept": _accept,
    "decline": _say_no(applying.decline),
    "withdraw": _say_no(applying.withdraw),
}
REFUSALS: Final = (
    applying.AlreadyDecided,
    applying.NoConversation,
    applying.NotYetHeld,
    applying.ReasonMissing,
    OtherVendors,
)
