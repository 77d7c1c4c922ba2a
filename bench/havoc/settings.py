"""The project's settings for workers that are to be killed: short leases, an impatient line, a clock of their own."""

from onboarding_portal.settings import *  # noqa: F403 - settings are inherited whole
from onboarding_portal.settings import LOGGING

CLOCK = "bench.havoc.clock.now"
ENGINE_LEASE_SECONDS = 5.0
ENGINE_POLL_SECONDS = 1.0
MAIL_TRANSPORT = "bench.havoc.line.WatchedLine"
CELERY_BEAT_SCHEDULE = {
    "wake": {"task": "followups.tasks.wake", "schedule": 1.0, "options": {"expires": 5}},
    "watch-silence": {"task": "followups.tasks.watch_silence", "schedule": 20.0, "options": {"expires": 60}},
}
LOGGING["root"] = {"handlers": ["console"], "level": "WARNING"}
