"""What a button does: like, boost, bookmark, vote, come to an event and
answer who wants to, delete, follow. Each is a form and a redirect."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actor_by_id
from weft.domain.attendance.attend import JoinRefused, NotTheOrganiser, decide, join, leave
from weft.domain.interactions.records import InteractionRefused
from weft.domain.posts import keep
from weft.domain.posts.delete import delete, unboost
from weft.domain.posts.publish import boost
from weft.domain.posts.records import Post, PostKind
from weft.domain.posts.share import BoostRefused, compose_boost
from weft.domain.posts.vote import VoteRefused, vote
from weft.domain.reactions.react import ReactionKind, react, unreact
from weft.domain.relations.follow import FollowRefused, follow, unfollow
from weft.storage.database import Tx
from weft.web.pages.posts import post_for
from weft.web.rendering import redirect
from weft.web.signin.login import own_path
from weft.web.visits import PageError, Route, Visit

Act = Callable[[Visit, int, Post], Awaitable[None]]


async def _like(visit: Visit, me: int, post: Post) -> None:
    try:
        await visit.parts.db.write(
            react, visit.parts.server, actor_id=me, post_id=post.id, kind=ReactionKind.LIKE,
            local=True,
        )  # fmt: skip
    except InteractionRefused as refused:
        raise PageError(403, str(refused)) from None


async def _unlike(visit: Visit, me: int, post: Post) -> None:
    await visit.parts.db.write(
        unreact, visit.parts.server, actor_id=me, post_id=post.id, kind=ReactionKind.LIKE,
        local=True,
    )  # fmt: skip


async def _boost(visit: Visit, me: int, post: Post) -> None:
    parts = visit.parts
    try:
        new = await compose_boost(parts.db, parts.server, actor_id=me, post_id=post.id)
        if new is not None:
            await parts.db.write(boost, parts.server, new)
    except BoostRefused as refused:
        raise PageError(422, str(refused)) from None
    except InteractionRefused as refused:
        raise PageError(403, str(refused)) from None


async def _unboost(visit: Visit, me: int, post: Post) -> None:
    await visit.parts.db.write(unboost, visit.parts.server, me, post.id)


async def _bookmark(visit: Visit, me: int, post: Post) -> None:
    await visit.parts.db.write(keep.bookmark, visit.parts.server, actor_id=me, post_id=post.id)


async def _unbookmark(visit: Visit, me: int, post: Post) -> None:
    await visit.parts.db.write(keep.unbookmark, actor_id=me, post_id=post.id)


async def _delete(visit: Visit, me: int, post: Post) -> None:
    if post.author_id != me:
        raise PageError(403, "Only its author may delete a post.")
    await visit.parts.db.write(delete, visit.parts.server, post.id)


async def _vote(visit: Visit, me: int, post: Post) -> None:
    chosen = visit.form.get("choice", "")
    if not chosen.isdigit() or len(chosen) > 3:
        raise PageError(422, "Choose one of the options.")
    try:
        await visit.parts.db.write(
            vote, visit.parts.server, actor_id=me, post_id=post.id,
            choices=frozenset({int(chosen)}),
        )  # fmt: skip
    except VoteRefused as refused:
        raise PageError(422, str(refused)) from None


async def _join(visit: Visit, me: int, post: Post) -> None:
    try:
        await visit.parts.db.write(_attend, visit, me, post, join)
    except JoinRefused as refused:
        raise PageError(422, str(refused)) from None


async def _leave(visit: Visit, me: int, post: Post) -> None:
    await visit.parts.db.write(_attend, visit, me, post, leave)


async def _attend(tx: Tx, visit: Visit, me: int, post: Post, act: Any) -> None:
    own = await tx.one(actor_by_id, id=me)
    organiser = await tx.one(actor_by_id, id=post.author_id)
    if post.kind != PostKind.EVENT or own is None or organiser is None:
        raise PageError(422, "Only an event can be gone to.")
    await act(tx, visit.parts.server, post, organiser, own)


async def _admit(visit: Visit, me: int, post: Post) -> None:
    await _decide(visit, me, post, accepted=True)


async def _decline(visit: Visit, me: int, post: Post) -> None:
    await _decide(visit, me, post, accepted=False)


async def _decide(visit: Visit, me: int, post: Post, *, accepted: bool) -> None:
    typed, parts = visit.form.get("who", ""), visit.parts
    known = typed.isascii() and typed.isdigit() and len(typed) < 17
    try:
        waited = await parts.db.write(
            decide, parts.server, post, me, int(typed) if known else 0, accepted=accepted
        )
    except NotTheOrganiser as refused:
        raise PageError(403, str(refused)) from None
    except JoinRefused as refused:
        raise PageError(422, str(refused)) from None
    if not waited:
        raise PageError(422, "They do not wait for an answer, or no longer.")


ACTS: dict[str, Act] = {
    "like": _like,
    "unlike": _unlike,
    "boost": _boost,
    "unboost": _unboost,
    "bookmark": _bookmark,
    "unbookmark": _unbookmark,
    "delete": _delete,
    "vote": _vote,
    "join": _join,
    "leave": _leave,
    "admit": _admit,
    "decline": _decline,
}


async def act_on_post(visit: Visit) -> ASGIResponse:
    """POST /posts/ID/ACT"""
    me = visit.must_be_signed_in()
    visit.check_form()
    act = ACTS.get(visit.path("act"))
    if act is None:
        raise PageError(404, "There is no such button.", "Not found")
    post = await post_for(visit, visit.path("id"))
    await act(visit, me, post)
    return redirect(own_path(visit.form.get("back")) if act is not _delete else "/")


async def act_on_person(visit: Visit) -> ASGIResponse:
    """POST /people/ID/follow or unfollow"""
    me = visit.must_be_signed_in()
    visit.check_form()
    typed, parts = visit.path("id"), visit.parts
    target = (
        await parts.db.one(actor_by_id, id=int(typed))
        if typed.isascii() and typed.isdigit() and len(typed) < 17
        else None
    )
    own = await parts.db.one(actor_by_id, id=me)
    if target is None or own is None:
        raise PageError(404, "There is nobody of this name here.", "Not found")
    match visit.path("act"):
        case "follow":
            try:
                await parts.db.write(follow, parts.server, follower=own, target=target)
            except FollowRefused as refused:
                raise PageError(422, str(refused)) from None
        case "unfollow":
            await parts.db.write(unfollow, parts.server, follower_id=me, target_id=target.id)
        case _:
            raise PageError(404, "There is no such button.", "Not found")
    return redirect(own_path(visit.form.get("back")))


ROUTES = (
    Route("POST", "/posts/{id:str}/{act:str}", act_on_post),
    Route("POST", "/people/{id:str}/{act:str}", act_on_person),
)
