"""How a line of the log is written: for people, or as JSON for whatever collects it. Both show a line's own fields."""

import logging
from typing import Any

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """One line, with the fields that came beside the message as ``name=value``."""

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging calls it so
        line = super().formatMessage(record)
        own = [f"{name}={value}" for name, value in vars(record).items() if name not in OF_EVERY_RECORD]
        return " ".join([line, *own])


def json_formatter() -> logging.Formatter:
    """One JSON object a line, made by structlog; only where it is asked for, since the import takes a moment."""
    import structlog

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=rendered)
