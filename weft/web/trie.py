"""Which families have a route for a path: the tries of all families are one."""

from collections.abc import Iterator, Sequence

from weft.web.families import Family


class _Node:
    """One segment of the common trie."""

    __slots__ = ("families", "fixed", "parameter", "shape")

    def __init__(self, shape: str) -> None:
        self.shape = shape
        self.fixed: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.families: dict[str, list[str]] = {}
        """Method → names of families."""

    def child(self, segment: str) -> "_Node":
        shape = "/".join((self.shape, "{}" if segment.startswith("{") else segment))
        if not segment.startswith("{"):
            return self.fixed.setdefault(segment, _Node(shape))
        if self.parameter is None:
            self.parameter = _Node(shape)
        return self.parameter


class RouteTable:
    """The routes and sockets of families; making one imports their modules."""

    def __init__(self, families: Sequence[Family]) -> None:
        self.sockets = {path: family.name for family in families for path in family.sockets()}
        """The family by path."""
        self._root = _Node("")
        for family in families:
            for route in family.routes():
                node = self._root
                for segment in route.path.strip("/").split("/"):
                    node = node.child(segment)
                node.families.setdefault(route.method, []).append(family.name)

    def match(self, method: str, path: str) -> tuple[str, Sequence[str]]:
        """The shape of the route, and the families that have it. Where nobody has the method, one
        that has another answers, to say so; no family: there is nothing at this path."""
        method = "GET" if method == "HEAD" else method
        nodes = list(_walk(self._root, path.strip("/").split("/"), 0))
        for node in nodes:
            if names := node.families.get(method):
                return node.shape, names
        for node in nodes:
            for names in node.families.values():
                return node.shape, names[:1]
        return "", ()


def _walk(node: _Node, segments: list[str], at: int) -> Iterator[_Node]:
    """The nodes that a path can mean, fixed names before parameters."""
    if at == len(segments):
        if node.families:
            yield node
        return
    child = node.fixed.get(segments[at])
    if child is not None:
        yield from _walk(child, segments, at + 1)
    if node.parameter is not None and segments[at]:
        yield from _walk(node.parameter, segments, at + 1)
