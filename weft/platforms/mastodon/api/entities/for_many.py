"""One status for many people at once: what is the same for all is rendered once, and what is not is
looked up in a fixed number of statements, however many they are.

Most people see a new post alike: nothing marked, nothing filtered. Each distinct view is joined once,
and everybody who has it gets the same bytes.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from weft.domain.filters.match import Match
from weft.domain.pins.queries import pinned_among
from weft.domain.posts.marks import Marks, load_marks_among, votes_among
from weft.domain.posts.queries import post_by_id, stats_of
from weft.domain.posts.records import Post, PostKind, QuoteState
from weft.domain.visibility.among import BLOCKS, FOLLOWED, FOLLOWS, MUTES, Among, Shown
from weft.platforms.mastodon.api.entities.account import marked_authors
from weft.platforms.mastodon.api.entities.collection_for_many import load_linked
from weft.platforms.mastodon.api.entities.content import content_fragments
from weft.platforms.mastodon.api.entities.filter import written_results
from weft.platforms.mastodon.api.entities.poll import poll_entities
from weft.platforms.mastodon.api.entities.quote import QuotePieces, approval_for
from weft.platforms.mastodon.api.entities.status import NO_MARKS, Page, joined
from weft.platforms.mastodon.api.routing import Api

_encode = msgspec.json.Encoder().encode
BREATH = 200
"""So many people, some milliseconds, between two chances for everything else in the process."""
Matches = Mapping[int, Mapping[int, tuple[Match, ...]]]
"""By person and post: what their filters say."""


class Proper(msgspec.Struct, frozen=True):
    """A post with what it boosts and quotes."""

    post: Post
    target: Post | None
    quoted: dict[int, Post]

    @property
    def all(self) -> list[Post]:
        boosted = [self.target] if self.target is not None else []
        return [self.post, *boosted, *self.quoted.values()]

    @property
    def shown(self) -> Post:
        """The post whose words are read: of a boost, what it boosts."""
        return self.target or self.post


def facts(post: Post) -> Shown:
    """What the rule of visibility asks about a post."""
    return Shown(post.id, post.author_id, post.visibility, post.local_only)


async def load_proper(api: Api, post: Post) -> Proper | None:
    """None if what it boosts is gone. Whether anybody may see it is not asked here."""
    target = None
    if post.boost_of_id is not None:
        target = await api.parts.db.one(post_by_id, id=post.boost_of_id)
        if target is None:
            return None
    quoted: dict[int, Post] = {}
    for each in (post, target):
        if each is not None and each.quote_of_id and each.quote_state == QuoteState.ACCEPTED:
            found = await api.parts.db.one(post_by_id, id=each.quote_of_id)
            if found is not None:
                quoted[found.id] = found
    return Proper(post, target, quoted)


class _View(msgspec.Struct, frozen=True):
    """What of a status is different for different people; equal views are rendered alike."""

    own: int
    """The viewer, if one of the posts is theirs; else 0."""
    marks: Marks
    filtered: tuple[tuple[int, bytes], ...]
    votes: tuple[tuple[int, tuple[int, ...]], ...]
    unseen: frozenset[int]
    """Quoted posts that they may not see."""
    hidden: tuple[tuple[int, bytes], ...]
    """Authors of quoted posts whom they block or mute."""
    approvals: tuple[bytes, ...]
    collections: tuple[tuple[int, bytes], ...]


async def render_for(
    api: Api, proper: Proper, among: Among, viewers: Sequence[int], matches: Matches
) -> dict[int, bytes]:
    """The status as each of ``viewers`` sees it, who may see it. Nobody if it vanished meanwhile."""
    db, posts = api.parts.db, proper.all
    ids = [post.id for post in posts]
    roots = list({post.root_id for post in posts if post.root_id is not None})
    authors = {post.author_id for post in posts}
    contents = await content_fragments(api, posts)
    people, sensitized = await marked_authors(api, authors)
    stats = {row.post_id: row for row in await db.all(stats_of, ids=ids)}
    polled = [post for post in posts if post.kind == PostKind.QUESTION]
    polls = await poll_entities(api, polled, None) if polled else {}
    votes: dict[int, dict[int, list[int]]] = {}
    if polled:
        polled_ids = [post.id for post in polled]
        for row in await db.all(votes_among, ids=polled_ids, viewers=list(viewers)):
            votes.setdefault(row.viewer, {}).setdefault(row.post_id, []).append(row.position)
    marks = await load_marks_among(db, list(viewers), ids, roots)
    linked = await load_linked(api, posts, viewers)
    found: dict[int, bytes] = {}
    rendered: dict[_View, bytes | None] = {}
    for number, viewer in enumerate(viewers):
        if number % BREATH == BREATH - 1:
            await asyncio.sleep(0)
        view = _View(
            viewer if viewer in authors else 0,
            marks.get(viewer, NO_MARKS),
            _filtered(matches.get(viewer)),
            tuple((id_, tuple(sorted(each))) for id_, each in votes.get(viewer, {}).items()),
            *_quotes(proper, among, viewer),
            tuple(_approval(post, among, viewer) for post in posts),
            linked.seen_by(viewer),
        )
        if view not in rendered:
            own = await _own_pins(api, posts, viewer) if view.own else frozenset()
            page = Page(
                viewer,
                {proper.target.id: proper.target} if proper.target is not None else {},
                QuotePieces(
                    {id_: post for id_, post in proper.quoted.items() if id_ not in view.unseen},
                    dict(view.hidden),
                    dict(zip(ids, view.approvals, strict=True)),
                ),
                people,
                sensitized,
                contents,
                stats,
                view.marks,
                own,
                {post.id: _poll(polls[post.id], post, view) for post in polled if post.id in polls},
                dict(view.filtered),
                dict(view.collections),
            )
            rendered[view] = joined(page, proper.post)
        status = rendered[view]
        if status is not None:
            found[viewer] = status
    return found


def _filtered(said: Mapping[int, tuple[Match, ...]] | None) -> tuple[tuple[int, bytes], ...]:
    if not said:
        return ()
    return tuple((id_, written_results(each)) for id_, each in said.items())


def _quotes(
    proper: Proper, among: Among, viewer: int
) -> tuple[frozenset[int], tuple[tuple[int, bytes], ...]]:
    if not proper.quoted:
        return frozenset(), ()
    unseen, hidden = set(), []
    for post in proper.quoted.values():
        if not among.can_see(viewer, facts(post), purpose="show"):
            unseen.add(post.id)
        if among.has(BLOCKS, post.author_id, viewer):
            hidden.append((post.author_id, b"blocked_account"))
        elif among.has(MUTES, post.author_id, viewer):
            hidden.append((post.author_id, b"muted_account"))
    return frozenset(unseen), tuple(hidden)


def _approval(post: Post, among: Among, viewer: int) -> bytes:
    author = post.author_id
    return approval_for(
        post, viewer, among.has(FOLLOWS, author, viewer), among.has(FOLLOWED, author, viewer)
    )


def _poll(entity: dict[str, object], post: Post, view: _View) -> bytes:
    mine = next((list(each) for id_, each in view.votes if id_ == post.id), [])
    voted = bool(mine) or post.author_id == view.own
    return _encode(entity | {"voted": voted, "own_votes": mine})


async def _own_pins(api: Api, posts: Sequence[Post], viewer: int) -> frozenset[int]:
    own = [post.id for post in posts if post.author_id == viewer]
    rows = await api.parts.db.all(pinned_among, owner=viewer, ids=own)
    return frozenset(row[0] for row in rows)
