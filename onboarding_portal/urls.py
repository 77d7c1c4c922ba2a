"""All doors. Each app lists its own; here they are only put together."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("onboarding_portal.front_urls")),
    path("accounts/", include("onboarding_portal.account_urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("partners.urls")),
    path("", include("playbooks.urls")),
    path("", include("followups.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("onboarding_portal.demo.urls")))
