"""Storing what another server says: its posts, their names looked up, in one transaction."""

from typing import Any

import msgspec
from sqlalchemy import Insert, Update, bindparam, insert, update

from weft.domain.actors.queries import actors_by_uris, object_by_uri
from weft.domain.actors.records import Actor, ActorKind, stored_facets
from weft.domain.communities.keep import with_places, without_bans
from weft.domain.interactions.ask import keep_given
from weft.domain.interactions.policy import wants_to_decide
from weft.domain.interactions.records import LeaveKind
from weft.domain.media.facets import MediaFacets, facets_text
from weft.domain.posts.edit import EditedPost, edit
from weft.domain.posts.kinds import ThreadFacets
from weft.domain.posts.publish import publish
from weft.domain.posts.queries import post_by_id, post_by_uri
from weft.domain.posts.records import (
    AudienceRole,
    Mention,
    NewPost,
    NewQuote,
    ObjectKind,
    PostFacets,
    ReplyTo,
    post_facets,
)
from weft.domain.posts.store import Ahead, ahead_of
from weft.domain.posts.vote import take_tally
from weft.domain.quotes.change import set_facets
from weft.domain.quotes.quote import settle
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import RemoteMedia, RemotePost
from weft.protocol.activitystreams import is_public
from weft.storage.database import Tx
from weft.storage.schema.posts import media, post, post_stats
from weft.storage.statements import query

_KINDS = {"image": 0, "video": 2, "audio": 3}
_FILE = 4


@query()
def insert_remote_media() -> Insert:
    names = (
        "id", "num", "owner_id", "kind", "content_type", "remote_url", "description", "blurhash",
        "width", "height", "duration_ms", "focus_x", "focus_y", "facets", "created_at",
    )  # fmt: skip
    return insert(media).values({name: bindparam(name) for name in names})


@query()
def set_origin_counts() -> Update:
    names = ("origin_likes", "origin_boosts", "origin_replies")
    return (
        update(post_stats)
        .where(post_stats.c.post_id == bindparam("of_post"))
        .values({name: bindparam(name) for name in names})
    )


@query()
def set_edited() -> Update:
    return (
        update(post)
        .where(post.c.id == bindparam("of_post"), post.c.edited_at.is_(None))
        .values(edited_at=bindparam("edited_at"))
    )


