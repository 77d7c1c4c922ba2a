"""What every process of the storm has in memory when it is forked, so that starting one costs no time."""

import importlib

import django

django.setup()

for name in ("onboarding_portal.celery", "celery.apps.worker", "celery.apps.beat", "celery.concurrency.thread"):
    importlib.import_module(name)
for name in ("followups.tasks", "followups.engine.polling", "partners.tasks", "holidays.countries.germany"):
    importlib.import_module(name)
for name in ("bench.havoc.line", "bench.havoc.people", "bench.havoc.sink"):
    importlib.import_module(name)
