"""Editing a post: what it was is kept, what it is goes to the world."""

from msgspec import Struct

from weft.domain.actors.records import stored_facets
from weft.domain.conversations.keep import file_post, refile_post
from weft.domain.events import PostEdited
from weft.domain.news import PostChanged
from weft.domain.notifications.followers import notify_of_edit
from weft.domain.notifications.notify import NotificationKind, notify
from weft.domain.notifications.policy import Choice
from weft.domain.posts.publish import hearing
from weft.domain.posts.queries import audience_of, post_by_id
from weft.domain.posts.records import (
    AudienceRole,
    Mention,
    NewPoll,
    Post,
    PostFacets,
    PostKind,
    Tag,
)
from weft.domain.posts.store import (
    delete_attachments,
    delete_poll,
    delete_poll_options,
    delete_tags,
    delete_votes,
    insert_attachment,
    insert_audience,
    insert_edit,
    insert_post_tag,
    insert_tag,
    narrow_post,
    put_poll,
    update_post,
)
from weft.domain.search.index import index_posts
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx


class EditedPost(Struct, frozen=True, kw_only=True):
    """A post as it is to be; content is already sanitised."""

    kind: PostKind = PostKind.NOTE
    content: str = ""
    source: str | None = None
    source_format: str | None = None
    sanitiser: int = 0
    title: str | None = None
    summary: str | None = None
    sensitive: bool = False
    language: str | None = None
    link_url: str | None = None
    audience: tuple[Mention, ...] = ()
    tags: tuple[Tag, ...] = ()
    media_ids: tuple[int, ...] = ()
    facets: PostFacets = PostFacets()
    edited_at: int | None = None
    poll: NewPoll | None = None
    """A poll in the place of the one that was; None leaves that as it is."""
    at_most: Visibility | None = None
    """A rule of this server lets it reach no further than this from now on."""
    quiet: bool = False
    """Who is named for the first time hears of it only if they follow its author."""


async def edit(tx: Tx, server: Server, post_id: int, new: EditedPost) -> bool:
    """Replace a post's words, tags and attachments. Who it was for stays; who is new is added.

    False if the post is gone, or is newer than this edit (a late delivery).
    """
    now = server.now_ms()
    old = await tx.one(post_by_id, id=post_id)
    if old is None:
        return False
    edited_at = min(new.edited_at or now, now)
    if not old.local and old.edited_at is not None and edited_at < old.edited_at:
        return False
    await tx.run(insert_edit, of_post=post_id)
    await tx.run(
        update_post,
        of_post=post_id,
        kind=new.kind,
        title=new.title,
        summary=new.summary,
        sensitive=new.sensitive,
        content=new.content,
        sanitiser=new.sanitiser,
        source=new.source,
        source_format=new.source_format,
        language=new.language,
        link_url=new.link_url,
        facets=stored_facets(new.facets),
        edited_at=edited_at,
    )
    if new.at_most is not None and new.at_most > old.visibility:
        await tx.run(narrow_post, of_post=post_id, reach=new.at_most)
    await _name(tx, old, new.audience, now, quiet=new.quiet)
    await tx.run(delete_tags, of_post=post_id)
    for tag in new.tags:
        await tx.run(insert_tag, id=tx.new_id(), name=tag.name, display=tag.display, created_at=now)
        await tx.run(insert_post_tag, of_post=post_id, name=tag.name)
    await tx.run(delete_attachments, of_post=post_id)
    for position, media_id in enumerate(new.media_ids):
        await tx.run(insert_attachment, post_id=post_id, position=position, media_id=media_id)
    if old.edited_at is None or edited_at > old.edited_at:
        await notify_of_edit(tx, old, now)
    if new.poll is not None:
        for table in (delete_votes, delete_poll_options, delete_poll):
            await tx.run(table, of_post=post_id)
        await put_poll(tx, post_id, new.poll)
    tx.say(PostChanged(post_id))
    await index_posts(tx, [post_id])
    if old.local and not old.local_only:
        await server.tell(tx, PostEdited(post_id=post_id))
    return True


async def _name(tx: Tx, old: Post, audience: tuple[Mention, ...], now: int, *, quiet: bool) -> None:
    """Who is named for the first time hears of it."""
    known = await tx.all(audience_of, ids=[old.id])
    named = {row.actor_id for row in known}
    shown = {row.actor_id for row in known if row.role == AudienceRole.MENTION}
    added, told = set(), []
    named_now = {each.actor_id for each in audience}
    hears = await hearing(tx, old.author_id, named_now) if quiet else named_now
    for mention in audience:
        await tx.run(insert_audience, post_id=old.id, actor_id=mention.actor_id, role=mention.role)
        if mention.actor_id in named or mention.role is not AudienceRole.MENTION:
            continue
        added.add(mention.actor_id)
        if mention.actor_id not in hears:
            continue
        verdict = await notify(
            tx, mention.actor_id, NotificationKind.MENTION, old.author_id, old.id, now
        )
        if verdict is Choice.ACCEPT:
            told.append(mention.actor_id)
    if added and old.visibility == Visibility.DIRECT:
        root, people = old.root_id or old.id, shown | added
        await refile_post(tx, post_id=old.id, root_id=root, author_id=old.author_id, named=people)
        await file_post(
            tx,
            post_id=old.id,
            root_id=root,
            author_id=old.author_id,
            named=people,
            owners=told,
        )
