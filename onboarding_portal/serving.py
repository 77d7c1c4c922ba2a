"""How gunicorn serves: ``gunicorn -c python:onboarding_portal.serving``.

The application is loaded once and then shared by the workers. What it consists of lives as long as they do, so the
collector of garbage need not look at it again and again while pages are drawn.
"""

import gc
from typing import Any

wsgi_app = "onboarding_portal.wsgi"
preload_app = True
threads = 4
control_socket_disable = True
graceful_timeout = 25  # seconds for requests to end after SIGTERM; docker-compose.yml gives the container more

YOUNG = 50_000  # allocations before a collection; a list page makes about 20,000 objects that die by themselves


def when_ready(server: Any) -> None:
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    gc.set_threshold(YOUNG, 20, 20)
