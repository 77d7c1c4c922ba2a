"""The Celery app. It only wakes the engine: no payload, no recipient and no time travels through the broker."""

import os
from typing import TYPE_CHECKING, Any

from celery import Celery, bootsteps
from django.conf import settings

if TYPE_CHECKING:
    from followups.engine.polling import Engine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_portal.settings")


class EngineStep(bootsteps.StartStopStep):
    """Starts the engine's own polling in each worker, before and without any connection to the broker.

    After the pool, because a process that is forked must not inherit a running thread's locks.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.engine: Engine | None = None

    def start(self, worker: Any) -> None:
        from followups.engine.polling import Engine

        self.engine = Engine()
        self.engine.start()

    def stop(self, worker: Any) -> None:
        if self.engine is not None:
            self.engine.stop()
            self.engine = None


class Wakening(Celery):
    """Whoever wakes workers is somebody who has more to do, such as to answer a request."""

    def connection_for_write(self, *args: Any, **given: Any) -> Any:
        options = {**settings.REDIS_PATIENCE, **(given.pop("transport_options", None) or {})}
        return super().connection_for_write(*args, transport_options=options, **given)


app = Wakening("onboarding_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(EngineStep)