class Arrivals:
    """Writes what arrives; every method runs inside a write."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def store(
        self,
        tx: Tx,
        described: RemotePost,
        author: Actor,
        recipient_id: int | None,
        quote: NewQuote | None = None,
        delivered: bool = True,
        ahead: Ahead | None = None,
    ) -> int | None:
        """Store a post; its id, also if it was here before. None if it was deleted here or there.

        ``recipient_id`` is the person to whose own inbox it came: they may see it, named or not.
        ``delivered`` is false for what nobody sent us and we fetched ourselves. ``ahead`` is what
        this write has read of it.
        """
        if ahead is None:
            ahead = await tx.one(ahead_of, uri=described.uri, author=author.id)
        if ahead is None or ahead.known:
            known = await tx.one(object_by_uri, uri=described.uri)
            if known is not None:
                return None if known.deleted_at is not None else known.id
        if author.suspended_at is not None or author.deleted_at is not None:
            return None
        # What answers itself answers nothing.
        answered = described.in_reply_to if described.in_reply_to != described.uri else None
        parent = await self._parent(tx, answered)
        audience = await self._audience(tx, described, author, recipient_id)
        if parent is not None and described.visibility <= Visibility.UNLISTED:
            audience = await with_places(tx, self._server, parent.id, author.id, audience)
        published = await publish(
            tx,
            self._server,
            NewPost(
                author_id=author.id,
                kind=described.kind,
                visibility=_reach(described, audience),
                content=described.content,
                title=described.title,
                summary=described.summary,
                sensitive=described.sensitive or author.sensitive,
                language=described.language,
                link_url=described.link_url,
                reply_to=parent,
                audience=audience,
                tags=described.tags,
                media_ids=await self._media(tx, described.media, author.id),
                poll=described.poll,
                quote=quote,
                facets=_facets(described),
                uri=described.uri,
                url=described.url,
                context_uri=described.context_uri,
                published_at=described.published_at,
                sanitiser=1,
                delivered=delivered,
                indexable=author.indexable,
                quiet=described.quiet,
            ),
            ahead,
        )
        if described.edited_at is not None and described.edited_at > (described.published_at or 0):
            await tx.run(set_edited, of_post=published.id, edited_at=described.edited_at)
        await self._counts(tx, published.id, described)
        if described.approvals and parent is not None and parent.id is not None:
            answered_post = await tx.one(post_by_id, id=parent.id)
            if answered_post is not None and wants_to_decide(answered_post):
                await keep_given(
                    tx, self._server, LeaveKind.REPLY, answered_post, published.id,
                    described.approvals,
                )  # fmt: skip
        return published.id

    async def update(
        self, tx: Tx, described: RemotePost, author: Actor, quote: NewQuote | None = None
    ) -> int | None:
        """Take over an edit of a known post; None if it is not here or not this author's.

        Without a time of its own (``updated``) an edit changes counts, policy and the leave to
        quote, but no word.
        """
        post = await tx.one(post_by_uri, uri=described.uri)
        if post is None or post.author_id != author.id or post.local:
            return None
        if described.edited_at is not None:
            await edit(
                tx,
                self._server,
                post.id,
                EditedPost(
                    kind=described.kind,
                    content=described.content,
                    title=described.title,
                    summary=described.summary,
                    sensitive=described.sensitive or author.sensitive,
                    language=described.language,
                    link_url=described.link_url,
                    audience=await self._audience(tx, described, author, None),
                    tags=described.tags,
                    media_ids=await self._media(tx, described.media, author.id),
                    facets=_with_thread(_facets(described), post_facets(post.facets)),
                    edited_at=described.edited_at,
                    sanitiser=1,
                    at_most=described.at_most,
                    quiet=described.quiet,
                ),
            )
        elif described.quote_policy is not None:
            facets = msgspec.structs.replace(
                post_facets(post.facets), quote_policy=described.quote_policy
            )
            await tx.run(set_facets, of_post=post.id, facets=stored_facets(facets))
        if quote is not None and quote.target_id is not None:
            await self._requote(tx, post.id, quote)
        await self._counts(tx, post.id, described)
        return post.id

    async def _requote(self, tx: Tx, post_id: int, quote: NewQuote) -> None:
        """Leave that came after the post (or went)."""
        post = await tx.one(post_by_id, id=post_id)
        target = await tx.one(post_by_id, id=quote.target_id)
        if post is None or target is None or post.quote_state is None or target.local:
            # Whether one of ours may be quoted, we know better than who quotes it.
            return
        if post.quote_state != quote.state:
            await settle(tx, self._server, post, quote.state, target=target, stamp=quote.stamp_uri)

    async def _counts(self, tx: Tx, post_id: int, described: RemotePost) -> None:
        if described.tally:
            await take_tally(tx, post_id, described.tally, described.voters, described.closed_at)
        if described.origin_likes or described.origin_boosts or described.origin_replies:
            await tx.run(
                set_origin_counts,
                of_post=post_id,
                origin_likes=described.origin_likes,
                origin_boosts=described.origin_boosts,
                origin_replies=described.origin_replies,
            )

    async def _parent(self, tx: Tx, uri: str | None) -> ReplyTo | None:
        if uri is None:
            return None
        row = await tx.one(object_by_uri, uri=uri)
        if row is None or row.kind != ObjectKind.POST or row.id is None:
            return ReplyTo(uri=uri)
        parent = await tx.one(post_by_id, id=row.id)
        if parent is None:
            return ReplyTo(uri=uri)
        return ReplyTo(
            uri=uri,
            id=parent.id,
            author_id=parent.author_id,
            root_id=parent.root_id or parent.id,
        )

    async def _audience(
        self, tx: Tx, described: RemotePost, author: Actor, recipient_id: int | None
    ) -> tuple[Mention, ...]:
        """Actors known here whom the post names; whom it only addresses may see it, silently."""
        named: dict[int, Mention] = {}
        uris = [
            uri
            for uri in dict.fromkeys((*described.groups, *described.mentions, *described.to))
            if uri != author.followers_uri and not is_public(uri)
        ]
        if uris:
            mentions, groups = set(described.mentions), set(described.groups)
            # Who sends a public post to a group wants it there (lemmy.md, 3.4).
            is_for_all = described.visibility <= Visibility.UNLISTED
            for actor in await tx.all(actors_by_uris, uris=uris[:1000]):
                role = AudienceRole.MENTION if actor.uri in mentions else AudienceRole.SILENT
                if actor.kind == ActorKind.GROUP and (actor.uri in groups or is_for_all):
                    role = AudienceRole.COMMUNITY
                named[actor.id] = Mention(actor.id, role)
        if recipient_id is not None:
            named.setdefault(recipient_id, Mention(recipient_id, AudienceRole.SILENT))
        audience, begins = tuple(named.values()), described.in_reply_to is None
        return await without_bans(tx, self._server, author.id, audience, is_thread=begins)

    async def _media(
        self, tx: Tx, attachments: tuple[RemoteMedia, ...], owner_id: int
    ) -> tuple[int, ...]:
        ids = []
        for each in attachments:
            media_id = tx.new_id()
            kind = _KINDS.get((each.content_type or "").partition("/")[0], _FILE)
            if each.content_type == "image/svg+xml":
                kind = _FILE  # It can hold scripts: a link, never shown.
            values: dict[str, Any] = {
                name: getattr(each, name)
                for name in (
                    "content_type", "description", "blurhash", "width", "height", "duration_ms",
                )
            }  # fmt: skip
            await tx.run(
                insert_remote_media,
                id=media_id,
                num=await tx.next_num("media"),
                owner_id=owner_id,
                kind=kind,
                remote_url=each.url,
                focus_x=each.focus[0] if each.focus else None,
                focus_y=each.focus[1] if each.focus else None,
                facets=facets_text(MediaFacets(icon_url=each.icon_url)),
                created_at=self._server.now_ms(),
                **values,
            )
            ids.append(media_id)
        return tuple(ids)


def _facets(described: RemotePost) -> PostFacets:
    if not (described.emojis or described.quote_policy or described.replies_uri):
        return described.facets
    return msgspec.structs.replace(
        described.facets,
        emojis=described.emojis,
        quote_policy=described.quote_policy,
        replies_uri=described.replies_uri,
    )


def _with_thread(edited: PostFacets, before: PostFacets) -> PostFacets:
    """What moderators did to a thread outlasts an edit by its author."""
    kept = before.thread
    if kept is None or not (kept.locked or kept.pinned):
        return edited
    thread = edited.thread or ThreadFacets()
    thread = msgspec.structs.replace(thread, locked=kept.locked, pinned=kept.pinned)
    return msgspec.structs.replace(edited, thread=thread)


def _reach(described: RemotePost, audience: tuple[Mention, ...]) -> Visibility:
    """What would be direct, and goes to people whom it does not mention, is limited (A4)."""
    silent = any(each.role is not AudienceRole.MENTION for each in audience)
    if described.visibility is Visibility.DIRECT and silent and not described.is_direct:
        return Visibility.LIMITED
    return described.visibility
