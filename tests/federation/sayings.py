"""One example of each thing that can be said, as the domain knows it: what golden documents are made of."""

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import json
from msgspec.structs import replace

from weft.domain.actors.records import Actor, ActorKind, Emoji
from weft.domain.events import Boosted, PostPublished, Reacted
from weft.domain.media.records import MediaKind
from weft.domain.posts.kinds import (
    ArticleFacets,
    Credit,
    EventFacets,
    Listen,
    MediaFile,
    Place,
    ReviewFacets,
    ThreadFacets,
    TrackFacets,
    VideoFacets,
    Work,
)
from weft.domain.posts.queries import AttachmentRow, PollOptionRow, PollRow, TagRow
from weft.domain.posts.records import AudienceRole, Post, PostFacets, PostKind
from weft.domain.quotes.queries import Quote
from weft.domain.reactions.react import Reaction, ReactionKind
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.federation.forms.said import Said
from weft.federation.rendering import About

R = TypeVar("R")

ORIGIN = "https://weft.example"
NOON = 1_791_633_600_000
POST_ID = 7001
NOBODY = Server(
    origin=ORIGIN, domain="weft.example", host="weft.example", tell=None, now_ms=lambda: NOON  # type: ignore[arg-type]
)  # fmt: skip
EVENTS = {Said.BOOST, Said.LIKE, Said.EMOJI_REACTION, Said.DOWNVOTE}


def _actor(id_: int, username: str, host: str, *, local: bool, kind: ActorKind) -> Actor:
    uri = f"https://{host}/ap/actors/{id_}" if local else f"https://{host}/users/{username}"
    texts = {
        "uri": uri, "handle": f"{username}@{host}", "username": username, "domain": host,
        "host": host, "url": f"https://{host}/@{username}", "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox", "followers_uri": f"{uri}/followers",
        "following_uri": f"{uri}/following", "name": username.capitalize(),
    }  # fmt: skip
    return row(Actor, id=id_, num=id_, kind=kind, local=local, discoverable=True, **texts)


def row(struct: type[R], **known: Any) -> R:
    """A record whose other fields are empty."""
    empty = {int: 0, bool: False, str: ""}
    fields = {
        name: known.get(name, empty.get(struct.__annotations__[name]))
        for name in struct.__struct_fields__  # type: ignore[attr-defined]
    }
    return struct(**fields)


ANN = _actor(11, "ann", "weft.example", local=True, kind=ActorKind.PERSON)
MIA = _actor(12, "mia", "social.example", local=False, kind=ActorKind.PERSON)
CLUB = _actor(13, "club", "forum.example", local=False, kind=ActorKind.GROUP)


def post(kind: PostKind, content: str, **more: Any) -> Post:
    facets = more.pop("facets", None)
    return row(
        Post, id=POST_ID, num=1, kind=kind, local=True, uri=f"{ORIGIN}/ap/posts/{POST_ID}",
        author_id=ANN.id, content=content, published_at=NOON, arrived_at=NOON,
        facets=json.encode(facets).decode() if facets is not None else None, **more,
    )  # fmt: skip


def picture(number: int) -> AttachmentRow:
    return row(
        AttachmentRow, post_id=POST_ID, position=number, id=number, kind=MediaKind.PICTURE,
        content_type="image/jpeg", store_key=f"p{number}.jpg", description=f"Picture {number}",
        width=1600, height=1200,
    )  # fmt: skip


def facts(of: Post, **more: Any) -> PostFacts:
    known: dict[str, Any] = {
        "named": (), "tags": (), "attachments": (), "poll": None, "options": (), "stats": None,
    }  # fmt: skip
    return PostFacts(post=of, author=ANN, **(known | more))


def titled(
    kind: PostKind, title: str | None, content: str, of: PostFacets, **more: Any
) -> PostFacts:
    return facts(post(kind, content, title=title, facets=of), **more)


IN_CLUB: dict[str, Any] = {"named": ((CLUB, AudienceRole.COMMUNITY),)}
"""In a community, or a channel."""
BOOK = Work(
    uri="https://books.example/book/5",
    title="Solaris",
    creators=(Credit("Stanisław Lem"),),
    cover_url="https://books.example/5.jpg",
)
FILM = VideoFacets(
    duration_ms=93_000,
    files=(
        MediaFile(f"{ORIGIN}/media/v-2160.mp4", "video/mp4", 3840, 2160),
        MediaFile(f"{ORIGIN}/media/v-720.mp4", "video/mp4", 1280, 720),
    ),
    preview_url=f"{ORIGIN}/media/v.jpg",
)
SONG = TrackFacets(
    duration_ms=201_500,
    files=(MediaFile(f"{ORIGIN}/media/t.mp3", "audio/mpeg", bitrate=320_000),),
    artists=(Credit("The Weavers"),),
    album="Warp",
    cover_url=f"{ORIGIN}/media/t.jpg",
)
CAT = Emoji("cat", f"{ORIGIN}/media/cat.png")


