"""A line of the log shows its own fields, for people and for machines."""

import json
import logging

from onboarding_portal.log_lines import LineFormatter, json_formatter


def record(**extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "engine", "levelname": "INFO", "levelno": 20, "msg": "decided %s", **extra})
    made.args = ("one",)
    return made


def test_for_people() -> None:
    line = LineFormatter().format(record(followup=7, verdict="hold"))
    assert line.endswith("INFO engine decided one followup=7 verdict=hold")


def test_for_machines() -> None:
    said = json.loads(json_formatter().format(record(followup=7, verdict="hold")))
    assert (said["event"], said["followup"], said["verdict"]) == ("decided one", 7, "hold")
    assert (said["level"], said["logger"]) == ("info", "engine")
    assert said["timestamp"]


def test_an_error_is_one_line_too() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        failed = record(exc_info=(type(error), error, error.__traceback__))
    line = json_formatter().format(failed)
    assert "\n" not in line
    assert "ValueError: broken" in json.loads(line)["exception"]
