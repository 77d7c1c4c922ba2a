from django.urls import path

from followups import mail_events, views
from followups.bell import pages as bell
from followups.cadences.urls import urlpatterns as cadences
from followups.dashboards import exporting, first_line, partner, partners, starting, today
from followups.operators import views as operators
from followups.owed import queue, stuck
from followups.webhooks import pages as webhooks

urlpatterns = [
    *cadences,
    *mail_events.doors(),
    path("v/<slug:vendor>/", today.today, name="desk-today"),
    path("v/<slug:vendor>/owed/", queue.owed, name="desk-today-owed"),
    path("v/<slug:vendor>/owed/<int:pk>/", stuck.stuck, name="desk-today-stuck"),
    path("v/<slug:vendor>/partners/", partners.partners, name="desk-partners"),
    path("v/<slug:vendor>/partners/export/", exporting.export, name="desk-partners-export"),
    path("v/<slug:vendor>/partners/start/", starting.start, name="desk-partners-start"),
    path("v/<slug:vendor>/partners/<int:pk>/", partner.partner, name="desk-partner"),
    path("v/<slug:vendor>/partners/<int:pk>/contacted/", partner.contacted, name="desk-partner-contacted"),
    path("v/<slug:vendor>/partners/<int:pk>/help/", partner.helped, name="desk-partner-help"),
    path("v/<slug:vendor>/partners/<int:pk>/accept/", partner.accepted, name="desk-partner-accept"),
    path("v/<slug:vendor>/partners/<int:pk>/start/", partner.started, name="desk-partner-start"),
    path("v/<slug:vendor>/followups/", views.desk_followups, name="desk-followups"),
    path("v/<slug:vendor>/bell/", bell.desk_bell, name="desk-bell"),
    path("v/<slug:vendor>/bell/read/", bell.desk_bell_read, name="desk-bell-read"),
    path("v/<slug:vendor>/bell/<int:pk>/", bell.desk_bell_open, name="desk-bell-open"),
    path("v/<slug:vendor>/settings/webhook/", webhooks.webhook, name="desk-settings-webhook"),
    path("operators/", operators.operators, name="operators"),
    path("operators/pause/", operators.operators_pause, name="operators-pause"),
    path("operators/resume/", operators.operators_resume, name="operators-resume"),
    path("operators/unknown/<int:pk>/", operators.operators_unknown, name="operators-unknown"),
    path("metrics", operators.metrics, name="metrics"),
    path("my/first-line/", first_line.first_line, name="my-first-line"),
    path("my/first-line/<int:pk>/called/", first_line.called, name="my-first-line-called"),
    path("my/bell/", bell.my_bell, name="my-bell"),
    path("my/bell/read/", bell.my_bell_read, name="my-bell-read"),
    path("my/bell/<int:pk>/", bell.my_bell_open, name="my-bell-open"),
    path("l/u/<str:token>/", views.stop_reminders, name="unsubscribe"),
]
