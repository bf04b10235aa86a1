"""What the servers log, and where: to standard error, and only where the app has not decided otherwise.

Much of a log is what strangers sent. In both formats one record is one line that nobody else can write: what ends a line,
moves a terminal's cursor or turns text around is escaped, and the further lines of a traceback are indented.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from twofold.request_ids import current_request_id

_LEVELS = {"twofold": logging.INFO, "uvicorn": logging.INFO}

TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
TEXT_OF_SEVERAL: Final = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
FIELDS: Final = "twofold_fields"
"""Attribute of a record with the members that it adds in JSON: `log.info(..., extra={FIELDS: {...}})`."""


class LogFormat(StrEnum):
    """How a record is written."""

    TEXT = "text"
    JSON = "json"


def formatter_for(form: LogFormat, *, has_workers: bool = False) -> logging.Formatter:
    """Give what writes records.

    Args:
        has_workers: whether several processes write, so that a line has to say which.
    """
    return JsonLines() if form is LogFormat.JSON else TextLines(TEXT_OF_SEVERAL if has_workers else TEXT)


def set_up_logs(form: logging.Formatter, **levels: int) -> None:
    """Send log lines to standard error; an app that set up logging itself keeps what it set up.

    Args:
        levels: by logger, dots written as underscores.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(form)
    logging.basicConfig(handlers=[handler])
    for name, level in {**_LEVELS, **{name.replace("_", "."): level for name, level in levels.items()}}.items():
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(level)


class TextLines(logging.Formatter):
    """A line for people; the request's name is at its end."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        record.message = record.getMessage()
        if self.usesTime():
            record.asctime = _time(record)
        name = current_request_id.get()
        head = _escaped(self.formatMessage(record)) + (f" [{name}]" if name else "")
        return "\n".join([head, *(f"  {_escaped(line)}" for line in _trace(self, record).splitlines())])


class JsonLines(logging.Formatter):
    """A JSON object for machines. It is ASCII, so that nothing in it means anything to a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        name = current_request_id.get()
        if name:
            line["request_id"] = name
        fields: Mapping[str, Any] = getattr(record, FIELDS, {})
        line.update(fields)
        trace = _trace(self, record)
        if trace:
            line["trace"] = trace
        return json.dumps(line, default=str, allow_nan=False)


def _time(record: logging.LogRecord) -> str:
    """Give the time in UTC, with milliseconds. Source: RFC 3339."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    parts = [formatter.formatException(record.exc_info)] if record.exc_info and record.exc_info[0] else []
    return "\n".join([*parts, *([formatter.formatStack(record.stack_info)] if record.stack_info else [])])


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
