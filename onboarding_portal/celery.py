"""The Celery app. It only wakes the engine: no payload, no recipient and no time travels through the broker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_portal.settings")

app = Celery("onboarding_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
