from django.urls import path

from onboarding_portal.demo import views

urlpatterns = [
    path("", views.doors, name="demo-doors"),
    path("enter/<slug:door>/", views.enter, name="demo-enter"),
    path("mailbox/", views.mailbox, name="demo-mailbox"),
    path("mailbox/<int:pk>/", views.mail, name="demo-mail"),
    path("mailbox/<int:pk>/body/", views.mail_body, name="demo-mail-body"),
    path("clock/", views.clock_moved, name="demo-clock"),
    path("back/", views.back, name="demo-back"),
    path("errors/<int:code>/", views.error, name="demo-error"),
    path("start-over/", views.start_over, name="demo-start-over"),
]
