"""Doors to what co-authors say about a step."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from partners import clock
from partners.scoping import ScopedRequest, for_those_who_act
from playbooks.commenting import CannotComment, settle
from playbooks.commenting import comment as write_comment
from playbooks.desk.scope import step_of
from playbooks.models import Comment


@require_POST
@for_those_who_act
def comment(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    try:
        write_comment(
            step=step_of(request, playbook, step), text=request.POST.get("text", ""), by=request.user, now=clock.now()
        )
    except CannotComment as refusal:
        messages.warning(request, refusal.message)
        request.session["unsent_comment"] = request.POST.get("text", "")
    return _back(vendor, playbook, step)


@require_POST
@for_those_who_act
def settled(request: ScopedRequest, vendor: str, playbook: int, step: int, comment: int) -> HttpResponse:
    about = step_of(request, playbook, step)
    mine = Comment.objects.of(request.vendor).filter(playbook=playbook, step=about.key)
    if settle(comment=get_object_or_404(mine, pk=comment), by=request.user, now=clock.now()):
        messages.success(request, _("Settled. It stays below for whoever wants to look it up."))
    return _back(vendor, playbook, step)


def _back(vendor: str, playbook: int, step: int) -> HttpResponse:
    return redirect(reverse("desk-playbook-step", args=[vendor, playbook, step]) + "#comments")
