"""Finding what a person typed on other servers; the machinery that fetches is given by ``app.py``."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol, TypeAlias


class Found(Protocol):
    """What an address stands for; stored. Whoever shows a post or a collection (of people) checks that
    the viewer may see it."""

    @property
    def kind(self) -> Literal["actor", "post", "collection"]: ...
    @property
    def id(self) -> int: ...


Resolve: TypeAlias = Callable[[str], Awaitable[Found | None]]
"""``await resolve("@name@domain")`` or a URL: fetched, checked, stored; None when there is nothing
or its server does not answer. Bounded in time; never raises for what other servers do."""
