"""Logs: one record per event, JSON for machines or lines for people, without credentials.

``activity`` is bound where an activity is worked on (inbox, processor, lanes), so one id finds all
that happened to it. Client APIs put tokens into URLs (streaming, Subsonic), and peers' URLs end up
in error messages: every text that is logged is searched for them.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import msgspec
import structlog
from structlog.typing import EventDict, Processor

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
MASK = "***"

# Names of query parameters and form fields that are credentials somewhere in our APIs; one-letter
# names (Subsonic's u, p, t, s) only as part of a query.
_LONG = (
    "access_token|refresh_token|api_?key|client_secret|code_verifier|password|passwd|passphrase"
    "|secret|token|authorization_code|jwt|sig|signature"
)
_PARAMETER = re.compile(rf"(?i)\b({_LONG})=[^&\s\"'<>#;,)]+")
_SHORT_PARAMETER = re.compile(r"(?i)([?&](?:p|t|s|i|code)=)[^&\s\"'<>#]+")
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@\"'<>]+@")
_BEARER = re.compile(r"(?i)\b(bearer|basic|token)\s+[a-z0-9._~+/-]{16,}=*")
_SECRET_KEYS = frozenset({"authorization", "cookie", "password", "token", "secret", "passphrase"})


def masked(text: str) -> str:
    """The text with credentials replaced: in URLs, query parameters and authorization headers."""
    if "@" in text:
        text = _USERINFO.sub(rf"\1{MASK}@", text)
    if "=" in text:
        text = _PARAMETER.sub(rf"\1={MASK}", text)
        text = _SHORT_PARAMETER.sub(rf"\1{MASK}", text)
    return _BEARER.sub(rf"\1 {MASK}", text) if " " in text else text


def mask_credentials(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: masks every text of a record, in lists and dicts too."""
    for key, value in event.items():
        if key in _SECRET_KEYS:
            event[key] = MASK
        else:
            event[key] = _masked_value(value)
    return event


def _masked_value(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {
            key: MASK if str(key).lower() in _SECRET_KEYS else _masked_value(each)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked_value(each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return masked(str(value))


def configure(level: str = "info", form: Literal["json", "console"] = "console") -> None:
    """Send our records and those of the standard library to stderr in one form.

    Called once, before the first record: loggers keep what they found.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Tracebacks become text here, so that they are masked too.
        structlog.processors.format_exc_info,
        mask_credentials,
    ]
    structlog.configure(
        processors=[*shared, _renderer(form)],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=_named_logger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *shared[:-1],
                structlog.stdlib.add_logger_name,
                mask_credentials,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(form),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries speak up when something is wrong; their everyday talk is not ours to keep.
    root.setLevel(max(_LEVELS[level], logging.WARNING))


def _named_logger(*arguments: Any) -> structlog.WriteLogger:
    return structlog.WriteLogger(sys.stderr)


def _renderer(form: str) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(serializer=_json)
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _json(record: MutableMapping[str, Any], **_options: Any) -> str:
    return msgspec.json.encode(record, enc_hook=str).decode()
