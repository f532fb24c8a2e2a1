"""The rules and what people of this server post: asked before anything is written.

What is rejected is said to its author. What is quarantined becomes a draft of theirs with the reason, and
waits; when a moderator lets it in, it is published within half a minute like a scheduled post. An edit
cannot wait (the post is there already), so it is refused where a post would wait.
"""

import hashlib
from typing import TypeVar

from msgspec import json, structs

from weft.domain.actors.records import Actor
from weft.domain.policy.facts import Matter
from weft.domain.policy.pipeline import Policies, Ruling, policies_of
from weft.domain.policy.quarantine import Held, is_released, own_hold
from weft.domain.policy.records import Kind, Subject
from weft.domain.policy.views import author_of, rewordings, view, warned, without_files
from weft.domain.posts.drafted import Draft, PostRefused
from weft.domain.posts.edit import EditedPost
from weft.domain.posts.records import AudienceRole, NewPost, Post
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Database

P = TypeVar("P", NewPost, EditedPost)


class PostHeld(PostRefused):
    """It waits for a moderator."""


async def judged_post(
    db: Database,
    server: Server,
    author: Actor,
    draft: Draft,
    new: NewPost,
    *,
    of_draft: int | None = None,
    waits: bool = False,
) -> NewPost:
    """A new post as the rules leave it. ``of_draft``: the scheduled post that it was; ``waits``: it
    is only scheduled now, and will be judged again when its time comes.

    Raises:
        PostRefused: with the reason.
        PostHeld: it waits, as a draft of its author's.
    """
    policies = policies_of(db)
    if not await policies.rules():
        return new
    mark = mark_of(draft)
    released = of_draft is not None and await is_released(db, of_draft, mark)
    ruling = await policies.judge(
        _matter(author, new, "post", new.visibility, server.now_ms()), released=released
    )
    _check_rejected(ruling)
    if ruling.end == "quarantine" and not waits:
        held = Held(
            rule=ruling.rule,
            reason=ruling.reason,
            activity="Post",
            visibility=int(new.visibility),
            excerpt=draft.text[:300],
        )
        await db.write(own_hold, server, author, draft, held, of_draft, mark)
        raise PostHeld(
            f"Your post waits for a moderator, and is among your drafts until then: {ruling.reason}."
        )
    changes = ruling.changes
    return structs.replace(
        _rewritten(new, ruling), visibility=changes.lowered(new.visibility), quiet=changes.quiet
    )


async def judged_edit(
    db: Database, server: Server, author: Actor, post: Post, new: EditedPost
) -> EditedPost:
    """An edit as the rules leave it.

    Raises:
        PostRefused: it is rejected, or would have to wait.
    """
    policies: Policies = policies_of(db)
    if not await policies.rules():
        return new
    reach = Visibility(post.visibility)
    ruling = await policies.judge(_matter(author, new, "edit", reach, server.now_ms()))
    _check_rejected(ruling)
    if ruling.end == "quarantine":
        raise PostRefused(f"The post cannot be changed to that here: {ruling.reason}.")
    return structs.replace(
        _rewritten(new, ruling), at_most=ruling.changes.visibility, quiet=ruling.changes.quiet
    )


def mark_of(draft: Draft) -> str:
    """What tells a draft from another: changed after a moderator has let it in, it is judged anew."""
    return hashlib.sha256(json.encode(draft)).hexdigest()


def _check_rejected(ruling: Ruling) -> None:
    if ruling.end == "reject":
        raise PostRefused(f"A rule of this server does not let this through: {ruling.reason}.")


def _matter(
    author: Actor, new: NewPost | EditedPost, kind: Kind, reach: Visibility, now: int
) -> Matter:
    named = [each for each in new.audience if each.role is not AudienceRole.COMMUNITY]
    seen = view(
        kind=new.kind,
        visibility=reach,
        title=new.title,
        summary=new.summary,
        content=new.content,
        link_url=new.link_url,
        sensitive=new.sensitive,
        language=new.language,
        tags=tuple(each.name for each in new.tags),
        mentions=len(named),
        media=len(new.media_ids),
        is_reply=isinstance(new, NewPost) and new.reply_to is not None,
        published_at=now,
    )
    activity = "Create" if kind == "post" else "Update"
    return Matter(
        subject=Subject(kind=kind, activity=activity, author=author_of(author), now=now, post=seen),
        author_id=author.id,
        named_ids=tuple(each.actor_id for each in named if each.role is AudienceRole.MENTION),
    )


def _rewritten(new: P, ruling: Ruling) -> P:
    changes = ruling.changes
    new = structs.replace(
        new,
        source=changes.reworded(new.source) if new.source else new.source,
        **rewordings(new.content, new.title, new.summary, new.tags, changes),
    )
    sensitive, summary = warned(new.sensitive, new.summary, changes)
    if changes.strips_media:
        kind, content, facets = without_files(new.kind, new.content, new.facets, new.link_url)
        new = structs.replace(new, kind=kind, content=content, facets=facets, media_ids=())
    return structs.replace(new, sensitive=sensitive, summary=summary)
