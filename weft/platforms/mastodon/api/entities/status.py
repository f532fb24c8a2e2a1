"""Status: joined from pieces.

A page costs a fixed number of statements: what is boosted (if anything), the authors' versions, the
counters, the viewer's marks; and a few more for pieces that are not in memory. Nothing is looked up
per status.
"""

import itertools
from collections.abc import Iterable, Sequence

import msgspec

from weft.domain.filters.match import Compiled
from weft.domain.interactions.standing import load_standing
from weft.domain.pins.queries import pinned_among
from weft.domain.posts.marks import Marks, load_marks
from weft.domain.posts.queries import StatsRow, posts_for, stats_of
from weft.domain.posts.records import Post, PostKind
from weft.domain.visibility.viewer import Local, Viewer, kind_of, viewer_params
from weft.platforms.mastodon.api.entities.account import marked_authors
from weft.platforms.mastodon.api.entities.collection import collections_linked
from weft.platforms.mastodon.api.entities.content import content_fragments
from weft.platforms.mastodon.api.entities.filter import filter_results
from weft.platforms.mastodon.api.entities.poll import poll_entities
from weft.platforms.mastodon.api.entities.quote import QuotePieces, load_quotes
from weft.platforms.mastodon.api.routing import Api

_encode = msgspec.json.Encoder().encode
_BOOL = ("false", "true")


def _marks_json(favourited: int, reblogged: int, muted: int, bookmarked: int, own: int) -> bytes:
    pinned = ("", ',"pinned":false', ',"pinned":true')[own]
    return (
        f',"favourited":{_BOOL[favourited]},"reblogged":{_BOOL[reblogged]},"muted":{_BOOL[muted]}'
        f',"bookmarked":{_BOOL[bookmarked]}{pinned},"filtered":'
    ).encode()


_MARKS = {
    each: _marks_json(*each)
    for each in itertools.product((0, 1), (0, 1), (0, 1), (0, 1), (0, 1, 2))
}
NO_MARKS = Marks()
_WAITS: dict[str, str] = {"like": "favourite", "reply": "reply", "boost": "reblog"}
"""GoToSocial's names."""


class Page(msgspec.Struct):
    """What the statuses of a page share."""

    viewer_id: int | None
    targets: dict[int, Post]
    quotes: QuotePieces
    authors: dict[int, bytes]
    sensitized: frozenset[int]
    """Authors whose media are sensitive to all but themselves."""
    contents: dict[int, bytes]
    stats: dict[int, StatsRow]
    marks: Marks
    pinned: frozenset[int]
    polls: dict[int, bytes]
    filtered: dict[int, bytes]
    """What the viewer's filters say, by the id of the post proper."""
    collections: dict[int, bytes]
    """Those that a post links to."""
    waiting: dict[int, bytes] = {}
    """What of the viewer's waits for an author's leave, as a member of the status."""
    special: frozenset[int] = frozenset()
    """Posts with a poll, collections or something that waits: few."""

    def __post_init__(self) -> None:
        self.special = frozenset((*self.polls, *self.collections, *self.waiting))


async def render_statuses(
    api: Api, posts: Sequence[Post], viewer: Viewer, filters: Compiled | None = None
) -> list[bytes]:
    """Statuses in the order of ``posts``, which the viewer may see. ``filters``: the viewer's, if
    they were asked for before."""
    return list((await statuses_by_id(api, posts, viewer, filters)).values())


async def statuses_by_id(
    api: Api, posts: Sequence[Post], viewer: Viewer, filters: Compiled | None = None
) -> dict[int, bytes]:
    """Statuses by post id, in the order of ``posts``; those that vanished meanwhile are left out."""
    if not posts:
        return {}
    page = await _load(api, posts, viewer, filters)
    return {post.id: piece for post in posts if (piece := joined(page, post)) is not None}


async def render_status(api: Api, post: Post, viewer: Viewer) -> bytes | None:
    """One status; None if it vanished meanwhile."""
    found = await render_statuses(api, [post], viewer)
    return found[0] if found else None


async def _load(api: Api, posts: Sequence[Post], viewer: Viewer, filters: Compiled | None) -> Page:
    db = api.parts.db
    viewer_id = viewer.actor_id if isinstance(viewer, Local) else None
    targets = await _targets(api, posts, viewer)
    proper = {post.id: post for post in posts} | targets
    quotes = await load_quotes(api, list(proper.values()), viewer)
    proper |= quotes.quoted
    ids = list(proper)
    marks = NO_MARKS
    filtered: dict[int, bytes] = {}
    if viewer_id is not None:
        filtered = await filter_results(api, viewer_id, proper.values(), filters)
        marks = await load_marks(db, viewer_id, ids)
    polled = [post for post in proper.values() if post.kind == PostKind.QUESTION]
    polls: dict[int, bytes] = {}
    if polled:
        entities = await poll_entities(api, polled, viewer_id)
        polls = {id_: _encode(entity) for id_, entity in entities.items()}
    authors, sensitized = await marked_authors(api, {post.author_id for post in proper.values()})
    return Page(
        viewer_id,
        targets,
        quotes,
        authors,
        sensitized,
        await content_fragments(api, list(proper.values())),
        {row.post_id: row for row in await db.all(stats_of, ids=ids)},
        marks,
        await _pinned(api, proper.values(), viewer_id),
        polls,
        filtered,
        await linked_pieces(api, viewer, proper.values()),
        await _waiting(api, list(proper.values()), viewer_id, marks),
    )


