from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("playbooks.pages.urls")),
    path("", include("playbooks.desk.urls")),
]
