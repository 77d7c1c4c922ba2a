"""The engine's figures for Prometheus. They are read from the database when asked for, so any one process answers."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from followups.models import Attempt
from followups.operators.figures import Figures, figures

LATENESS = "firstline_lateness_seconds"


class EngineCollector(Collector):
    """What one scrape says; every name begins with ``firstline_``."""

    def __init__(self, found: Figures, *, now: datetime) -> None:
        self.found, self.now = found, now

    def collect(self) -> Iterator[Metric]:
        found = self.found
        yield _gauge("followups_due", "Follow-ups that fell due and are not decided (counted up to 100,000)", found.due)
        yield _gauge("oldest_due_seconds", "Age of the oldest follow-up that is due", _age(found.oldest_due, self.now))
        yield _by("messages_ready", "Messages that may leave now (counted up to 100,000)", "kind", found.ready)
        yield _gauge("oldest_ready_seconds", "Age of the oldest ready message", _age(found.oldest_ready, self.now))
        yield _gauge("webhooks_ready", "Webhooks that may be posted now (counted up to 100,000)", found.webhooks)
        yield _gauge("oldest_webhook_seconds", "Age of the oldest of them", _age(found.oldest_webhook, self.now))
        yield _gauge("webhooks_off", "Vendors whose webhook was switched off after failures", found.webhooks_off)
        yield _gauge("messages_in_hand", "Messages that are claimed or being sent", found.in_hand)
        yield _gauge("messages_unknown", "Messages of which nobody knows whether they left", found.unknown)
        yield _gauge("vendors_paused", "Vendors whose sending is paused", found.paused)
        outcomes = {outcome: found.outcomes.get(outcome, 0) for outcome in Attempt.Outcome.values}
        yield _by("recent_attempts", "At mails, of the last 2,000 attempts of the last day", "outcome", outcomes)
        posted = {outcome: found.webhook_outcomes.get(outcome, 0) for outcome in Attempt.Outcome.values}
        yield _by("recent_webhook_attempts", "At webhooks, of the same attempts", "outcome", posted)
        yield self._lateness()
        if found.last_accepted is not None:
            at = found.last_accepted.timestamp()
            yield _gauge("last_accepted_timestamp_seconds", "When a server last took a mail", at)

    def _lateness(self) -> Metric:
        text = "From falling due to being decided and to being accepted, of the mails among the recent attempts"
        gauge = GaugeMetricFamily(LATENESS, text, labels=["until", "quantile"])
        for until, quantiles in (("decided", self.found.lateness.decided), ("accepted", self.found.lateness.sent)):
            for share, seconds in quantiles.items():
                gauge.add_metric([until, str(share)], seconds)
        return gauge


def exposition(*, now: datetime) -> bytes:
    """The figures in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EngineCollector(figures(now=now), now=now))
    return generate_latest(registry)


def _age(at: datetime | None, now: datetime) -> float:
    return (now - at).total_seconds() if at is not None else 0.0


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"firstline_{name}", text, value=value)


def _by(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    gauge = GaugeMetricFamily(f"firstline_{name}", text, labels=[label])
    for each, value in values.items():
        gauge.add_metric([each], value)
    return gauge
