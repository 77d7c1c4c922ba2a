"""The demo's time zone: whoever has none of their own reads every page in the demo vendor's, as at its desk."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from onboarding_portal.demo import people
from partners.models import Vendor


class DemoZoneMiddleware:
    """Comes after the reader's own zone is set, and before a desk sets its vendor's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST" or (request.user.is_authenticated and request.user.time_zone):
            return self.get_response(request)
        zone = Vendor.objects.filter(slug=people.VENDOR).values_list("time_zone", flat=True).first()
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)
