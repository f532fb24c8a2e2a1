"""Which of a person's filters match which posts.

A person's filters are compiled once per state that they are in, and kept with what they were found to
say of each post's revision. Whether that state still holds (the stamps of the filters) is asked at
most once in two seconds, and at once after a change in this process. The words around a post are
loaded only when these filters meet it for the first time.
"""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from weft.domain.filters.change import MAX_FILTERS
from weft.domain.filters.queries import filters_of, keywords_of, posts_of, stamps_among, stamps_of
from weft.domain.filters.records import Action, Context, Filter, FilteredPost, Keyword
from weft.domain.filters.words import Word, folded, found_in, make_word
from weft.domain.markup.plain import html_to_text
from weft.domain.news import FiltersChanged
from weft.domain.posts.queries import attachments_of, poll_options_of
from weft.domain.posts.records import Post, PostKind
from weft.storage.database import Database

KEPT_OWNERS = 500
KEPT_S = 2.0
"""So long a state holds without being asked for: a change on another machine is seen after that."""
KEPT_POSTS = 1000
"""Per owner: what the filters say of so many posts is kept."""

Stamps = tuple[tuple[int, int], ...]


class Match(Struct, frozen=True):
    """A filter, and why it is told of a post."""

    filter: Filter
    keywords: tuple[str, ...]
    """As their owner typed them."""
    post_ids: tuple[int, ...]
    """The post, where the filter names it."""


class Loaded(Struct, frozen=True):
    """A filter with what hangs on it."""

    filter: Filter
    keywords: tuple[Keyword, ...]
    posts: tuple[FilteredPost, ...]
    words: tuple[Word, ...]
    post_ids: frozenset[int]


class Compiled:
    """The filters of one person as they are in one state."""

    __slots__ = ("_said", "by_id", "filters", "stamps")

    def __init__(self, stamps: Stamps, filters: Sequence[Loaded]) -> None:
        self.stamps, self.filters = stamps, filters
        self.by_id = {each.filter.id: each for each in filters}
        self._said: OrderedDict[tuple[int, int], tuple[Match, ...]] = OrderedDict()

    def known(self, post: Post) -> tuple[Match, ...] | None:
        """What was found of this revision of a post; None if it was not looked at yet."""
        return self._said.get((post.id, post.revision))

    def look(self, post: Post, text: str) -> tuple[Match, ...]:
        """Match a post, whose words are ``text``, and remember the answer."""
        found = tuple(
            match for each in self.filters if (match := _match(each, post, text)) is not None
        )
        self._said[(post.id, post.revision)] = found
        if len(self._said) > KEPT_POSTS:
            self._said.popitem(last=False)
        return found

    @property
    def reads(self) -> bool:
        """Is there any keyword to be looked for?"""
        return any(each.words for each in self.filters)


EMPTY = Compiled((), ())


