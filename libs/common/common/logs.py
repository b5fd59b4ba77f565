"""Structured logs: one JSON object a line, time in JST, personal data scrubbed.

A house logs event names and fields (`log.info("mail.settled", count=100)`), never sentences with
data in them. The scrubber is a net under that rule, not a replacement: it masks whatever looks like
an address, a phone number or a link token.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, TextIO, TypeGuard

import structlog

from common import clock

if TYPE_CHECKING:
    from sqlalchemy.exc import StatementError

# From the beginning of a word only: tried from each of its letters, a long word without @ would
# hold the process for seconds.
_ADDRESS = re.compile(r"(?<![^\s<>@\"'])[^\s<>@\"']+@[^\s<>@\"',;]+")
_PHONE = re.compile(r"\b0\d{1,4}-\d{1,4}-\d{3,4}\b")
_TOKEN = re.compile(r"(/(?:r|u|x|m/links|t/c)/)[A-Za-z0-9_\-.]{12,}")
_SECRET_KEYS = {"password", "token", "authorization", "cookie", "address", "mail", "session_id"}


def scrub(value: str) -> str:
    """Mask addresses, phone numbers and link tokens inside a text."""
    return _TOKEN.sub(r"\1[token]", _PHONE.sub("[phone]", _ADDRESS.sub("[address]", value)))


def scrub_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask personal data in every field of a log event (a structlog processor)."""
    for key, value in event.items():
        if key in _SECRET_KEYS:
            event[key] = "[hidden]"
        elif isinstance(value, str):
            event[key] = scrub(value)
    return event


def format_error(exc_info: tuple[Any, Any, Any]) -> str:
    """Return a traceback in which a database error shows its kind and statement alone.

    Its own text holds the parameters, and PostgreSQL's the row that offended ("Failing row contains
    …"): names and messages.
    """
    error: BaseException = exc_info[1]
    text = "".join(traceback.format_exception(error))
    for each in _chain(error):
        if _is_of_database(each):
            text = text.replace(str(each), f"{type(each.orig).__name__} in {each.statement}")
            text = text.replace(str(each.orig) or str(each), "(hidden)")
    return text


def _is_of_database(error: BaseException) -> TypeGuard[StatementError]:
    # Asked for, not imported: the gateway, which has no database, would load SQLAlchemy for it.
    sqlalchemy = sys.modules.get("sqlalchemy.exc")
    return sqlalchemy is not None and isinstance(error, sqlalchemy.StatementError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _stamp(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["time"] = clock.to_jst(clock.now()).isoformat(timespec="milliseconds")
    return event


def configure(*, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's logs to `stream` (stderr) as JSON lines.

    Called once a process.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _stamp,
        structlog.processors.ExceptionRenderer(format_error),
        scrub_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("pika", "httpx", "httpcore", "alembic", "waitress", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
