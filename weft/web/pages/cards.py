"""Posts as they are shown: everything that a page needs of them, in a fixed number of statements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from markupsafe import Markup, escape

from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor, Emoji
from weft.domain.interactions.records import What
from weft.domain.interactions.standing import Stands, load_standing
from weft.domain.media.facets import media_facets
from weft.domain.posts.marks import Marks, load_marks
from weft.domain.posts.queries import (
    AttachmentRow,
    StatsRow,
    attachments_of,
    poll_options_of,
    polls_of,
    posts_for,
    stats_of,
)
from weft.domain.posts.records import Post, PostFacets, PostKind, post_facets
from weft.domain.posts.shown import excerpt, shown, takes_answers
from weft.domain.server import Server
from weft.domain.visibility.viewer import Viewer, Visibility, kind_of, viewer_params
from weft.web.parts import Parts
from weft.web.visits import Visit

VISIBILITY_WORDS = {
    Visibility.PUBLIC: "Public",
    Visibility.UNLISTED: "Quiet public",
    Visibility.FOLLOWERS: "Followers only",
    Visibility.DIRECT: "Only people mentioned",
    Visibility.LIMITED: "Some people only",
}
WAITS_WORDS: dict[tuple[What, Stands], str] = {
    ("reply", "pending"): "Only you see this answer until the author of the post agrees to it.",
    ("reply", "rejected"): "The author of the post did not agree to this answer: only you see it.",
    ("like", "pending"): "Your like waits until the author agrees to it.",
    ("boost", "pending"): "Your boost waits until the author agrees to it.",
}
LONG_CHARS = 1500
"""Of an article's HTML, beyond which a list shows only what introduces it."""
PICTURE, ANIMATION, VIDEO, AUDIO = range(4)


@dataclass(frozen=True, slots=True)
class Picture:
    kind: int
    url: str
    preview: str | None
    description: str
    width: int | None
    height: int | None

    @property
    def still(self) -> bool:
        """An animation that is a picture by its format."""
        return self.kind == ANIMATION and not self.url.endswith(".mp4")


@dataclass(frozen=True, slots=True)
class Choice:
    position: int
    title: str
    votes: int
    percent: int