class Filters:
    """The filters of the people who were here lately."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[int, Compiled] = OrderedDict()
        self._good: OrderedDict[int, tuple[float, Compiled]] = OrderedDict()
        """Filters with the time until which they need not be asked for."""
        self._changes = 0
        db.ears.add(self._hear)

    def _hear(self, word: object) -> None:
        if isinstance(word, FiltersChanged):
            self._changes += 1
            self._good.pop(word.owner_id, None)

    async def of(self, owner_id: int) -> Compiled:
        """A person's filters as they are now."""
        good = self._good.get(owner_id)
        if good is not None and time.monotonic() < good[0]:
            return good[1]
        changes = self._changes
        mine = await self._read(owner_id)
        if changes == self._changes:  # else it may be these that were changed while we read
            self._good[owner_id] = (time.monotonic() + KEPT_S, mine)
            self._good.move_to_end(owner_id)
            if len(self._good) > KEPT_OWNERS:
                self._good.popitem(last=False)
        return mine

    async def _read(self, owner_id: int) -> Compiled:
        rows = await self._db.all(stamps_of, owner=owner_id, limit=MAX_FILTERS)
        if not rows:
            self._kept.pop(owner_id, None)
            return EMPTY
        return await self._in_state(owner_id, tuple((row.id, row.updated_at) for row in rows))

    async def _in_state(self, owner_id: int, stamps: Stamps) -> Compiled:
        kept = self._kept.get(owner_id)
        if kept is None or kept.stamps != stamps:
            kept = await self._compile(owner_id, stamps)
            self._kept[owner_id] = kept
            if len(self._kept) > KEPT_OWNERS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(owner_id)
        return kept

    async def matches(
        self, owner_id: int, posts: Iterable[Post], now: int, mine: Compiled | None = None
    ) -> dict[int, tuple[Match, ...]]:
        """The matches of filters that have not expired, by post id; posts without any are left
        out. One's own posts are never filtered, and of a boost only what it boosts counts: bring
        that one as well. ``mine``: their filters, if they were asked for before."""
        mine = mine or await self.of(owner_id)
        if not mine.filters:
            return {}
        others = [post for post in posts if post.author_id != owner_id and post.boost_of_id is None]
        unknown = [post for post in others if mine.known(post) is None]
        texts = await self._texts(unknown) if mine.reads else {}
        return _said(mine, others, texts, now)

    async def matches_among(
        self, owners: Iterable[int], posts: Sequence[Post], now: int
    ) -> dict[int, dict[int, tuple[Match, ...]]]:
        """The same for many people at once, by owner; the words of a post are loaded once for all
        of them. For streams: a post of one's own is not filtered here either."""
        stamps: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for row in await self._db.all(stamps_among, owners=list(owners)):
            stamps[row.owner_id].append((row.id, row.updated_at))
        found: dict[int, dict[int, tuple[Match, ...]]] = {}
        texts: dict[int, str] = {}
        for owner_id, each in stamps.items():
            mine = await self._in_state(owner_id, tuple(sorted(each)))
            others = [
                post for post in posts if post.author_id != owner_id and post.boost_of_id is None
            ]
            unread = [post for post in others if mine.known(post) is None and post.id not in texts]
            if unread and mine.reads:
                texts |= await self._texts(unread)
            said = _said(mine, others, texts, now)
            if said:
                found[owner_id] = said
        return found

    async def hidden(
        self, owner_id: int, posts: Sequence[Post], now: int, context: Context, mine: Compiled
    ) -> frozenset[int]:
        """Ids of those of ``posts`` that their reader wants to be left out where ``context`` is."""
        found = await self.matches(owner_id, posts, now, mine)
        return frozenset(id_ for id_, each in found.items() if hides(each, context))

    async def _compile(self, owner_id: int, stamps: Stamps) -> Compiled:
        rows = await self._db.all(filters_of, owner=owner_id, limit=MAX_FILTERS)
        ids = [row.id for row in rows]
        keywords: dict[int, list[Keyword]] = defaultdict(list)
        for word in await self._db.all(keywords_of, ids=ids):
            keywords[word.filter_id].append(word)
        posts: dict[int, list[FilteredPost]] = defaultdict(list)
        for entry in await self._db.all(posts_of, ids=ids):
            posts[entry.filter_id].append(entry)
        return Compiled(stamps, [_loaded(row, keywords[row.id], posts[row.id]) for row in rows])

    async def _texts(self, posts: Sequence[Post]) -> dict[int, str]:
        """What posts say, folded: two statements."""
        if not posts:
            return {}
        ids = [post.id for post in posts]
        parts: dict[int, list[str]] = {
            post.id: [post.title or "", post.summary or "", html_to_text(post.content)]
            for post in posts
        }
        for row in await self._db.all(attachments_of, ids=ids):
            if row.description:
                parts[row.post_id].append(row.description)
        asked = [post.id for post in posts if post.kind == PostKind.QUESTION]
        for option in await self._db.all(poll_options_of, ids=asked) if asked else []:
            parts[option.post_id].append(option.title)
        # What is sought is found within one part, not from one into the next.
        return {id_: "\0".join(map(folded, each)) for id_, each in parts.items()}


def _said(
    mine: Compiled, posts: Sequence[Post], texts: dict[int, str], now: int
) -> dict[int, tuple[Match, ...]]:
    """What filters that have not expired say of posts; ``texts`` has the words of unknown ones."""
    found = {}
    for post in posts:
        known = mine.known(post)
        if known is None:
            known = mine.look(post, texts.get(post.id, ""))
        said = tuple(
            match
            for match in known
            if match.filter.expires_at is None or match.filter.expires_at > now
        )
        if said:
            found[post.id] = said
    return found


def hides(matches: Sequence[Match], context: Context) -> bool:
    """Do these want a post to be left out where ``context`` is?"""
    return any(
        each.filter.action == Action.HIDE and each.filter.contexts & context for each in matches
    )


def _loaded(row: Filter, keywords: list[Keyword], posts: list[FilteredPost]) -> Loaded:
    keywords.sort(key=lambda each: each.id)
    posts.sort(key=lambda each: each.id)
    return Loaded(
        row,
        tuple(keywords),
        tuple(posts),
        tuple(make_word(each.keyword, each.whole_word) for each in keywords),
        frozenset(each.post_id for each in posts),
    )


def _match(filters: Loaded, post: Post, text: str) -> Match | None:
    words = tuple(word.keyword for word in filters.words if found_in(word, text))
    named = (post.id,) if post.id in filters.post_ids else ()
    return Match(filters.filter, words, named) if words or named else None
