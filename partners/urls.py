from django.urls import path

from partners import branding
from partners.views import applications, applying, founding, invitations, people, settings

urlpatterns = [
    path("brand/<slug:vendor>.css", branding.brand, name="brand"),
    path("apply/<slug:vendor>/", applying.application_form, name="application-form"),
    path("apply/<slug:vendor>/thanks/", applying.application_thanks, name="application-thanks"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("vendors/new/", founding.vendor_new, name="vendor-new"),
    path("v/<slug:vendor>/applications/", applications.desk_applications, name="desk-applications"),
    path("v/<slug:vendor>/applications/<int:pk>/", applications.desk_application, name="desk-application"),
    path("v/<slug:vendor>/settings/", settings.desk_settings, name="desk-settings"),
    path("v/<slug:vendor>/settings/people/", people.desk_settings_people, name="desk-settings-people"),
]