async def linked_pieces(api: Api, viewer: Viewer, posts: Iterable[Post]) -> dict[int, bytes]:
    found = await collections_linked(api, viewer, posts)
    return {id_: _encode(each) for id_, each in found.items()}


async def _waiting(
    api: Api, posts: Sequence[Post], viewer_id: int | None, marks: Marks
) -> dict[int, bytes]:
    if viewer_id is None:
        return {}
    found = await load_standing(api.parts.db, viewer_id, posts, marks.liked, marks.boosted)
    return {
        id_: b',"interaction_approval":'
        + _encode({_WAITS[what]: said for what, said in each.items()})
        for id_, each in found.items()
    }


async def _pinned(api: Api, posts: Iterable[Post], viewer_id: int | None) -> frozenset[int]:
    """Which of their own posts the viewer pinned."""
    own = [post.id for post in posts if post.author_id == viewer_id]
    if not own:
        return frozenset()
    rows = await api.parts.db.all(pinned_among, owner=viewer_id, ids=own)
    return frozenset(row[0] for row in rows)


async def _targets(api: Api, posts: Sequence[Post], viewer: Viewer) -> dict[int, Post]:
    """Boosted posts by id."""
    ids = list({post.boost_of_id for post in posts if post.boost_of_id is not None})
    if not ids:
        return {}
    found = await api.parts.db.all(
        posts_for,
        who=kind_of(viewer),
        purpose="show",
        ids=ids,
        **viewer_params(viewer, api.parts.server.now_ms(), "show"),
    )
    return {post.id: post for post in found}


def joined(page: Page, post: Post, *, in_quote: bool = False) -> bytes | None:
    author, content = page.authors.get(post.author_id), page.contents.get(post.id)
    if author is None or content is None:
        return None
    if post.author_id in page.sensitized and post.author_id != page.viewer_id:
        # Only ids and times stand before it in the piece, nothing that anybody wrote.
        content = content.replace(b'"sensitive":false', b'"sensitive":true', 1)
    tail = _NO_TAIL
    if post.boost_of_id is not None or post.id in page.special:
        reblog = b"null"
        if post.boost_of_id is not None:
            target = page.targets.get(post.boost_of_id)
            inner = joined(page, target) if target is not None else None
            if inner is None:
                return None
            reblog = inner
        tail = b',"poll":%b,"tagged_collections":%b,"reblog":%b%b}' % (
            page.polls.get(post.id, b"null"),
            page.collections.get(post.id, b"[]"),
            reblog,
            page.waiting.get(post.id, b""),
        )
    return b"".join(
        (
            content,
            _NO_PARENT if post.in_reply_to_id is None else _answered(post),
            b',"account":',
            author,
            _counters(page.stats.get(post.id)),
            _marked(page, post),
            page.quotes.of(post, lambda quoted: joined(page, quoted, in_quote=True), in_quote),
            tail,
        )
    )


_NO_TAIL = b',"poll":null,"tagged_collections":[],"reblog":null}'
_NO_PARENT = b',"in_reply_to_id":null,"in_reply_to_account_id":null'
_NO_COUNTS = b',"replies_count":0,"reblogs_count":0,"favourites_count":0,"quotes_count":0'


def _answered(post: Post) -> bytes:
    """Outside the kept piece, because a parent may come later, or go."""
    author = post.in_reply_to_author_id
    shown = "null" if author is None else f'"{author}"'
    return f',"in_reply_to_id":"{post.in_reply_to_id}","in_reply_to_account_id":{shown}'.encode()


def _counters(row: StatsRow | None) -> bytes:
    """Our count or the origin's, whichever is larger."""
    if row is None:
        return _NO_COUNTS
    replies, boosts, likes, quotes = (
        max(row.replies, row.origin_replies),
        max(row.boosts, row.origin_boosts),
        # Apps of this API know no other reaction.
        max(row.likes + row.reactions, row.origin_likes),
        row.quotes,
    )
    if not (replies or boosts or likes or quotes):
        return _NO_COUNTS
    return b',"replies_count":%d,"reblogs_count":%d,"favourites_count":%d,"quotes_count":%d' % (
        replies, boosts, likes, quotes,
    )  # fmt: skip


def _marked(page: Page, post: Post) -> bytes:
    """The viewer's part; absent for nobody. A boost shows the marks of what it boosts."""
    if page.viewer_id is None:
        return b""
    marks = page.marks
    proper = post.boost_of_id or post.id
    marked = _MARKS[
        proper in marks.liked,
        proper in marks.boosted,
        post.root_id in marks.muted,
        proper in marks.bookmarked,
        (post.author_id == page.viewer_id and post.boost_of_id is None) + (post.id in page.pinned),
    ]
    return marked + page.filtered.get(proper, b"[]")


def listed(pieces: Sequence[bytes]) -> bytes:
    """A JSON array."""
    return b"[" + b",".join(pieces) + b"]"
