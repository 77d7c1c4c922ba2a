from django.apps import AppConfig


class OnboardingPortalConfig(AppConfig):
    """Settings, doors and checks; nothing of the domain."""

    name = "onboarding_portal"

    def ready(self) -> None:
        from onboarding_portal import checking  # noqa: F401 - registers the system checks