@dataclass(frozen=True, slots=True)
class Poll:
    choices: tuple[Choice, ...]
    voters: int
    multiple: bool
    ended: bool
    ends: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One post. ``author`` wrote it; ``booster`` passed it on to where it is shown."""

    id: int
    author: Actor
    booster: Actor | None
    page: str
    time: str
    time_words: str
    edited: bool
    visibility: str
    is_public: bool
    title: str | None
    warning: str | None
    html: Markup
    """The text, and what its kind says besides."""
    excerpt: str | None
    """Of a long text: what is shown of it in a list."""
    language: str | None
    media: tuple[Picture, ...]
    sensitive: bool
    poll: Poll | None
    answers: Actor | None
    replies: int
    boosts: int
    likes: int
    liked: bool = False
    boosted: bool = False
    bookmarked: bool = False
    own: bool = False
    closed: bool = False
    """Its author shows no answers."""
    waits: tuple[str, ...] = ()
    """What of the reader's own waits for an author's leave, in sentences."""
    elsewhere: str | None = None
    """Where it is on its own server, for posts of others."""


@dataclass(slots=True)
class _Loaded:
    targets: dict[int, Post] = field(default_factory=dict)
    actors: dict[int, Actor] = field(default_factory=dict)
    media: dict[int, list[AttachmentRow]] = field(default_factory=dict)
    stats: dict[int, StatsRow] = field(default_factory=dict)
    polls: dict[int, Poll] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    waits: dict[int, dict[What, Stands]] = field(default_factory=dict)


def handle(actor: Actor) -> str:
    """``@name`` here, ``@name@domain`` elsewhere."""
    return f"@{actor.username}" if actor.local else f"@{actor.username}@{actor.domain}"


def profile_path(actor: Actor) -> str:
    return f"/{handle(actor)}"


def moment(ms: int) -> tuple[str, str]:
    """For machines and for people, in UTC."""
    when = datetime.fromtimestamp(ms / 1000, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{when.day} {when:%b %Y, %H:%M} UTC"


def with_emoji(html: str, emojis: Sequence[Emoji], shown_at: Callable[[str], str]) -> Markup:
    """Custom emoji as pictures, shown from ``shown_at``; only in text, never inside a tag."""
    if not emojis or ":" not in html:
        return Markup(html)  # noqa: S704  sanitised when it was stored
    known = {f":{each.shortcode}:": shown_at(each.url) for each in emojis}
    pieces = html.split("<")
    out = [_replaced(pieces[0], known)]
    for piece in pieces[1:]:
        tag, sign, text = piece.partition(">")
        out.append(f"<{tag}{sign}{_replaced(text, known)}")
    return Markup("".join(out))  # noqa: S704  the pieces are the stored ones and our own


def _replaced(text: str, known: dict[str, str]) -> str:
    for name, url in known.items():
        if name in text:
            picture = f'<img class="emoji" src="{escape(url)}" alt="{escape(name)}" title="{escape(name)}" loading="lazy">'
            text = text.replace(name, picture)
    return text


async def cards(visit: Visit, posts: Sequence[Post]) -> list[Card]:
    """Cards in the order of ``posts``, which the visitor may see."""
    loaded = await _load(visit.parts, posts, visit.viewer, visit.me)
    made = []
    for post in posts:
        proper = post if post.boost_of_id is None else loaded.targets.get(post.boost_of_id)
        if proper is None or proper.author_id not in loaded.actors:
            continue
        booster = loaded.actors.get(post.author_id) if proper is not post else None
        made.append(_card(visit, loaded, proper, booster))
    return made


async def _load(parts: Parts, posts: Sequence[Post], viewer: Viewer, me: int | None) -> _Loaded:
    db, found = parts.db, _Loaded()
    if not posts:
        return found
    wanted = list({post.boost_of_id for post in posts if post.boost_of_id is not None})
    now = parts.server.now_ms()
    if wanted:
        rows = await db.all(
            posts_for,
            who=kind_of(viewer),
            purpose="show",
            ids=wanted,
            **viewer_params(viewer, now, "show"),
        )
        found.targets = {row.id: row for row in rows}
    proper = {post.id: post for post in posts if post.boost_of_id is None} | found.targets
    ids = list(proper)
    people = {post.author_id for post in (*posts, *proper.values())}
    people |= {
        post.in_reply_to_author_id
        for post in proper.values()
        if post.in_reply_to_author_id is not None
    }
    found.actors = {each.id: each for each in await db.all(actors_by_ids, ids=list(people))}
    for row in sorted(await db.all(attachments_of, ids=ids), key=lambda each: each.position):
        found.media.setdefault(row.post_id, []).append(row)
    found.stats = {row.post_id: row for row in await db.all(stats_of, ids=ids)}
    polled = [post.id for post in proper.values() if post.kind == PostKind.QUESTION]
    if polled:
        found.polls = await _polls(parts, polled, now)
    if me is not None:
        found.marks = marks = await load_marks(db, me, ids)
        found.waits = await load_standing(db, me, list(proper.values()), marks.liked, marks.boosted)
    return found


async def _polls(parts: Parts, ids: list[int], now: int) -> dict[int, Poll]:
    options = await parts.db.all(poll_options_of, ids=ids)
    made = {}
    for row in await parts.db.all(polls_of, ids=ids):
        own = sorted(
            (each for each in options if each.post_id == row.post_id),
            key=lambda each: each.position,
        )
        total = sum(each.votes for each in own) or 1
        choices = tuple(
            Choice(each.position, each.title, each.votes, round(100 * each.votes / total))
            for each in own
        )
        ended = row.closed_at is not None or (row.ends_at is not None and row.ends_at <= now)
        ends = moment(row.ends_at)[1] if row.ends_at is not None else None
        made[row.post_id] = Poll(choices, row.voters, row.multiple, ended, ends)
    return made


def _card(visit: Visit, loaded: _Loaded, post: Post, booster: Actor | None) -> Card:
    author = loaded.actors[post.author_id]
    facets = post_facets(post.facets)
    stats = loaded.stats.get(post.id)
    machine, words = moment(post.published_at)
    said = shown(facets, post.content)
    return Card(
        id=post.id,
        author=author,
        booster=booster,
        page=f"{profile_path(author)}/{post.id}",
        time=machine,
        time_words=words,
        edited=post.edited_at is not None,
        visibility=VISIBILITY_WORDS[Visibility(post.visibility)],
        is_public=post.visibility <= Visibility.UNLISTED,
        title=post.title,
        warning=post.summary,
        html=with_emoji(
            said.above + post.content + said.below, facets.emojis, visit.parts.server.shown_at
        ),
        excerpt=_excerpt(post, facets),
        language=post.language,
        media=tuple(
            _picture(visit.parts.server, row)
            for row in loaded.media.get(post.id, ())
            if row.store_key or row.remote_url
        ),
        sensitive=post.sensitive or author.sensitized_at is not None,
        poll=loaded.polls.get(post.id),
        answers=(
            loaded.actors.get(post.in_reply_to_author_id)
            if post.in_reply_to_author_id is not None
            else None
        ),
        replies=max(stats.replies, stats.origin_replies) if stats else 0,
        boosts=max(stats.boosts, stats.origin_boosts) if stats else 0,
        likes=max(stats.likes, stats.origin_likes) if stats else 0,
        liked=post.id in loaded.marks.liked,
        boosted=post.id in loaded.marks.boosted,
        bookmarked=post.id in loaded.marks.bookmarked,
        own=post.author_id == visit.me,
        closed=not takes_answers(facets),
        waits=tuple(
            said_so
            for each in loaded.waits.get(post.id, {}).items()
            if (said_so := WAITS_WORDS.get(each)) is not None
        ),
        elsewhere=None if post.local else (post.url or post.uri),
    )


def _excerpt(post: Post, facets: PostFacets) -> str | None:
    if post.kind != PostKind.ARTICLE or len(post.content) <= LONG_CHARS:
        return None
    return excerpt(facets, post.content)


def _picture(server: Server, row: AttachmentRow) -> Picture:
    url = server.media_url(row.store_key) if row.store_key else row.remote_url or ""
    if row.kind == 0 and not row.store_key:
        url = server.shown_at(url)
    media_url = server.media_url
    icon = media_facets(row.facets).icon_url
    preview = server.shown_at(icon) if icon else None
    if row.small_key:
        preview = media_url(row.small_key)
    elif row.kind <= ANIMATION:
        preview = url
    return Picture(row.kind, url, preview, row.description or "", row.width, row.height)
