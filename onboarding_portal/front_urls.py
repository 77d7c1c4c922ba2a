from django.urls import path

from onboarding_portal import arriving, front

urlpatterns = [
    path("", front.home, name="home"),
    path("places/", arriving.places, name="places"),
    path("favicon.ico", front.favicon, name="favicon"),
    path("healthz", front.healthz, name="healthz"),
    path("readyz", front.readyz, name="readyz"),
    path("preferences/language/", front.set_language, name="set-language"),
    path("preferences/theme/", front.set_theme, name="set-theme"),
]
