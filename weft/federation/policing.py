"""The rules and what other servers send: what of an activity is judged, and what becomes of it then.

An activity without a post is judged when it has been verified; posts and profiles where they are read,
whether they were delivered or fetched, so that nothing comes in by being fetched that may not be sent. What is
kept out raises :class:`KeptOut`, which the processor turns into the verdict; for a parent or a quoted post it is
as if it could not be fetched.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from msgspec import structs

from weft.domain.actors.queries import actor_by_uri
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import RemoteActor
from weft.domain.markup.plain import html_to_text
from weft.domain.policy.facts import Matter
from weft.domain.policy.fetched import fetched_state, hold_fetched
from weft.domain.policy.pipeline import Policies, Ruling, policies_of
from weft.domain.policy.quarantine import EXCERPT, Held, HoldState
from weft.domain.policy.records import Author, Kind, PostView, ProfileView, Subject
from weft.domain.policy.views import author_of, rewordings, view, warned, without_files
from weft.domain.server import Server
from weft.federation.dialects import RemotePost
from weft.federation.unresolved import Unresolved
from weft.federation.verdicts import Step, Trail
from weft.protocol.activitystreams import is_public
from weft.storage.database import Database

KINDS: dict[str, Kind] = {
    "Follow": "follow",
    "Announce": "boost",
    "Like": "reaction",
    "Dislike": "reaction",
    "EmojiReact": "reaction",
    "Flag": "report",
    "Move": "other",
    "Add": "other",
    "QuoteRequest": "other",
    "Vote": "other",
}
"""Activities that are judged as such. Create and Update are judged by what they bring; Accept answers
us; Undo, Delete, Block, Reject and Remove take something back, which everybody may."""


class KeptOut(Unresolved):
    """A rule does not let it in: ``held`` says why it waits, None that it is refused."""

    def __init__(self, ruling: Ruling, held: Held | None, *, passing: bool = False) -> None:
        super().__init__(f"policy {ruling.rule}: {ruling.reason}", passing=passing)
        self.ruling, self.held = ruling, held


@dataclass(frozen=True, slots=True)
class _Task:
    trail: Trail
    released: str | None


_task: ContextVar[_Task | None] = ContextVar("policing", default=None)


class judging:
    """What rules say meanwhile goes into ``trail``. ``released``: the id of what a moderator let in; an
    empty one for an activity that has no object of its own."""

    __slots__ = ("_task", "_token")

    def __init__(self, trail: Trail, released: str | None) -> None:
        self._task = _Task(trail, released)

    def __enter__(self) -> None:
        self._token = _task.set(self._task)

    def __exit__(self, *_: object) -> None:
        _task.reset(self._token)


class Policing:
    """Asks the rules of this server."""

    def __init__(self, db: Database, server: Server) -> None:
        self._db, self._server = db, server
        self._policies: Policies = policies_of(db)

    async def activity(self, type_: str, signer: Actor) -> None:
        """Judge an activity that brings no post.

        Raises:
            KeptOut: it is refused, or waits.
        """
        kind = KINDS.get(type_)
        if kind is None or not await self._policies.rules():
            return
        task = _task.get()
        subject = Subject(
            kind=kind, activity=type_, author=author_of(signer), now=self._server.now_ms()
        )
        released = task is not None and task.released is not None
        ruling = await self._policies.judge(
            Matter(subject=subject, author_id=signer.id), released=released
        )
        _settle(ruling, type_)

    async def fetched(
        self, described: RemotePost, author: Actor, *, beside: bool = False
    ) -> RemotePost:
        """A post that was fetched, as the rules leave it. Where nobody sent what it is about, or only
        something ``beside`` which it was fetched, it waits by its address.

        Raises:
            KeptOut: it is refused, or waits.
        """
        try:
            return await self.post(described, author, "post", "Fetch")
        except KeptOut as kept:
            if kept.held is None or (_task.get() is not None and not beside):
                raise
            host, uri = author.host, described.uri
            state = await fetched_state(self._db, host, uri)
            if state in (HoldState.RELEASED, HoldState.LET_IN):
                return await self.post(described, author, "post", "Fetch", let_in=True)
            if state is None:
                await self._db.write(hold_fetched, self._server, author.id, host, uri, kept.held)
            raise

    async def post(
        self,
        described: RemotePost,
        author: Actor,
        kind: Kind,
        activity: str,
        *,
        let_in: bool = False,
    ) -> RemotePost:
        """A post as the rules leave it. ``let_in``: by a moderator, so that it is only rewritten.

        Raises:
            KeptOut: it is refused, or waits.
        """
        if not await self._policies.rules():
            return described
        task = _task.get()
        released = let_in or (task is not None and task.released == described.uri)
        matter = matter_of(described, author, kind, activity, self._server.now_ms())
        ruling = await self._policies.judge(matter, released=released)
        _settle(ruling, activity, matter.subject.post)
        return rewritten(described, ruling)

    async def profile(self, described: RemoteActor) -> RemoteActor:
        """A profile as the rules leave it. A profile cannot wait: it is asked for again later.

        Raises:
            KeptOut: nothing of it is to be kept.
        """
        if not await self._policies.rules():
            return described
        known = await self._db.one(actor_by_uri, uri=described.uri)
        matter = profile_matter(described, known, self._server.now_ms())
        ruling = await self._policies.judge(matter)
        if ruling.end != "accept":
            raise KeptOut(ruling, None, passing=ruling.end == "quarantine")
        _settle(ruling, "profile")
        changes = ruling.changes
        return structs.replace(
            described,
            icon_url=None if changes.strips_avatar else described.icon_url,
            header_url=None if changes.strips_header else described.header_url,
            sensitive=described.sensitive or changes.sensitive,
        )


def matter_of(
    described: RemotePost, author: Actor | Author, kind: Kind, activity: str, now: int
) -> Matter:
    """What is judged of a post."""
    named = tuple(
        uri
        for uri in dict.fromkeys((*described.mentions, *described.to))
        if not is_public(uri) and not uri.endswith("/followers") and uri not in described.groups
    )
    seen = view(
        kind=described.kind,
        visibility=described.visibility,
        title=described.title,
        summary=described.summary,
        content=described.content,
        link_url=described.link_url,
        sensitive=described.sensitive,
        language=described.language,
        tags=tuple(each.name for each in described.tags),
        mentions=len(named),
        media=len(described.media),
        is_reply=described.in_reply_to is not None,
        published_at=described.published_at,
    )
    of = author_of(author) if isinstance(author, Actor) else author
    return Matter(
        subject=Subject(kind=kind, activity=activity, author=of, now=now, post=seen),
        author_id=author.id if isinstance(author, Actor) else None,
        named=tuple(described.mentions),
    )


def profile_matter(described: RemoteActor, known: Actor | None, now: int) -> Matter:
    """What is judged of a profile."""
    author = Author(
        uri=described.uri,
        handle=f"{described.username}@{described.domain}".casefold(),
        host=described.host,
        local=False,
        kind=ActorKind(described.kind),
        name=described.name,
        known_since=known.arrived_at if known is not None else now,
    )
    profile = ProfileView(
        name=described.name,
        text=html_to_text(described.summary),
        has_avatar=described.icon_url is not None,
        has_header=described.header_url is not None,
    )
    subject = Subject(kind="profile", activity="profile", author=author, now=now, profile=profile)
    return Matter(subject=subject, author_id=known.id if known is not None else None)


def rewritten(described: RemotePost, ruling: Ruling) -> RemotePost:
    """A post with what the rules changed."""
    changes = ruling.changes
    if changes.swaps:
        source = described.facets.source
        described = structs.replace(
            described,
            facets=structs.replace(
                described.facets, source=changes.reworded(source) if source else source
            ),
            **rewordings(
                described.content, described.title, described.summary, described.tags, changes
            ),
        )
    sensitive, summary = warned(described.sensitive, described.summary, changes)
    if changes.strips_media:
        kind, content, facets = without_files(
            described.kind, described.content, described.facets, described.link_url
        )
        described = structs.replace(described, kind=kind, content=content, facets=facets, media=())
    return structs.replace(
        described,
        sensitive=sensitive,
        summary=summary,
        visibility=changes.lowered(described.visibility),
        at_most=changes.visibility,
        quiet=changes.quiet,
    )


def _settle(ruling: Ruling, activity: str, post: PostView | None = None) -> None:
    """Write down what the rules said; raise if they keep it out."""
    task = _task.get()
    if task is not None:
        task.trail.extend(
            Step("policy", "passed", f"{note.rule}: {note.outcome}: {note.reason}")
            for note in (ruling.notes if ruling.end == "accept" else ruling.notes[:-1])
        )
    if ruling.end == "accept":
        return
    held = None
    if ruling.end == "quarantine":
        held = Held(
            rule=ruling.rule,
            reason=ruling.reason,
            activity=activity,
            visibility=int(post.visibility) if post is not None else None,
            excerpt=post.text[:EXCERPT] if post is not None else "",
        )
    raise KeptOut(ruling, held)
