"""Doors to a playbook's stages and steps: which have touches of their own, and giving them some."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from followups.cadences import drafting, giving
from followups.cadences.scope import playbook_name
from followups.cadences.trees import tree_of
from partners import clock
from partners.scoping import ScopedRequest
from playbooks.models import Playbook, Stage, Step


def _playbook_of(request: ScopedRequest, pk: int) -> Playbook:
    return get_object_or_404(Playbook.objects.of(request.vendor).select_related("vendor"), pk=pk)


@require_safe
def playbook(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    found = _playbook_of(request, playbook)
    name = playbook_name(found, request.vendor)
    page = {
        "playbook": found,
        "name": name,
        "tree": tree_of(found, request.vendor, name),
        "may_edit": request.member.may_act,
    }
    return render(request, "followups/cadences/tree.html", page)


@require_POST
def own(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """Touches of its own for a playbook, and a draft of them to change at once."""
    return _give(request, _playbook_of(request, playbook))


@require_POST
def stage_own(request: ScopedRequest, vendor: str, playbook: int, key: str) -> HttpResponse:
    found = _playbook_of(request, playbook)
    if not Stage.objects.filter(version__playbook=found, key=key).exists():
        raise Http404
    return _give(request, found, stage=key)


@require_POST
def step_own(request: ScopedRequest, vendor: str, playbook: int, key: str) -> HttpResponse:
    found = _playbook_of(request, playbook)
    if not Step.objects.filter(version__playbook=found, key=key).exists():
        raise Http404
    return _give(request, found, step=key)


def _give(request: ScopedRequest, playbook: Playbook, *, stage: str = "", step: str = "") -> HttpResponse:
    now = clock.now()
    made = giving.give_own(playbook=playbook, stage=stage, step=step, by=request.user, now=now)
    if not made.has_draft:
        drafting.start_draft(cadence=made, by=request.user, now=now)
    return redirect("desk-followup-cadence", vendor=request.vendor.slug, pk=made.pk)
