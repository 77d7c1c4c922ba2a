"""The partner's side, the links in mails, and a partner's step at the vendor's desk."""

from django.urls import path

from playbooks.pages import calendar, certificate, confidence, desk_step, goal, link, overview, step, today

urlpatterns = [
    path("my/", today.my_today, name="my-today"),
    path("my/steps/", overview.my_playbook, name="my-playbook"),
    path("my/steps/<int:pk>/", step.my_step, name="my-step"),
    path("my/steps/<int:pk>/files/<slug:key>/", step.my_step_file, name="my-step-file"),
    path("my/steps/<int:pk>/done/", step.my_step_done, name="my-step-done"),
    path("my/steps/<int:pk>/withdraw/", step.my_step_withdraw, name="my-step-withdraw"),
    path("my/steps/<int:pk>/stuck/", step.my_step_stuck, name="my-step-stuck"),
    path("my/steps/<int:pk>/later/", step.my_step_later, name="my-step-later"),
    path("my/steps/<int:pk>/slot/", step.my_step_slot, name="my-step-slot"),
    path("my/calendar/", calendar.my_calendar, name="my-calendar"),
    path("my/calendar/renew/", calendar.my_calendar_renew, name="my-calendar-renew"),
    path("my/calendar/off/", calendar.my_calendar_off, name="my-calendar-off"),
    path("c/<str:token>.ics", calendar.calendar_feed, name="calendar-feed"),
    path("my/confidence/<int:pk>/", confidence.my_confidence, name="my-confidence"),
    path("my/certificates/<int:pk>/", certificate.my_certificate, name="my-certificate"),
    path("v/<slug:vendor>/certificates/<int:pk>/", certificate.desk_certificate, name="desk-certificate"),
    path("certificates/<str:number>/", certificate.certificate, name="certificate"),
    path("my/files/<slug:key>/", step.my_file, name="my-file"),
    path("my/goals/<int:pk>/", goal.my_goal, name="my-goal"),
    path("v/<slug:vendor>/steps/<int:pk>/", desk_step.desk_step, name="desk-step"),
    path("v/<slug:vendor>/files/<slug:key>/", desk_step.desk_file, name="desk-file"),
    path("v/<slug:vendor>/steps/<int:pk>/done/", desk_step.desk_step_done, name="desk-step-done"),
    path("v/<slug:vendor>/steps/<int:pk>/back/", desk_step.desk_step_back, name="desk-step-back"),
    path("v/<slug:vendor>/steps/<int:pk>/skip/", desk_step.desk_step_skip, name="desk-step-skip"),
    path("l/<str:token>/", link.step_link, name="step-link"),
    path("l/<str:token>/done/", link.step_link_done, name="step-link-done"),
    path("l/<str:token>/withdraw/", link.step_link_withdraw, name="step-link-withdraw"),
    path("l/<str:token>/files/<slug:key>/", link.step_link_file, name="step-link-file"),
    path("l/<str:token>/stuck/", link.step_link_stuck, name="step-link-stuck"),
    path("l/<str:token>/later/", link.step_link_later, name="step-link-later"),
    path("l/<str:token>/slot/", link.step_link_slot, name="step-link-slot"),
    path("l/<str:token>/sure/", confidence.step_link_sure, name="step-link-sure"),
    path("l/<str:token>/goal/", link.step_link_goal, name="step-link-goal"),
    path("l/<str:token>/fresh/", link.step_link_fresh, name="step-link-fresh"),
]
