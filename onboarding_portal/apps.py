from django.apps import AppConfig


class OnboardingPortalConfig(AppConfig):
    """Settings, doors and checks; nothing of the domain."""

    name = "onboarding_portal"

    def ready(self) -> None:
        from onboarding_portal import celery, checking, wording  # noqa: F401 - tasks find their app; the system checks

        wording.speak()
