"""Asking an author of another server whether a like, an answer or a boost may be."""

from weft.domain.actors.queries import actor_by_id
from weft.domain.events import LeaveAsked
from weft.domain.interactions.policy import leave_to
from weft.domain.interactions.queries import insert_leave, leave_of_post
from weft.domain.interactions.records import (
    FORBIDDEN,
    InteractionLeave,
    InteractionRefused,
    LeaveKind,
    LeaveState,
    What,
)
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import NewPost, Post, post_facets
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx


async def must_ask(tx: Tx, what: What, target: Post, actor_id: int) -> bool:
    """Raises InteractionRefused if asking is in vain."""
    leave = await leave_to(tx, what, target, actor_id)
    if leave == "denied":
        raise InteractionRefused(FORBIDDEN[what])
    return leave == "asked"


async def asked_for_post(tx: Tx, new: NewPost) -> Post | None:
    """Whose author must be asked before a post of ours is published: what it answers or boosts.

    Raises:
        InteractionRefused: it is not to be answered or boosted.
    """
    if new.uri is not None or new.local_only:
        return None
    about = new.boost_of_id
    if about is None and new.reply_to is not None:
        about = new.reply_to.id
    target = await tx.one(post_by_id, id=about) if about is not None else None
    if target is None:
        return None
    what: What = "boost" if new.boost_of_id is not None else "reply"
    return target if await must_ask(tx, what, target, new.author_id) else None


async def ask(
    tx: Tx,
    server: Server,
    kind: LeaveKind,
    target: Post,
    *,
    actor_id: int,
    post_id: int | None = None,
    reaction_id: int | None = None,
    visibility: int = Visibility.PUBLIC,
) -> None:
    """Note that it waits, and ask; ``visibility`` is how far it will reach."""
    subject_id = post_id or reaction_id or 0
    uri = f"{server.actor_uri(actor_id)}/interaction_requests/{subject_id}"
    await _keep(
        tx, server, kind, LeaveState.PENDING, target, post_id=post_id, reaction_id=reaction_id,
        visibility=visibility, request_uri=uri,
    )  # fmt: skip
    author = await tx.one(actor_by_id, id=target.author_id)
    policy = post_facets(target.facets).interactions
    await server.tell(
        tx,
        LeaveAsked(
            uri=uri,
            kind=kind,
            actor_id=actor_id,
            subject_id=subject_id,
            target_id=target.author_id,
            target_author_uri=author.uri if author is not None else "",
            target_uri=target.uri,
            visibility=visibility,
            polite=policy is not None and policy.asks,
        ),
    )


async def keep_given(
    tx: Tx, server: Server, kind: LeaveKind, target: Post, post_id: int, approvals: tuple[str, ...]
) -> None:
    """What another server's answer or boost was let in by: it goes when the leave is taken back."""
    if not approvals or await tx.one(leave_of_post, post_id=post_id) is not None:
        return
    await _keep(
        tx, server, kind, LeaveState.ACCEPTED, target, post_id=post_id, stamp_uri=approvals[0],
        accept_uri=approvals[-1],
    )  # fmt: skip


async def _keep(
    tx: Tx,
    server: Server,
    kind: LeaveKind,
    state: LeaveState,
    target: Post,
    *,
    post_id: int | None = None,
    reaction_id: int | None = None,
    visibility: int = Visibility.PUBLIC,
    request_uri: str | None = None,
    stamp_uri: str | None = None,
    accept_uri: str | None = None,
) -> None:
    row = InteractionLeave(
        id=tx.new_id(),
        kind=kind,
        state=state,
        target_id=target.id,
        post_id=post_id,
        reaction_id=reaction_id,
        visibility=visibility,
        request_uri=request_uri,
        stamp_uri=stamp_uri,
        accept_uri=accept_uri,
        created_at=server.now_ms(),
    )
    values = {name: getattr(row, name) for name in InteractionLeave.__struct_fields__}
    await tx.run(insert_leave, **values)
