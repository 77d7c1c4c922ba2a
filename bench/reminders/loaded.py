"""What every process of a crew has in memory when it begins."""

from bench.reminders import crew

crew.set_up()

from bench.reminders import alternating, raw_smtp, replay, sink, work  # noqa: E402 - they need the settings

__all__ = ["alternating", "raw_smtp", "replay", "sink", "work"]
