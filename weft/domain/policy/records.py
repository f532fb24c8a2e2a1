"""What a rule sees, and what it can say.

A rule is a plain object with a name, a struct of settings and ``prepare``, which makes a judge of the
settings: a pure function of a :class:`Subject`. Nothing a rule sees can be changed; it says what is to be
changed, by returning :class:`Changes`.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, Literal, Protocol, TypeAlias

from msgspec import Struct

from weft.domain.actors.records import ActorKind
from weft.domain.posts.records import PostKind
from weft.domain.visibility.viewer import Visibility

Kind: TypeAlias = Literal[
    "post", "edit", "profile", "follow", "boost", "reaction", "report", "other"
]
"""What is judged. What takes something back (Undo, Delete, Block, Reject) is never judged."""


class Need(Enum):
    """What is looked up before a rule is asked, because it costs a statement."""

    FOLLOWED = "followed"
    """``author.followed_here``"""
    STRANGERS = "strangers"
    """``post.strangers``"""
    COPIES = "copies"
    """``post.copies``"""
    KNOWN_HOST = "known host"
    """``author.host_known``"""


class Author(Struct, frozen=True, kw_only=True):
    """Who says it."""

    uri: str
    handle: str
    """``name@domain``, folded."""
    host: str
    local: bool
    kind: ActorKind
    name: str = ""
    known_since: int = 0
    """When it was first seen here: milliseconds UTC. What a server says of the age of its accounts is
    not believed."""
    followed_here: bool = False
    host_known: bool = True
    """A moderator let its server in, or it was known before the rule that asks."""

    @property
    def is_bot(self) -> bool:
        return self.kind in (ActorKind.SERVICE, ActorKind.APPLICATION)


class PostView(Struct, frozen=True, kw_only=True):
    """A post, as it is about to be stored."""

    kind: PostKind
    visibility: Visibility
    text: str = ""
    """Its words without markup, with title and summary before them; of very long ones the beginning."""
    summary: str = ""
    sensitive: bool = False
    language: str | None = None
    tags: tuple[str, ...] = ()
    """Hashtags, folded, without ``#``."""
    links: tuple[str, ...] = ()
    """Addresses that its text links to; mentions and hashtags are none."""
    mentions: int = 0
    """How many people it names or is addressed to, wherever they are."""
    media: int = 0
    is_reply: bool = False
    published_at: int | None = None
    strangers: int = 0
    """People of this server whom it names and who do not follow its author."""
    copies: int = 0
    """Other accounts that said the same within the window of ``copies_window_ms``."""


class ProfileView(Struct, frozen=True, kw_only=True):
    """A profile that is about to be stored."""

    name: str = ""
    text: str = ""
    has_avatar: bool = False
    has_header: bool = False


class Subject(Struct, frozen=True, kw_only=True):
    """What a rule is asked about."""

    kind: Kind
    activity: str
    """The type of the activity, such as ``Create``; ``Fetch`` for what we fetched ourselves."""
    author: Author
    now: int
    """Milliseconds UTC; in a dry run the time at which it came."""
    post: PostView | None = None
    profile: ProfileView | None = None


Swap: TypeAlias = Callable[[str], str]
"""A text with something else in the place of some of its words; a second time it changes nothing."""


class Changes(Struct, frozen=True, kw_only=True):
    """What a rule wants to be otherwise. Several rules' changes add up."""

    visibility: Visibility | None = None
    """At most this far; a post is never made more public."""
    sensitive: bool = False
    summary: str | None = None
    """A content warning, where the post has none."""
    strips_media: bool = False
    quiet: bool = False
    """It notifies only people who follow its author."""
    strips_avatar: bool = False
    strips_header: bool = False
    swaps: tuple[Swap, ...] = ()
    """For title, warning, words and hashtags, one after the other."""

    def plus(self, more: "Changes") -> "Changes":
        reach = [each for each in (self.visibility, more.visibility) if each is not None]
        return Changes(
            visibility=max(reach) if reach else None,
            sensitive=self.sensitive or more.sensitive,
            summary=self.summary or more.summary,
            strips_media=self.strips_media or more.strips_media,
            quiet=self.quiet or more.quiet,
            strips_avatar=self.strips_avatar or more.strips_avatar,
            strips_header=self.strips_header or more.strips_header,
            swaps=self.swaps + more.swaps,
        )

    def reworded(self, text: str) -> str:
        """A text as the swaps leave it."""
        for swap in self.swaps:
            text = swap(text)
        return text

    def lowered(self, visibility: Visibility) -> Visibility:
        """A post's visibility with the changes; the numbers grow as the audience shrinks."""
        return visibility if self.visibility is None else max(visibility, self.visibility)


NO_CHANGES = Changes()


class Accept(Struct, frozen=True):
    """Nothing to say against it."""


class Rewrite(Struct, frozen=True):
    changes: Changes
    reason: str


class Quarantine(Struct, frozen=True):
    """It waits for a moderator."""

    reason: str


class Reject(Struct, frozen=True):
    reason: str


Judgement: TypeAlias = Accept | Rewrite | Quarantine | Reject
"""Reasons are half sentences: for the inspector, and for the author of a post of ours."""
ACCEPT = Accept()
Judge: TypeAlias = Callable[[Subject], Judgement]


class SettingsRefused(Exception):
    """The sentence is for who sets a rule."""


class Rule(Protocol):
    """A kind of rule. Weft's own are in ``rules``; a package adds one as an entry point of the group
    ``weft.policies``."""

    @property
    def name(self) -> str:
        """By which operators know it: small letters, digits and hyphens."""

    @property
    def about(self) -> str:
        """One sentence for operators."""

    @property
    def settings(self) -> type[Struct]:
        """All its fields have defaults; it is checked by msgspec, so types and ``Meta`` count."""

    @property
    def needs(self) -> frozenset[Need]:
        """What must be looked up for it."""

    def prepare(self, settings: Any) -> Judge:
        """The judge for settings of the type above; called once per process and change.

        Raises:
            SettingsRefused: what types cannot say.
        """


class BuiltIn(Struct, frozen=True):
    """A rule of ours: data and a function."""

    name: str
    about: str
    settings: type[Struct]
    prepare: Callable[[Any], Judge]
    needs: frozenset[Need] = frozenset()
