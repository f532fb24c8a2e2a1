"""Parameters as clients send them: query, JSON, form or multipart, with Rails' nesting.

``ids[]=1``, ``poll[options][]=a``, ``fields_attributes[0][name]=x``, ``data[alerts][follow]=1`` and
their JSON forms all come out as one tree of dicts, lists and strings. Unknown names are ignored,
because clients send what newer servers know; a wrong value is refused with a sentence.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from weft.platforms.mastodon.api.errors import ApiError, BadParameter
from weft.storage.ids import MAX_ID

MAX_PARTS = 1000
MAX_DEPTH = 5
_TRUE = frozenset({"true", "1", "on", "t", "yes"})
_FALSE = frozenset({"false", "0", "off", "f", "no", ""})


class Params:
    """Parameters of one call; each reader refuses what it cannot read."""

    __slots__ = ("_tree",)

    def __init__(self, tree: dict[str, Any]) -> None:
        self._tree = tree

    def has(self, name: str) -> bool:
        return name in self._tree

    def text(self, name: str, *, longest: int = 100_000) -> str | None:
        """A string, or None when it is absent or null."""
        value = self._tree.get(name)
        if value is None:
            return None
        if isinstance(value, bool | int | float):
            value = str(value)
        if not isinstance(value, str):
            raise BadParameter(f"{name} must be a text.")
        if len(value) > longest:
            raise BadParameter(f"{name} may have at most {longest} characters.")
        if "\x00" in value:
            raise BadParameter(f"{name} contains a zero character.")
        return value

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise ApiError(400, f"The parameter {name} is missing.")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._tree.get(name)
        if value is None:
            return default
        word = str(value).strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise BadParameter(f"{name} must be true or false.")

    def integer(self, name: str) -> int | None:
        value = self._tree.get(name)
        if value is None or value == "":
            return None
        word = str(value)
        if isinstance(value, bool) or not word.isascii() or not word.lstrip("-").isdigit():
            raise BadParameter(f"{name} must be a whole number.")
        if len(word) > 18:
            raise BadParameter(f"{name} is too large.")
        return int(word)

    def time(self, name: str) -> int | None:
        """A time in ISO 8601, in milliseconds; UTC where it names no zone."""
        word = self.text(name, longest=100)
        if not word:
            return None
        try:
            moment = datetime.fromisoformat(word.strip())
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            return int(moment.timestamp() * 1000)
        except (ValueError, OverflowError):
            raise BadParameter(f"{name} must be a time such as 2030-01-31T12:00:00.000Z.") from None

    def id(self, name: str) -> int | None:
        value = self._tree.get(name)
        return None if value is None or value == "" else parse_id(value)

    def limit(self, default: int, most: int) -> int:
        """How many rows: from 1 to ``most``."""
        return min(max(self.integer("limit") or default, 1), most)

    def texts(self, name: str, *, most: int = 100) -> list[str]:
        """A list of strings; a single one is a list of one."""
        value = self._tree.get(name)
        if value is None:
            return []
        if isinstance(value, dict):
            value = list(value.values())
        if not isinstance(value, list):
            value = [value]
        if len(value) > most:
            raise BadParameter(f"{name} may have at most {most} entries.")
        if any(isinstance(each, dict | list) or each is None for each in value):
            raise BadParameter(f"{name} must be a list of texts.")
        return [str(each) for each in value]

    def ids(self, name: str, *, most: int = 100) -> list[int]:
        return [parse_id(each) for each in self.texts(name, most=most)]

    def document(self, name: str, *, longest: int = 128 * 1024) -> bytes | None:
        """JSON, given as such or as a text; None when it is absent."""
        value = self._tree.get(name)
        if value is None:
            return None
        try:
            found = value.encode() if isinstance(value, str) else msgspec.json.encode(value)
        except (TypeError, ValueError, RecursionError):
            raise BadParameter(f"{name} must be JSON.") from None
        if len(found) > longest:
            raise BadParameter(f"{name} may have at most {longest} bytes.")
        return found

    def nested(self, name: str) -> "Params | None":
        """What is under ``name``; None when it is absent."""
        value = self._tree.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise BadParameter(f"{name} must be an object.")
        return Params(value)

    def entries(self, name: str, *, most: int = 20) -> "list[Params] | None":
        """A list of objects, also when it is written as an object with numbers for names."""
        value = self._tree.get(name)
        if value is None:
            return None
        if isinstance(value, dict):
            value = list(value.values())
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise BadParameter(f"{name} must be a list of objects.")
        if len(value) > most:
            raise BadParameter(f"{name} may have at most {most} entries.")
        return [Params(each) for each in value]

    def file(self, name: str) -> UploadFile | None:
        value = self._tree.get(name)
        return value if isinstance(value, UploadFile) else None


EMPTY = Params({})


def parse_id(value: object) -> int:
    """An id of ours.

    Raises:
        ApiError: 404, because nothing can have what is not an id.
    """
    word = str(value)
    if not word.isascii() or not word.isdigit() or len(word) > 16 or int(word) > MAX_ID:
        raise ApiError(404, "Record not found")
    return int(word)


async def read_params(request: Request[Any, Any, Any]) -> Params:
    """Everything that came with a request; the body's values win over the query's."""
    pairs = _pairs(request.scope["query_string"])
    if request.scope["method"] in ("GET", "HEAD"):
        return Params(_tree(pairs)) if pairs else EMPTY
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    tree: dict[str, Any] = {}
    if kind == "application/json" or kind.endswith("+json"):
        tree = _json(await request.body())
    elif kind == "multipart/form-data":
        form = await request.form()
        pairs += list(form.multi_items())
    elif kind in ("application/x-www-form-urlencoded", ""):
        pairs += _pairs(await request.body())
    elif await request.body():
        raise ApiError(415, f"A body of type {kind} is not understood here: send JSON or a form.")
    return Params(_tree(pairs) | tree)


def _pairs(encoded: bytes) -> list[tuple[str, Any]]:
    if not encoded:
        return []
    try:
        text = encoded.decode()
        return list(
            parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARTS, errors="strict")
        )
    except (UnicodeDecodeError, ValueError):
        raise ApiError(400, "The parameters are not a well-formed UTF-8 form.") from None


def _json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise ApiError(400, "The body is not well-formed JSON.") from None
    if not isinstance(value, dict):
        raise ApiError(400, "The body must be a JSON object.")
    # Some clients write "media_ids[]" in JSON too.
    return {name.removesuffix("[]"): each for name, each in value.items()}


def _tree(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, *rest = name.replace("]", "").split("[")
        if rest[-2:] == ["", ""]:
            rest.pop()  # "id[][]", as Mastodon.py writes a list that it takes for a single value
        if len(rest) > MAX_DEPTH:
            raise BadParameter(f"The parameter {name[:50]} is nested too deeply.")
        if not rest:
            tree[head] = value
        else:
            _put(tree, head, rest, value)
    return tree


def _put(node: dict[str, Any], key: str, rest: list[str], value: Any) -> None:
    """Follow ``a[b][]`` down; a list of objects grows when a name repeats."""
    while rest:
        step, *after = rest
        if step == "":
            into = node.setdefault(key, [])
            if not isinstance(into, list):
                raise BadParameter(f"{key} is both a list and an object.")
            if not after:
                into.append(value)
                return
            if not into or not isinstance(into[-1], dict) or after[0] in into[-1]:
                into.append({})
            node, key, rest = into[-1], after[0], after[1:]
        else:
            under = node.setdefault(key, {})
            if not isinstance(under, dict):
                raise BadParameter(f"{key} is both a value and an object.")
            node, key, rest = under, step, after
    node[key] = value
