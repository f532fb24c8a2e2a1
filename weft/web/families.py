"""API families, and what happens where two of them have the same address.

Each family is an application of its own. Where two claim one method and path, the family is chosen
by, in this order: the host name that the operator gave to it, the credential, the rule below, the
rule's default (design section 4b). ``weft routes`` prints this table, and a test fails when two
families collide without a rule.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

from weft.federation.asgi import AsgiApp, Scope


class RouteLike(Protocol):
    """What the dispatcher knows of a route before its family is built."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Family:
    """One application behind the dispatcher."""

    name: str
    routes: Callable[[], Sequence[RouteLike]]
    """Methods and paths (``/api/v1/statuses/{id:str}``); imports no framework."""
    build: Callable[[], AsgiApp]
    """Called once, at the first request."""
    prefix: str
    """Under which unknown paths are the family's, for the shape of its 404."""
    token_prefix: str | None = None
    """How its access tokens begin."""
    sockets: Callable[[], Sequence[str]] = tuple
    """Paths at which it takes WebSockets; no two families have the same."""


@dataclass(frozen=True, slots=True)
class Collision:
    """One address that several families have."""

    path: str
    """As the dispatcher compares: each parameter is ``{}``."""
    default: str
    choose: Callable[[Scope], str | None]
    why: str


def query_names(scope: Scope) -> set[str]:
    """Names of the query's parameters."""
    query = scope.get("query_string", b"").decode("latin-1")
    try:
        return {name for name, _ in parse_qsl(query, keep_blank_values=True, max_num_fields=100)}
    except ValueError:
        return set()


def _accounts(scope: Scope) -> str | None:
    names = query_names(scope)
    if not names.isdisjoint({"id", "id[]"}):
        return "mastodon"
    return "peertube" if not names.isdisjoint({"start", "count", "sort"}) else None


COLLISIONS: tuple[Collision, ...] = (
    Collision(
        "/api/v1/accounts",
        "mastodon",
        _accounts,
        "ids ask for Mastodon's accounts; start, count and sort page through PeerTube's",
    ),
)


def shape_of(path: str) -> str:
    """A path with its parameters unnamed: what can be compared between families."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


class DoubleRoute(Exception):
    """A family has one method and path twice."""


def overlapping(families: Iterable[Family]) -> list[tuple[str, str, list[str]]]:
    """Method, path and families wherever two families have the same one.

    Raises:
        DoubleRoute: within one family.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for family in families:
        for route in family.routes():
            owners = found.setdefault((route.method, shape_of(route.path)), [])
            if family.name in owners:
                raise DoubleRoute(f"{family.name} has {route.method} {route.path} twice")
            owners.append(family.name)
    return [(*key, owners) for key, owners in sorted(found.items()) if len(owners) > 1]


def collision_for(path: str) -> Collision | None:
    return next((each for each in COLLISIONS if each.path == path), None)