def sayings() -> Mapping[Said, PostFacts]:
    """A post for each kind."""
    review = ReviewFacets(work=BOOK, rating=4.5)
    walk = "<p>A walk by the river</p>"
    note = facts(
        post(PostKind.NOTE, '<p>Hello <span class="h-card">@mia</span> #walks</p>', language="en"),
        named=((MIA, AudienceRole.MENTION),),
        tags=(TagRow(POST_ID, 1, "walks", "walks"),),
        attachments=(picture(1),),
    )
    poll = row(PollRow, post_id=POST_ID, voters=3, ends_at=NOON + 86_400_000)
    options = tuple(PollOptionRow(POST_ID, at, name, at) for at, name in enumerate(("Tea", "Milk")))
    long = "<p>The first paragraph.</p><p>The second &amp; last one.</p>"
    about = ArticleFacets(
        summary="<p>On rivers.</p>", image_url=f"{ORIGIN}/media/lead.png", image_alt="A river"
    )
    party = EventFacets(
        start_at=NOON, end_at=NOON + 7_200_000, timezone="Europe/Berlin",
        place=Place("Club house", "Weberstr. 1"), online_url="https://call.example/1",
    )  # fmt: skip
    linked = post(PostKind.LINK, walk, title="Rivers", link_url="https://news.example/rivers")
    thread = post(PostKind.THREAD, walk, title="Rivers", facets=PostFacets(thread=ThreadFacets()))
    answer = post(
        PostKind.COMMENT, walk, in_reply_to_uri="https://forum.example/post/1",
        in_reply_to_author_id=CLUB.id,
    )  # fmt: skip
    chat = post(
        PostKind.NOTE, "<p>Between us</p>", visibility=Visibility.DIRECT, source="Between us",
        source_format="text/plain", facets=PostFacets(chat=True),
    )  # fmt: skip
    quote = Quote(POST_ID, "https://social.example/users/mia/1", f"{ORIGIN}/stamps/1", None)
    quoting = post(
        PostKind.NOTE, "<p>So true</p>", source="$[tada So true]",
        source_format="text/x.misskeymarkdown",
    )  # fmt: skip
    boosted = replace(
        post(PostKind.NOTE, "<p>Hi</p>"), id=8001, uri="https://social.example/users/mia/1",
        local=False, author_id=MIA.id,
    )  # fmt: skip
    boost = post(PostKind.BOOST, "", boost_of_id=8001)
    found: dict[Said, PostFacts] = {
        Said.NOTE: note,
        Said.QUESTION: facts(
            post(PostKind.QUESTION, "<p>Tea?</p>"), poll=poll, options=options
        ),
        Said.ALBUM: facts(
            post(PostKind.ALBUM, walk), attachments=tuple(map(picture, range(1, 7)))
        ),
        Said.VIDEO: titled(
            PostKind.VIDEO, "The river", walk, PostFacets(video=FILM), **IN_CLUB
        ),
        Said.STREAM: titled(
            PostKind.VIDEO, "River, live", walk,
            PostFacets(video=VideoFacets(
                is_live=True, is_on_air=True, playlist_url=f"{ORIGIN}/media/live.m3u8",
                preview_url=f"{ORIGIN}/media/live.jpg",
            )),
            **IN_CLUB,
        ),
        Said.TRACK: titled(PostKind.TRACK, "Weft", "", PostFacets(track=SONG)),
        Said.LISTEN: titled(
            PostKind.NOTE, None, "",
            PostFacets(listen=Listen(
                "Weft", "The Weavers", "Warp", 201_500, "https://music.example/1"
            )),
        ),
        Said.ARTICLE: titled(PostKind.ARTICLE, "Rivers", long, PostFacets(article=about)),
        Said.PAGE: facts(linked, **IN_CLUB),
        Said.THREAD: facts(thread, **IN_CLUB),
        Said.COMMENT: facts(answer, **IN_CLUB),
        Said.REVIEW: titled(PostKind.REVIEW, "Oceans", long, PostFacets(review=review)),
        Said.RATING: titled(PostKind.RATING, None, "", PostFacets(review=review)),
        Said.QUOTATION: titled(
            PostKind.QUOTATION, None, "<p>Yes.</p>",
            PostFacets(review=ReviewFacets(
                work=BOOK, quotation="<p>We need mirrors.</p>", position="72", position_mode="page"
            )),
        ),
        Said.REMARK: titled(
            PostKind.NOTE, None, "<p>Slow, and good.</p>",
            PostFacets(review=ReviewFacets(work=BOOK, progress="40", progress_mode="percent")),
        ),
        Said.SHELF: titled(
            PostKind.NOTE, None, "<p>started reading</p>",
            PostFacets(review=ReviewFacets(work=BOOK, status="reading", is_generated=True)),
        ),
        Said.EVENT: titled(PostKind.EVENT, "Weavers' party", walk, PostFacets(event=party)),
        Said.CHAT: facts(chat, named=((MIA, AudienceRole.MENTION),)),
        Said.QUOTE: facts(
            quoting, quote=quote, quoted_url="https://social.example/@mia/1"
        ),
        Said.CUSTOM_EMOJI: titled(
            PostKind.NOTE, None, "<p>A :cat: here</p>", PostFacets(emojis=(CAT,))
        ),
    }  # fmt: skip
    target = PostFacts(boosted, MIA, (), (), (), None, (), None)
    found[Said.BOOST] = facts(boost, target=target)
    liked = facts(boosted)
    return found | dict.fromkeys(EVENTS - {Said.BOOST}, liked)


_MARKS = {
    Said.LIKE: (ReactionKind.LIKE, "", None),
    Said.EMOJI_REACTION: (ReactionKind.EMOJI, "cat@weft.example", CAT.url),
    Said.DOWNVOTE: (ReactionKind.DISLIKE, "", None),
}


def told(said: Said, of: PostFacts) -> tuple[str, Any, About]:
    """The activity's id, its event and what was read of it."""
    if said in _MARKS:
        kind, value, icon = _MARKS[said]
        uri = f"{ORIGIN}/ap/reactions/9001"
        mark = Reaction(9001, of.post.id, ANN.id, kind, value, uri, NOON, icon)
        about = About(ANN.uri, ANN, (), of, mark, of.post.uri, others=(mark,))
        return uri, Reacted(9001, ANN.id, of.post.id), about
    about = About(ANN.uri, ANN, (), of)
    if said is Said.BOOST:
        return of.post.uri, Boosted(of.post.id, 8001), about
    return f"{of.post.uri}/activity", PostPublished(of.post.id), about
