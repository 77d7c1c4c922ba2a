from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaybooksConfig(AppConfig):
    """What: playbooks, their versions and steps, and each partner's walk through them."""

    name = "playbooks"
    verbose_name = _("Playbooks")

    def ready(self) -> None:
        from playbooks import subscriptions

        subscriptions.subscribe()
