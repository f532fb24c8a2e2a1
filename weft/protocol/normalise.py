"""One plain shape for documents of every server.

Keys without prefixes, ``id`` and ``type`` for ``@id`` and ``@type``, no nulls, values out of
``@value``, ``@list`` and ``@set``, and ``Public`` written in full in addressing. By key and in one
walk, without JSON-LD expansion (interop notes of the protocol, section 7). The limits of section 10
there are counted on the way: depth 64, 10 000 nodes.
"""

from typing import Any

from weft.protocol.json_input import MAX_DEPTH, MalformedDocument
from weft.protocol.terms import PLAIN, PUBLIC, ForeignTerm, Scope, enter, plain_name

MAX_NODES = 10_000

_ADDRESSING = frozenset(("to", "cc", "bto", "bcc", "audience"))
_SPECIAL = frozenset((*_ADDRESSING, "type", "@context"))
_PUBLIC_ALIASES = frozenset(("as:Public", "Public", "http://www.w3.org/ns/activitystreams#Public"))


def normalise(content: dict[str, Any], *, max_nodes: int = MAX_NODES) -> dict[str, Any]:
    """The plain shape of a decoded document.

    Raises:
        MalformedDocument: it passes the limits, or it could be read in two ways.
    """
    return normalise_and_count(content, max_nodes)[0]


def normalise_and_count(content: dict[str, Any], max_nodes: int) -> tuple[dict[str, Any], int]:
    """The plain shape, and how many keys the document has. Errors as in ``normalise``."""
    walk = _Walk(max_nodes)
    try:
        return walk.object(content, PLAIN, 1), walk.keys
    except ForeignTerm as error:
        raise MalformedDocument(f"The document cannot be trusted: {error}.") from None


class _Walk:
    """One pass over a decoded document; counts what it sees."""

    __slots__ = ("keys", "nodes_left")

    def __init__(self, max_nodes: int) -> None:
        self.nodes_left = max_nodes
        self.keys = 0

    def object(self, node: dict[str, Any], scope: Scope, depth: int) -> dict[str, Any]:
        if depth > MAX_DEPTH:
            raise MalformedDocument(f"The document nests deeper than {MAX_DEPTH} levels.")
        self.keys += len(node)
        self._count(len(node))
        context = node.get("@context")
        if context is not None and type(context) is not str:
            scope = enter(context, scope)
        aliases = scope.aliases
        out: dict[str, Any] = {}
        for key, value in node.items():
            if value is None:
                continue
            kind = type(value)
            if ":" in key or key[:1] == "@" or key in aliases:
                name = plain_name(key, scope)
                if name in out or (name != key and node.get(name) is not None):
                    raise MalformedDocument(f"The document gives {name!r} twice.")
            else:
                name = key
            if name in _SPECIAL:
                if name == "@context":
                    self._context(value, depth + 1)
                    out[name] = value
                    continue
                value = _special(name, value, scope)
                kind = type(value)
            if kind is dict:
                value = self._inner(value, scope, depth + 1)
            elif kind is list:
                value = self.array(value, scope, depth + 1)
            out[name] = value
        if scope.language is not None and "type" in out:
            out.setdefault("@language", scope.language)
        return out

    def array(self, node: list[Any], scope: Scope, depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise MalformedDocument(f"The document nests deeper than {MAX_DEPTH} levels.")
        self._count(len(node))
        out = []
        for value in node:
            kind = type(value)
            if kind is dict:
                out.append(self._inner(value, scope, depth + 1))
            elif kind is list:
                out.append(self.array(value, scope, depth + 1))
            elif value is not None:
                out.append(value)
        return out

    def _inner(self, node: dict[str, Any], scope: Scope, depth: int) -> Any:
        """An object, or what a JSON-LD value object stands for."""
        out = self.object(node, scope, depth)
        if "@value" in out:
            value = out["@value"]
            language = out.get("@language")
            if isinstance(value, str) and isinstance(language, str):
                return {language: value}
            return value
        for container in ("@list", "@set"):
            if container in out:
                value = out[container]
                return value if isinstance(value, list) else [value]
        return out

    def _count(self, nodes: int) -> None:
        self.nodes_left -= nodes
        if self.nodes_left < 0:
            raise MalformedDocument("The document has too many parts.")

    def _context(self, value: Any, depth: int) -> None:
        """Contexts stay as they came, yet count like everything else."""
        if depth > MAX_DEPTH:
            raise MalformedDocument(f"The document nests deeper than {MAX_DEPTH} levels.")
        if isinstance(value, dict):
            self.keys += len(value)
            children: Any = value.values()
        elif isinstance(value, list):
            children = value
        else:
            return
        self._count(len(children))
        for each in children:
            if type(each) is not str:
                self._context(each, depth + 1)


def _special(name: str, value: Any, scope: Scope) -> Any:
    """Values whose prefixes have to go as well: types, and Public in addressing."""
    if type(value) is str:
        return _special_word(name, value, scope)
    if type(value) is list:
        return [_special_word(name, each, scope) if type(each) is str else each for each in value]
    return value


def _special_word(name: str, word: str, scope: Scope) -> str:
    if name == "type":
        return plain_name(word, scope) if ":" in word or scope.aliases else word
    return PUBLIC if word in _PUBLIC_ALIASES else word
