from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    """Who: vendors, their members, partners, contacts, sponsors, orders and what they did."""

    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from partners import linking

        linking.subscribe()
