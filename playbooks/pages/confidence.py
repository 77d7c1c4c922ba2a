"""How sure are you? Asked from a mail and on Today; opening changes nothing, a press answers."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from partners import clock
from partners.isolating import isolated
from partners.kept import bring_back, forget, signed_in_on, typed_before
from partners.models import Activity, Contact, User
from partners.scoping import PersonalRequest
from playbooks import confidence
from playbooks.confidence import DoubtStands
from playbooks.links import StepLink
from playbooks.models import Confidence, Enrollment
from playbooks.pages.acting import Actor, draft_named, has_arrived
from playbooks.pages.link import opened
from playbooks.walking import NotYourMove

Answer = Confidence.Answer


class ConfidenceForm(forms.Form):
    """``seen`` is the mark of the answer that the page showed."""

    seen = forms.CharField(max_length=40, required=False)
    answer = forms.ChoiceField(choices=Answer.choices)
    reason = forms.CharField(
        label=gettext_lazy("What makes you doubt?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("answer") == Answer.DOUBTS and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say in a few words what makes you doubt, so that somebody can help."))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_on("my-confidence")
def my_confidence(request: PersonalRequest, pk: int) -> HttpResponse:
    mine = Enrollment.objects.of_contact(request.user).select_related(
        "vendor", "partner__manager__user", "confidence__contact"
    )
    enrollment = get_object_or_404(mine.distinct(), pk=pk)
    enrollment.partner.vendor = enrollment.vendor
    contact = Contact.objects.of_user(request.user).filter(partner=enrollment.partner_id).first()
    actor = Actor(user=request.user, name="", side=Activity.Side.PARTNER, contact=contact)
    draft = draft_of(request.user, pk)
    where: dict[str, Any] = {
        "template": "my/confidence.html",
        "here": reverse("my-confidence", args=[pk]),
        "draft": draft,
        "actor": actor,
    }
    if request.method != "POST":
        return _page(request, enrollment, **where)
    form = ConfidenceForm(request.POST)
    if not form.is_valid():
        return _page(request, enrollment, **where, form=form)
    try:
        _tell(enrollment, form, actor, now=clock.now())
    except NotYourMove:
        messages.warning(request, _("This playbook has ended, so the question is no longer asked."))
    except DoubtStands as refused:
        messages.warning(request, _still(refused.told, enrollment, actor))
        return redirect("my-confidence", pk)
    else:
        messages.success(request, _thanks(enrollment, form))
    forget(request, draft)
    return has_arrived(redirect("my-today"), draft)


def draft_of(user: User, pk: int) -> str:
    """The name under which what they type about an enrollment is kept, on Today as on the page of the question."""
    return draft_named(f"sure.{pk}", f"u{user.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
@opened
def step_link_sure(request: HttpRequest, token: str, link: StepLink, now: datetime) -> HttpResponse:
    enrollment, here = link.progress.enrollment, reverse("step-link-sure", args=[token])
    enrollment.vendor = enrollment.partner.vendor
    form = ConfidenceForm(request.POST) if request.method == "POST" else None
    actor = Actor(user=link.contact.user, name=link.contact.name, side=Activity.Side.PARTNER, contact=link.contact)
    draft = actor.draft_named(f"sure.{enrollment.pk}")
    if form is not None and form.is_valid():
        with suppress(NotYourMove, DoubtStands):  # the page there says how things stand
            _tell(enrollment, form, actor, now=now)
        return has_arrived(redirect(here), draft)
    where = {"template": "my/link_confidence.html", "here": here, "step": reverse("step-link", args=[token])}
    return _page(request, enrollment, **where, draft=draft, form=form, actor=actor)


def _tell(enrollment: Enrollment, form: ConfidenceForm, actor: Actor, *, now: datetime) -> None:
    """Raises ``NotYourMove`` and ``DoubtStands``."""
    confidence.tell(
        enrollment=enrollment,
        answer=form.cleaned_data["answer"],
        reason=form.cleaned_data["reason"],
        contact=actor.contact,
        by=actor.user,
        now=now,
        actor_name=actor.name,
        seen=form.cleaned_data["seen"],
    )


def _still(told: Confidence, enrollment: Enrollment, actor: Actor) -> str:
    """Why a press on “Confident” changed nothing."""
    words = {
        "day": date_format(localtime(told.changed_at), "MONTH_DAY_FORMAT"),
        "name": isolated(str(enrollment.partner.manager.user)),
        "person": isolated(told.contact.name) if told.contact else "",
    }
    if told.is_of(user=actor.user, contact=actor.contact):
        return (
            _("You have had doubts since %(day)s, and %(name)s gets back to you. Has it changed? Answer again.") % words
        )
    return _("%(person)s has had doubts since %(day)s, and %(name)s gets back to them. That stays as it is.") % words


def _thanks(enrollment: Enrollment, form: ConfidenceForm) -> str:
    if form.cleaned_data["answer"] == Answer.CONFIDENT:
        return _("Good to hear. Small steps from here.")
    name = str(enrollment.partner.manager.user)
    return _("Your words reach %(name)s within a minute. You hear from them.") % {"name": isolated(name)}


def _page(
    request: HttpRequest,
    enrollment: Enrollment,
    *,
    template: str,
    here: str,
    draft: str,
    actor: Actor,
    form: ConfidenceForm | None = None,
    step: str = "",
) -> HttpResponse:
    typed = typed_before(request, draft, now=clock.now()) if form is None else None
    shown = form or ConfidenceForm()
    if typed is not None:
        bring_back(shown, typed)
    told = getattr(enrollment, "confidence", None)
    context = {
        "draft": draft,
        "is_own": told is None or told.is_of(user=actor.user, contact=actor.contact),
        "is_back": typed is not None,
        "enrollment": enrollment,
        "vendor": enrollment.vendor,
        "manager": str(enrollment.partner.manager.user),
        "told": told,
        "form": shown,
        "here": here,
        "step": step,
        "wants_doubts": typed is not None or request.GET.get("answer") == Answer.DOUBTS,
        "is_running": enrollment.state == Enrollment.State.RUNNING,
    }
    return render(request, template, context, status=422 if form else 200)
