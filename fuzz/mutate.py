"""Changing JSON as JSON: what mutations of bytes do is mostly no JSON any more."""

import json
import random
from copy import deepcopy
from typing import Any

_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, 2**63, "", [], {}, [[]], {"id": None}, {"@value": "x"},
    {"en": "x"}, {"@list": ["x"]}, "https://a.example/users/alice", "http://[::1]:0/x", "as:Public",
    "Note", "Question", ["Person"], "\ufffd", "2026-02-30T25:61:61Z", "PT1S", {"type": "Collection",
    "totalItems": 3}, {"type": "Emoji", "name": ":a:", "icon": {"url": "https://a.example/i"}},
    {"type": "Hashtag", "name": "#x"}, {"type": "Mention", "href": "https://a.example/u"},
    {"type": "PropertyValue", "name": "n", "value": "v"}, {"type": "Document", "url": "http://x/"},
)  # fmt: skip


def changed_json(data: bytes, seed: int) -> bytes | None:
    """The document with one to three of its values replaced, moved, wrapped, doubled or removed.

    None if it is no JSON.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        places = _places(document)
        if not places:
            break
        _change(chance, places)
    try:
        return json.dumps(document).encode()
    except (ValueError, RecursionError):
        return None


def _places(root: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) of the first thousand."""
    found: list[tuple[Any, Any]] = []
    waiting = [root] if isinstance(root, dict | list) else []
    while waiting and len(found) < 1000:
        node = waiting.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            found.append((node, key))
            if isinstance(value, dict | list):
                waiting.append(value)
    return found


def _change(chance: random.Random, places: list[tuple[Any, Any]]) -> None:
    container, key = chance.choice(places)
    other, other_key = chance.choice(places)
    value = container[key]
    match chance.randrange(6):
        case 0:
            container[key] = deepcopy(chance.choice(_ODD))
        case 1:
            # A copy, so that no container comes to hold itself.
            container[key] = deepcopy(other[other_key])
        case 2:
            container[key] = [value]
        case 3:
            container[key] = [value, deepcopy(chance.choice(_ODD)), deepcopy(value)]
        case 4 if isinstance(container, dict):
            del container[key]
        case _:
            if isinstance(container, dict):
                container[str(other_key)] = deepcopy(chance.choice(_ODD))
            else:
                container.append(deepcopy(chance.choice(_ODD)))
