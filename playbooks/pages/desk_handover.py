"""A step that the vendor does for a partner, at the desk: quoted, set for a day, delivered, or declined."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from partners import clock
from partners.scoping import ScopedRequest
from partners.working_days import day_of
from playbooks import handing_over
from playbooks.evidence.forms import EvidenceForm
from playbooks.handing_over import DayIsOver
from playbooks.pages import desk_step
from playbooks.pages.handover_forms import FORMS, delivery_form
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
    delivery = delivery_form(shown, request.POST, request.FILES) if move == "deliver" else None
    try:
        _keep_files(request, shown, delivery, now=now)
        if form.is_valid() and (delivery is None or delivery.is_valid()):
            if _move(request, shown, move, form.cleaned_data, delivery, now=now):
                messages.success(request, _said(move, shown))
            return redirect("desk-step", vendor=vendor, pk=pk)
    except DayIsOver:
        form.add_error("ready_on", OVER)
    except (NotYourMove, ReasonMissing):
        messages.warning(request, _("This step has moved on meanwhile. Here is where things stand."))
        return desk_step.to_step(request, shown, typed=_typed(request, form, delivery))
    return desk_step.page(request, shown, refused=form, delivery=delivery)


def _keep_files(request: ScopedRequest, shown: ShownStep, delivery: EvidenceForm | None, *, now: datetime) -> None:
    """A browser does not send a file twice, so it is kept even if the rest of the form comes back."""
    checked = delivery.files_sent() if delivery is not None and request.FILES else {}
    if delivery is not None and checked:
        kept = handing_over.bring_files(progress=shown.progress, checked=checked, by=request.user, now=now)
        delivery.show_kept(kept)


def _typed(request: ScopedRequest, form: Form, delivery: EvidenceForm | None) -> str:
    """The words that nothing takes any longer."""
    words = [request.POST.get(name, "") for name in ("note", "reason") if name in form.fields]
    words += [f"{label}: {value}" for label, value in (delivery.typed() if delivery is not None else ())]
    return "; ".join(word.strip() for word in words if word.strip())


def _move(
    request: ScopedRequest,
    shown: ShownStep,
    move: str,
    said: dict[str, Any],
    delivery: EvidenceForm | None,
    *,
    now: datetime,
) -> bool:
    same: dict[str, Any] = {"progress": shown.progress, "by": request.user, "now": now}
    if move == "decline":
        return handing_over.decline(reason=said["reason"], **same)
    if move == "deliver":
        given = delivery.given() if delivery is not None else {}
        return handing_over.deliver(note=said["note"], given=given, **same)
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
