"""Letting a member go: a page of its own, that says what happens before its button makes it happen."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners import clock, staffing
from partners.forms.settings import RemovalForm
from partners.isolating import isolated
from partners.models import Member, Partner
from partners.scoping import ScopedRequest


@require_http_methods(["GET", "HEAD", "POST"])
def desk_settings_person_remove(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    person = get_object_or_404(Member.objects.of(request.vendor).select_related("user"), pk=pk)
    if not request.member.may_administer:
        raise PermissionDenied
    led = Partner.objects.of(request.vendor).filter(manager=person).count()
    if request.method != "POST":
        return _show(request, person, led, RemovalForm(vendor=request.vendor, person=person, leads=bool(led)))
    form = RemovalForm(request.POST, vendor=request.vendor, person=person, leads=bool(led))
    if not form.is_valid():
        return _show(request, person, led, form)
    successor = form.cleaned_data.get("successor")
    try:
        staffing.remove_member(member=person, successor=successor, by=request.user, now=clock.now())
    except staffing.LastOwner as refusal:
        form.add_error(None, str(refusal.message))
        return _show(request, person, led, form)
    except staffing.SuccessorMissing as refusal:  # they were given a partner meanwhile, or the successor left
        messages.warning(request, refusal.message)
        return redirect(request.path)
    messages.success(request, _("%(who)s is no longer on your staff.") % {"who": isolated(str(person))})
    if successor:
        messages.success(request, _("%(who)s leads their partners now.") % {"who": isolated(str(successor))})
    return redirect("home") if person.user_id == request.user.pk else redirect("desk-settings-people", vendor=vendor)


def _show(request: ScopedRequest, person: Member, led: int, form: RemovalForm) -> HttpResponse:
    context = {
        "person": person,
        "led": led,
        "deputy_at": Partner.objects.of(request.vendor).filter(deputy=person).count(),
        "is_last_owner": staffing.is_last_owner(person),
        "form": form,
    }
    return render(request, "partners/person_remove.html", context, status=422 if form.errors else 200)
