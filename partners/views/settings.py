"""The vendor's settings: everybody on the staff may read them, an owner may change them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners import clock
from partners.configuring import change_vendor
from partners.forms.settings import VendorForm
from partners.scoping import ScopedRequest


@require_http_methods(["GET", "HEAD", "POST"])
def desk_settings(request: ScopedRequest, vendor: str) -> HttpResponse:
    may_change = request.member.may_administer
    if request.method != "POST":
        form = VendorForm(vendor=request.vendor, may_change=may_change)
        return render(request, "partners/settings.html", {"form": form})
    if not may_change:
        raise PermissionDenied
    form = VendorForm(request.POST, vendor=request.vendor, may_change=True)
    if not form.is_valid():
        return render(request, "partners/settings.html", {"form": form}, status=422)
    change_vendor(vendor=request.vendor, changes=form.cleaned_data, by=request.user, now=clock.now())
    messages.success(request, _("Saved."))
    return redirect("desk-settings", vendor=vendor)
