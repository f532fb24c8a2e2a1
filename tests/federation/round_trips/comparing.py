"""Members of two documents that mean the same, whatever their spelling."""

import json
from collections.abc import Callable
from typing import Any

from weft.domain.markup.sanitise import clean_html
from weft.protocol.activitystreams import duration_ms, first_id, first_type, ids, number, when_ms

JsonObject = dict[str, Any]


def _html(value: Any) -> Any:
    """As Weft keeps it: what its sanitiser makes of it."""
    return clean_html(value, "remote_post").strip() if isinstance(value, str) else value


def _people(value: Any) -> Any:
    return sorted(set(ids(value)))


def _address(value: Any) -> Any:
    return first_id(value) or (value.get("url") if isinstance(value, dict) else value)


def _without_at(value: Any) -> Any:
    return value.removeprefix("@") if isinstance(value, str) else value


def _tag_name(value: Any) -> Any:
    return value.removeprefix("#").lower() if isinstance(value, str) else value


SPELLINGS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        (
            "published", "updated", "startTime", "endTime", "closed", "originallyPublishedAt",
            "startDate", "uploadDate",
        ),
        when_ms,
    ),
    **dict.fromkeys(("to", "cc", "attributedTo", "audience", "contacts"), _people),
    **dict.fromkeys(
        (
            "automaticApproval", "manualApproval", "always", "approvalRequired", "announce", "like",
        ),
        _people,
    ),
    **dict.fromkeys(("content", "summary", "quote"), _html),
    **dict.fromkeys(("duration", "tileDuration"), duration_ms),
    **dict.fromkeys(
        (
            "latitude", "longitude", "size", "rating", "startOffset", "endOffset", "fps", "value",
            "best",
        ),
        lambda value: float(number(value) or 0),
    ),
    "image": _address,
    "replies": _address,
    "url": lambda value: value.replace("&#038;", "&") if isinstance(value, str) else value,
}  # fmt: skip
"""How a member is told apart from its spelling, by the last word of its path."""


def pick(document: JsonObject, path: str) -> list[Any]:
    """What stands at a path such as ``url[video/mp4].height``: each step is a member; of a member with
    brackets every item, or those of a type or media type."""
    found: list[Any] = [document]
    for step in path.split("."):
        name, bracket, of = step.partition("[")
        of = of.removesuffix("]")
        inner = [each[name] for each in found if isinstance(each, dict) and name in each]
        if bracket:
            listed = [x for each in inner for x in (each if isinstance(each, list) else [each])]
            inner = [each for each in listed if not of or _is(each, of)]
        found = inner
    return found


def _is(value: Any, of: str) -> bool:
    if not isinstance(value, dict):
        return False
    return value.get("mediaType", value.get("mimeType")) == of or first_type(value, (of,)) == of


def meaning(document: JsonObject, path: str) -> list[str]:
    """What is at a path, so that two spellings of one thing are equal; tags in any order,
    however often."""
    last = path.rpartition(".")[2].partition("[")[0]
    spelled = SPELLINGS.get(last)
    if path.startswith("source"):
        spelled = None
    if "contentMap." in path:
        spelled = _html
    if path.startswith("tag["):
        spelled = _without_at if "Hashtag" not in path else _tag_name
    found = [spelled(each) if spelled is not None else each for each in pick(document, path)]
    plain = [json.dumps(each, sort_keys=True, ensure_ascii=False) for each in found]
    return sorted(set(plain)) if path.startswith(("tag[", "relatedWith[")) else plain
