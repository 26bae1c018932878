"""Structured logs: one JSON line an event, with codes and numbers and no personal data.

Paths are never logged, since a path may carry a token; the route's name is (see `web.ui.middleware`).
"""

import sys
import traceback
from pathlib import Path
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def without_paths(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace messages of Django's request and security loggers, which quote paths, by their kind."""
    name = str(event.get("logger", ""))
    if name.startswith(("django.request", "django.security")):
        record = event.get("_record")
        event["event"] = name
        if status := getattr(record, "status_code", None):
            event["status"] = status
        event.pop("positional_args", None)
    return event


def without_words(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace an exception by its type and places; its message may quote what a person wrote."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, BaseException):
        error = (type(error), error, error.__traceback__)
    if isinstance(error, tuple) and error[0] is not None:
        event["exception"] = error[0].__name__
        event["frames"] = [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error[2])[-12:]
        ]
    return event


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [
                without_paths,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_words,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        "fido2": {"level": "WARNING"},  # it would name each passkey that signs in
    },
}

structlog.configure(
    processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
