"""What others show of our pages: Open Graph (https://ogp.me), feeds and documents that belong to them."""

from urllib.parse import urlencode

from msgspec import Struct

from weft.domain.actors.records import Actor
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.records import Post, PostKind, post_facets
from weft.domain.posts.shown import excerpt
from weft.web.pages.cards import PICTURE, VIDEO, Card
from weft.web.visits import Visit

SUMMARY_CHARS = 300


class Preview(Struct, frozen=True, kw_only=True):
    """What others show of a page; ``None`` for what there is not."""

    title: str
    description: str
    url: str
    kind: str = "website"
    image: str | None = None
    image_alt: str = ""
    large: bool = False
    """The image is the content, not a face."""
    video: str | None = None
    published: str | None = None
    creator: str | None = None
    document: str | None = None
    """The page's ActivityPub document."""
    oembed: str | None = None
    feeds: tuple[tuple[str, str], ...] = ()
    """Media types and addresses of feeds."""


def absolute(visit: Visit, url: str) -> str:
    """Link previews need whole addresses."""
    return url if "://" in url else f"{visit.parts.server.origin}{url}"


def face(visit: Visit, actor: Actor) -> str | None:
    if actor.icon_url is None or not actor.stands:
        return None
    return absolute(visit, visit.parts.server.shown_at(actor.icon_url))


def preview_of_person(visit: Visit, actor: Actor) -> Preview:
    name = f"{actor.name} (@{actor.username}@{actor.domain})"
    text = shortened(html_to_text(actor.summary)) if actor.stands else ""
    base = f"{visit.parts.server.origin}/@{actor.username}"
    feeds = (("application/rss+xml", f"{base}.rss"), ("application/atom+xml", f"{base}.atom"))
    return Preview(
        title=name,
        description=text,
        url=actor.url,
        kind="profile",
        image=face(visit, actor),
        creator=f"@{actor.username}@{actor.domain}",
        document=actor.uri if actor.local else None,
        feeds=feeds if actor.local and actor.stands else (),
    )


def preview_of_post(visit: Visit, post: Post, card: Card) -> Preview:
    """A content warning hides text and pictures here as well."""
    actor = card.author
    url = absolute(visit, card.page) if post.local else card.elsewhere or card.page
    shown = () if card.sensitive or post.summary else card.media
    picture = next((each for each in shown if each.kind == PICTURE), None)
    video = next((each for each in shown if each.kind == VIDEO), None)
    shows = next((each.preview for each in (picture, video) if each and each.preview), None)
    image = absolute(visit, shows) if shows else None
    return Preview(
        title=f"{card.title or actor.name} (@{actor.username}@{actor.domain})",
        description=summary_of(post),
        url=url,
        kind="article",
        image=image or face(visit, actor),
        image_alt=picture.description if picture else "",
        large=image is not None,
        video=absolute(visit, video.url) if video else None,
        published=card.time,
        creator=f"@{actor.username}@{actor.domain}",
        document=post.uri if post.local else None,
        oembed=(
            f"{visit.parts.server.origin}/api/oembed?{urlencode({'format': 'json', 'url': url})}"
            if post.local and card.is_public
            else None
        ),
    )


def summary_of(post: Post) -> str:
    """A post in a line; of one with a content warning, the warning alone."""
    if post.summary:
        return f"Content warning: {shortened(post.summary)}"
    if post.kind == PostKind.ARTICLE:
        return shortened(excerpt(post_facets(post.facets), post.content))
    return shortened(html_to_text(post.content))


def shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_CHARS else f"{line[: SUMMARY_CHARS - 1].rstrip()}…"
