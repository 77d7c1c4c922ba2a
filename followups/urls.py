from django.urls import path

from followups import views
from followups.dashboards import first_line, partner, partners, today

urlpatterns = [
    path("v/<slug:vendor>/", today.today, name="desk-today"),
    path("v/<slug:vendor>/partners/", partners.partners, name="desk-partners"),
    path("v/<slug:vendor>/partners/<int:pk>/", partner.partner, name="desk-partner"),
    path("v/<slug:vendor>/partners/<int:pk>/contacted/", partner.contacted, name="desk-partner-contacted"),
    path("v/<slug:vendor>/partners/<int:pk>/help/", partner.helped, name="desk-partner-help"),
    path("v/<slug:vendor>/partners/<int:pk>/accept/", partner.accepted, name="desk-partner-accept"),
    path("v/<slug:vendor>/partners/<int:pk>/start/", partner.started, name="desk-partner-start"),
    path("v/<slug:vendor>/followups/", views.desk_followups, name="desk-followups"),
    path("my/first-line/", first_line.first_line, name="my-first-line"),
    path("my/first-line/<int:pk>/called/", first_line.called, name="my-first-line-called"),
    path("l/u/<str:token>/", views.stop_reminders, name="unsubscribe"),
]
