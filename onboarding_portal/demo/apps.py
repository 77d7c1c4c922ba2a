from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Doors without a password, a mailbox, a clock that can be moved. Only with DEMO=1."""

    name = "onboarding_portal.demo"
    label = "demo"
