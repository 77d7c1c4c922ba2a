"""A step that the vendor does for a partner, at the desk: quoted, set for a day, delivered, or declined."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from partners import clock
from partners.scoping import ScopedRequest
from partners.working_days import day_of
from playbooks import handing_over
from playbooks.handing_over import DayIsOver
from playbooks.pages import desk_step
from playbooks.pages.handover_forms import FORMS
from playbooks.showing import ShownStep
from playbooks.walking import NotYourMove, ReasonMissing

OVER = gettext_lazy("That day is over. Choose one that is still to come.")


@require_POST
def desk_step_handover(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    shown, now = desk_step.find(request, pk), clock.now()
    move = request.POST.get("move", "")
    if move not in FORMS:  # no button of ours sends that
        return HttpResponse(status=422)
    form = FORMS[move](request.POST, auto_id=f"{move}-%s")
    form.full_clean()
    day = form.cleaned_data.get("ready_on")
    if day is not None and day < day_of(request.vendor, now):
        form.add_error("ready_on", OVER)
    if form.is_valid():
        try:
            moved = _move(request, shown, move, form.cleaned_data, now=now)
        except DayIsOver:
            form.add_error("ready_on", OVER)
        except (NotYourMove, ReasonMissing):
            messages.warning(request, _("This step has moved on meanwhile. Here is where things stand."))
            return redirect("desk-step", vendor=vendor, pk=pk)
        else:
            if moved:
                messages.success(request, _said(move, shown))
            return redirect("desk-step", vendor=vendor, pk=pk)
    return desk_step.page(request, shown, refused=form)


def _move(request: ScopedRequest, shown: ShownStep, move: str, said: dict[str, Any], *, now: datetime) -> bool:
    same: dict[str, Any] = {"progress": shown.progress, "by": request.user, "now": now}
    if move == "decline":
        return handing_over.decline(reason=said["reason"], **same)
    if move == "deliver":
        return handing_over.deliver(note=said["note"], **same)
    day: date = said["ready_on"]
    if move == "schedule":
        return handing_over.schedule(ready_on=day, note=said["note"], **same)
    price = {"amount": said["amount"], "currency": said["currency"]}
    return handing_over.quote(ready_on=day, note=said["note"], **price, **same)


def _said(move: str, shown: ShownStep) -> str:
    said = {
        "quote": _("Your quote for “%(step)s” is on its way. It is their turn to say yes or no."),
        "schedule": _("The day is set for “%(step)s”. They see it on their page."),
        "deliver": _("Delivered: “%(step)s”. They have a look, and confirm it."),
        "decline": _("Declined. “%(step)s” is the partner’s again, with your reason."),
    }
    return said[move] % {"step": shown.text.title}
