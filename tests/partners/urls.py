"""The project's doors, with placeholders for those the frame links to that are still being built."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path

from onboarding_portal.urls import urlpatterns as real


def _soon(request: HttpRequest, **_: object) -> HttpResponse:
    return HttpResponse("soon")


_FRAME = {
    "desk-today": "v/<slug:vendor>/",
    "desk-partners": "v/<slug:vendor>/partners/",
    "desk-partner": "v/<slug:vendor>/partners/<int:pk>/",
    "desk-playbooks": "v/<slug:vendor>/playbooks/",
    "desk-followups": "v/<slug:vendor>/followups/",
    "my-today": "my/",
    "my-playbook": "my/playbook/",
    "my-first-line": "my/first-line/",
}
_known = get_resolver("onboarding_portal.urls").reverse_dict
urlpatterns: list[URLPattern | URLResolver] = [
    *real,
    *(path(route, _soon, name=name) for name, route in _FRAME.items() if name not in _known),
]
