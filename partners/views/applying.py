"""The public application form of a vendor."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from partners import clock
from partners.applying import apply
from partners.forms.applications import ApplicationForm
from partners.models import Vendor
from partners.scoping import public
from partners.throttling import too_often

AN_HOUR = 60 * 60


@public
@require_http_methods(["GET", "HEAD", "POST"])
def application_form(request: HttpRequest, vendor: str) -> HttpResponse:
    to = get_object_or_404(Vendor, slug=vendor)
    if request.method != "POST":
        form = ApplicationForm(vendor=to, initial={"language": get_language()})
        return render(request, "partners/application_form.html", {"applying_to": to, "form": form})
    form = ApplicationForm(request.POST, vendor=to)
    if form.is_from_a_machine:
        return redirect("application-thanks", vendor=to.slug)
    if too_often(request, what=f"apply:{to.pk}", times=5, seconds=AN_HOUR):
        return render(request, "partners/application_too_often.html", {"applying_to": to}, status=429)
    if not form.is_valid():
        return render(request, "partners/application_form.html", {"applying_to": to, "form": form}, status=422)
    apply(vendor=to, now=clock.now(), **form.answers())
    return redirect("application-thanks", vendor=to.slug)


@public
@require_safe
def application_thanks(request: HttpRequest, vendor: str) -> HttpResponse:
    to = get_object_or_404(Vendor, slug=vendor)
    return render(request, "partners/application_thanks.html", {"applying_to": to})
