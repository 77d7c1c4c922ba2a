"""Doors to a certificate: for the partner's people, for the vendor's members, and for whoever verifies one."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from partners import clock
from partners.places import zone
from partners.scoping import PersonalRequest, ScopedRequest
from playbooks.certificates.drawing import draw
from playbooks.certificates.issuing import as_number, issue
from playbooks.models import Certificate, Enrollment

RELATED = ("partner__vendor", "vendor", "version")


@require_safe
@login_required
def my_certificate(request: PersonalRequest, pk: int) -> HttpResponse:
    mine = Enrollment.objects.of_contact(request.user).filter(state=Enrollment.State.FINISHED).distinct()
    return _pdf(get_object_or_404(mine.select_related(*RELATED), pk=pk))


@require_safe
def desk_certificate(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    theirs = Enrollment.objects.of(request.vendor).filter(state=Enrollment.State.FINISHED)
    return _pdf(get_object_or_404(theirs.select_related(*RELATED), pk=pk))


def _pdf(enrollment: Enrollment) -> HttpResponse:
    certificate = issue(enrollment=enrollment, now=clock.now())
    certificate.enrollment = enrollment
    response = HttpResponse(draw(certificate), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="certificate-{certificate.number}.pdf"'
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """What the certificate says, and nothing else; a number that there is not is no error of the reader's."""
    written = as_number(number)
    found = Certificate.objects.select_related("enrollment__partner__vendor", "enrollment__version")
    shown = found.filter(number=written).first()
    if shown is not None and number != written:
        return redirect("certificate", written)
    context: dict[str, Any] = {"certificate": shown, "number": written or number}
    if shown is not None:
        context["playbook"] = shown.enrollment.version.text("name", get_language() or "en")
        context["zone"] = zone(shown.enrollment.partner.zone_name)
    response = render(request, "my/certificate.html", context, status=200 if shown else 404)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
