"""What most rules share: whom they are about, and what they do."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from weft.domain.policy.records import (
    Changes,
    Judgement,
    Quarantine,
    Reject,
    Rewrite,
    SettingsRefused,
    Subject,
)
from weft.domain.visibility.viewer import Visibility

Host: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255)]
Hosts: TypeAlias = Annotated[tuple[Host, ...], Meta(max_length=1000)]
Action: TypeAlias = Literal[
    "reject", "quarantine", "followers", "unlist", "silence", "sensitive", "strip-media"
]
SILENCED = Changes(visibility=Visibility.UNLISTED, quiet=True)
"""Not in public timelines, and no notifications for who does not follow the author."""
_CHANGES = {
    "followers": Changes(visibility=Visibility.FOLLOWERS),
    "unlist": Changes(visibility=Visibility.UNLISTED),
    "silence": SILENCED,
    "sensitive": Changes(sensitive=True),
    "strip-media": Changes(strips_media=True),
}


def act(action: Action, reason: str) -> Judgement:
    """What the operator chose."""
    if action == "reject":
        return Reject(reason)
    if action == "quarantine":
        return Quarantine(reason)
    return Rewrite(_CHANGES[action], reason)


class Whom(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of rules about certain people. With neither, they are about everybody."""

    hosts: Hosts = ()
    """Servers, with all names under them."""
    handles: Annotated[tuple[Host, ...], Meta(max_length=1000)] = ()
    """``name@domain``"""
    local: bool = False
    """Also people of this server."""


class Matcher:
    """Is somebody meant?"""

    def __init__(self, whom: Whom) -> None:
        self._hosts = frozenset(each.casefold().removeprefix("*.") for each in whom.hosts)
        self._handles = frozenset(each.casefold().removeprefix("@") for each in whom.handles)
        self._local = whom.local
        for host in self._hosts:
            if "/" in host or "@" in host or "." not in host:
                raise SettingsRefused(f"{host} is not a server: write it as far.example")
        for handle in self._handles:
            if handle.count("@") != 1:
                raise SettingsRefused(f"{handle} is not a handle: write it as name@far.example")

    def means(self, subject: Subject) -> bool:
        author = subject.author
        if author.local and not self._local:
            return False
        if not self._hosts and not self._handles:
            return True
        return author.handle in self._handles or is_under(author.host, self._hosts)

    @property
    def is_all(self) -> bool:
        return not self._hosts and not self._handles


def is_under(host: str, domains: frozenset[str]) -> bool:
    """Is a server one of these, or under one of them? Ports do not matter unless one is named."""
    if not domains:
        return False
    if host in domains:
        return True
    labels = host.partition(":")[0].split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))
