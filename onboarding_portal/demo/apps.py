from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Doors without a password, a mailbox, a clock that can be moved. Only with DEMO=1."""

    name = "onboarding_portal.demo"
    label = "demo"

    def ready(self) -> None:
        from celery.signals import task_postrun, task_prerun

        from onboarding_portal.demo import tasks

        task_prerun.connect(tasks.enter, dispatch_uid="demo-enter")
        task_postrun.connect(tasks.leave, dispatch_uid="demo-leave")
