"""What can be asked for: which ``Accept`` is sent, which ``Content-Type`` is believed, how long.

The content type is a security check, not a formality: a server that lets people upload files would
otherwise serve forged activities from its own host.
"""

import re
from collections.abc import Callable

import msgspec

ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"

_PARAMETER = re.compile(r';\s*([\w!#$&^.+-]+)\s*=\s*(?:"([^"]*)"|([^\s;"]+))\s*')


class Kind(msgspec.Struct, frozen=True):
    """One kind of document."""

    name: str
    accept: str
    is_type: Callable[[str], bool]
    """Whether a ``Content-Type`` is of this kind."""
    max_bytes: int


def parse_content_type(value: str) -> tuple[str, dict[str, str]]:
    """The media type in lower case and its parameters; what is malformed is not a parameter."""
    essence, _, rest = value.partition(";")
    found = _PARAMETER.findall(";" + rest)
    return essence.strip().lower(), {name.lower(): quoted or bare for name, quoted, bare in found}


def is_activity(content_type: str) -> bool:
    """``application/activity+json``, or ``application/ld+json`` with the profile; nothing else."""
    essence, parameters = parse_content_type(content_type)
    if essence == "application/ld+json":
        return ACTIVITY_STREAMS in parameters.get("profile", "").split()
    return essence == "application/activity+json"


def _is_one_of(*essences: str) -> Callable[[str], bool]:
    return lambda content_type: parse_content_type(content_type)[0] in essences


ACTIVITY = Kind(
    "activity",
    f'application/activity+json, application/ld+json; profile="{ACTIVITY_STREAMS}"',
    is_activity,
    1024 * 1024,
)
WEBFINGER = Kind(
    "webfinger",
    "application/jrd+json, application/json",
    _is_one_of("application/jrd+json", "application/json", "application/activity+json"),
    256 * 1024,
)
HOST_META = Kind(
    "host-meta",
    "application/xrd+xml",
    _is_one_of("application/xrd+xml", "application/xml", "text/xml"),
    256 * 1024,
)
JSON = Kind(
    "json",
    "application/json",
    lambda content_type: parse_content_type(content_type)[0].endswith(("/json", "+json")),
    256 * 1024,
)
HTML = Kind("html", "text/html", _is_one_of("text/html", "application/xhtml+xml"), 1024 * 1024)
PAGE = Kind(
    "page",
    "text/html, application/xhtml+xml",
    _is_one_of("text/html", "application/xhtml+xml"),
    1024 * 1024,
)
ROBOTS = Kind("robots", "text/plain", _is_one_of("text/plain"), 256 * 1024)
NODEINFO = Kind(
    "nodeinfo",
    "application/json",
    _is_one_of("application/json", "application/jrd+json", "application/activity+json"),
    256 * 1024,
)
