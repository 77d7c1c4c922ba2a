from django.urls import path

from partners import branding
from partners.views import (
    applications,
    applying,
    contacts,
    founding,
    imports,
    invitations,
    partners,
    people,
    removing,
    settings,
)

urlpatterns = [
    path("brand/<slug:vendor>.css", branding.brand, name="brand"),
    path("apply/<slug:vendor>/", applying.application_form, name="application-form"),
    path("apply/<slug:vendor>/thanks/", applying.application_thanks, name="application-thanks"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("vendors/new/", founding.vendor_new, name="vendor-new"),
    path("v/<slug:vendor>/applications/", applications.desk_applications, name="desk-applications"),
    path("v/<slug:vendor>/applications/<int:pk>/", applications.desk_application, name="desk-application"),
    path("v/<slug:vendor>/partners/import/", imports.partners_import, name="desk-partners-import"),
    path("v/<slug:vendor>/partners/import/<str:token>/", imports.partners_upload, name="desk-partners-upload"),
    path(
        "v/<slug:vendor>/partners/import/<str:token>/problems.csv",
        imports.partners_problems,
        name="desk-partners-problems",
    ),
    path("v/<slug:vendor>/orders/import/", imports.orders_import, name="desk-orders-import"),
    path("v/<slug:vendor>/orders/import/<str:token>/", imports.orders_upload, name="desk-orders-upload"),
    path(
        "v/<slug:vendor>/orders/import/<str:token>/problems.csv", imports.orders_problems, name="desk-orders-problems"
    ),
    path("v/<slug:vendor>/partners/new/", partners.desk_partner_new, name="desk-partner-new"),
    path("v/<slug:vendor>/partners/new/zone/", partners.desk_partner_zone, name="desk-partner-zone"),
    path("v/<slug:vendor>/partners/<int:pk>/edit/", partners.desk_partner_edit, name="desk-partner-edit"),
    path(
        "v/<slug:vendor>/partners/<int:pk>/contacts/new/",
        contacts.desk_partner_contact_new,
        name="desk-partner-contact-new",
    ),
    path("v/<slug:vendor>/contacts/<int:pk>/", contacts.desk_contact, name="desk-contact"),
    path("v/<slug:vendor>/contacts/<int:pk>/primary/", contacts.desk_contact_primary, name="desk-contact-primary"),
    path("v/<slug:vendor>/contacts/<int:pk>/left/", contacts.desk_contact_left, name="desk-contact-left"),
    path("v/<slug:vendor>/contacts/<int:pk>/invite/", people.desk_contact_invite, name="desk-contact-invite"),
    path("v/<slug:vendor>/settings/", settings.desk_settings, name="desk-settings"),
    path("v/<slug:vendor>/settings/people/", people.desk_settings_people, name="desk-settings-people"),
    path(
        "v/<slug:vendor>/settings/people/<int:pk>/remove/",
        removing.desk_settings_person_remove,
        name="desk-settings-person-remove",
    ),
]
