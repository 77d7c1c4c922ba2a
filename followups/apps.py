from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class FollowupsConfig(AppConfig):
    """When: cadences, follow-ups, messages, silence, and the pages that show who needs whom."""

    name = "followups"
    verbose_name = _("Follow-ups")

    def ready(self) -> None:
        from followups import checks, subscriptions  # noqa: F401 - registers the checks
        from followups.engine import crashing

        subscriptions.subscribe()
        if settings.ENGINE_CRASH_AT and not settings.PRODUCTION:
            crashing.arm(crashing.parse(settings.ENGINE_CRASH_AT))
