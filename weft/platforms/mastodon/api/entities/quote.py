"""Quotes of a page: what each post quotes, as far as the viewer may see it, and who may quote it."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from weft.domain.posts.queries import posts_for
from weft.domain.posts.records import Post, QuotePolicy, QuoteState
from weft.domain.quotes.policy import Leave, leave_under, policy_of, policy_under
from weft.domain.relations.queries import (
    FollowState,
    blocks_from,
    follows_from,
    follows_to,
    mutes_from,
)
from weft.domain.visibility.viewer import Local, Viewer, kind_of, viewer_params
from weft.platforms.mastodon.api.routing import Api

_Who: TypeAlias = Literal["nobody", "author", "other"]
_encode = msgspec.json.Encoder().encode
_NAMES = {
    QuoteState.PENDING: b"pending",
    QuoteState.ACCEPTED: b"accepted",
    QuoteState.REJECTED: b"rejected",
    QuoteState.REVOKED: b"revoked",
    QuoteState.GONE: b"deleted",
}


class QuotePieces(msgspec.Struct):
    """What the quotes of a page share."""

    quoted: dict[int, Post]
    """Quoted posts that the viewer may see, by id."""
    hidden: dict[int, bytes]
    """States of quotes whose author the viewer does not want to see, by the author's id."""
    approvals: dict[int, bytes]

    def of(self, post: Post, render: Callable[[Post], bytes | None], in_quote: bool) -> bytes:
        """``,"quote":…,"quote_approval":…`` of a post. Inside a quote only the id is told."""
        approval = self.approvals.get(post.id, b"null")
        if post.quote_state is None:
            return b',"quote":null,"quote_approval":' + approval
        return b',"quote":' + self._quote(post, render, in_quote) + b',"quote_approval":' + approval

    def _quote(self, post: Post, render: Callable[[Post], bytes | None], in_quote: bool) -> bytes:
        if post.quote_state is None or post.quote_state == QuoteState.LEGACY:
            return b"null"
        state = _NAMES[QuoteState(post.quote_state)]
        shown = b"null"
        if state == b"accepted":
            quoted = self.quoted.get(post.quote_of_id or 0)
            hidden = self.hidden.get(quoted.author_id) if quoted is not None else None
            if quoted is None:
                state = b"unauthorized"
            elif hidden is not None:
                state = hidden
            elif in_quote:
                shown = b'"%d"' % quoted.id
            else:
                shown = render(quoted) or b"null"
        name = b"quoted_status_id" if in_quote else b"quoted_status"
        return b'{"state":"%s","%s":%s}' % (state, name, shown)


async def load_quotes(api: Api, posts: Sequence[Post], viewer: Viewer) -> QuotePieces:
    """One statement if anything is quoted; two or four more for whom a policy or a block concerns."""
    db = api.parts.db
    now = api.parts.server.now_ms()
    ids = list(
        {
            post.quote_of_id
            for post in posts
            if post.quote_of_id is not None and post.quote_state == QuoteState.ACCEPTED
        }
    )
    quoted: dict[int, Post] = {}
    hidden: dict[int, bytes] = {}
    if ids:
        rows = await db.all(
            posts_for,
            who=kind_of(viewer),
            purpose="show",
            ids=ids,
            **viewer_params(viewer, now, "show"),
        )
        quoted = {row.id: row for row in rows}
        if isinstance(viewer, Local) and quoted:
            authors = list({row.author_id for row in rows})
            me = viewer.actor_id
            for mute in await db.all(mutes_from, me=me, others=authors):
                if mute.expires_at is None or mute.expires_at > now:
                    hidden[mute.target_id] = b"muted_account"
            for block in await db.all(blocks_from, me=me, others=authors):
                hidden[block.target_id] = b"blocked_account"
    approvals = await _approvals(api, [*posts, *quoted.values()], viewer)
    return QuotePieces(quoted, hidden, approvals)


async def _approvals(api: Api, posts: Sequence[Post], viewer: Viewer) -> dict[int, bytes]:
    me = viewer.actor_id if isinstance(viewer, Local) else None
    found = {}
    rest = []
    for post in posts:
        # Of strangers' posts nearly all are for everybody or nobody.
        written = (
            _for_strangers(post.facets, post.visibility, post.local)
            if me is not None and post.author_id != me
            else None
        )
        if written is None:
            rest.append(post)
        else:
            found[post.id] = written
    return found | await _by_circles(api, rest, me) if rest else found


@lru_cache(maxsize=4096)
def _for_strangers(facets: str | None, visibility: int, local: bool) -> bytes | None:
    """What is said to who is not the author; None if it depends on who follows whom."""
    policy = policy_under(facets, visibility, local)
    return None if _asks_of_circles(policy) else _written(policy, "other", False, False)


async def _by_circles(api: Api, posts: Sequence[Post], me: int | None) -> dict[int, bytes]:
    policies = {post.id: policy_of(post) for post in posts}
    circled = {post.author_id for post in posts if _asks_of_circles(policies[post.id])}
    follows: set[int] = set()
    followed: set[int] = set()
    if me is not None and circled:
        others = list(circled)
        for row in await api.parts.db.all(follows_from, me=me, others=others):
            if row.state == FollowState.ACCEPTED:
                follows.add(row.target_id)
        for row in await api.parts.db.all(follows_to, me=me, others=others):
            if row.state == FollowState.ACCEPTED:
                followed.add(row.follower_id)
    found = {}
    for post in posts:
        author = post.author_id
        who: _Who = "nobody" if me is None else "author" if me == author else "other"
        found[post.id] = _written(policies[post.id], who, author in follows, author in followed)
    return found


@lru_cache(maxsize=1024)
def _asks_of_circles(policy: QuotePolicy | None) -> bool:
    """Does it depend on who follows whom?"""
    if policy is None:
        return False
    return bool({"followers", "following"} & {*policy.automatic, *policy.manual})


def approval_for(post: Post, me: int | None, follows: bool, followed: bool) -> bytes:
    who: _Who = "nobody" if me is None else "author" if me == post.author_id else "other"
    return _written(policy_of(post), who, follows, followed)


@lru_cache(maxsize=1024)
def _written(policy: QuotePolicy | None, who: _Who, follows: bool, followed: bool) -> bytes:
    given: Leave = "automatic" if who == "author" else leave_under(policy, follows, followed)
    if who == "nobody" and given != "unknown":
        given = "denied"
    return _encode(
        {
            "automatic": policy.automatic if policy else ["unsupported_policy"],
            "manual": policy.manual if policy else [],
            "current_user": given,
        }
    )
