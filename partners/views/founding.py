"""Where somebody who has just signed up founds their vendor."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners import clock
from partners.countries import country_said
from partners.forms.founding import VendorNewForm
from partners.scoping import PersonalRequest
from partners.vendors import AddressTaken, create_vendor


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def vendor_new(request: PersonalRequest) -> HttpResponse:
    if request.method != "POST":
        country = country_said(request.headers.get("Accept-Language", ""))
        guess = {"language": get_language(), "country": country}
        return render(request, "partners/vendor_new.html", {"form": VendorNewForm(initial=guess)})
    form = VendorNewForm(request.POST)
    if form.is_valid():
        try:
            vendor = create_vendor(owner=request.user, now=clock.now(), **form.cleaned_data)
        except AddressTaken as taken:
            form.add_error("slug", str(taken.message))
        else:
            messages.success(request, _("Your desk is ready. Begin with your first partner."))
            return redirect("desk-today", vendor=vendor.slug)
    return render(request, "partners/vendor_new.html", {"form": form}, status=422)
