"""Sure or unsure at the start, and what came of it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partners import clock
from partners.scoping import ScopedRequest
from playbooks.sureness import TOO_FEW, sureness_of


@require_safe
def sureness(request: ScopedRequest, vendor: str) -> HttpResponse:
    found = sureness_of(request.vendor, now=clock.now())
    return render(request, "desk/playbooks/sureness.html", {"sureness": found, "too_few": TOO_FEW})
