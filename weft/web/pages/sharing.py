"""Posts on other people's pages: embedded, and oEmbed 1.0 (https://oembed.com).

Nothing here is for members: what is shown is what anybody may see.
"""

import re
from urllib.parse import urlsplit

from litestar.response.base import ASGIResponse
from markupsafe import escape

from weft.domain.posts.queries import posts_for
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import Anonymous, viewer_params
from weft.web.pages.cards import cards
from weft.web.pages.finding import person_of
from weft.web.pages.previews import absolute, summary_of
from weft.web.rendering import policy
from weft.web.visits import PageError, Route, Visit, json

WIDTHS = (220, 400, 1200)
"""Smallest, usual and largest width of an embedded post, in pixels."""
_PAGE = re.compile(r"/(@[^/@]+)/(\d{1,16})")


async def public_post(visit: Visit, typed: str) -> Post:
    """A post of this server that anybody may see.

    Raises:
        PageError: 404.
    """
    row = None
    if typed.isascii() and typed.isdigit() and len(typed) <= 16:
        row = await visit.parts.db.one(
            posts_for,
            who="anonymous",
            purpose="show",
            ids=[int(typed)],
            **viewer_params(Anonymous(), visit.parts.server.now_ms(), "show"),
        )
    if row is None or not row.local or row.boost_of_id is not None:
        raise PageError(404, "There is no such post, or it is not for everybody.", "Not found")
    return row


async def embedded(visit: Visit) -> ASGIResponse:
    """GET /@name/ID/embed: a post alone, for other people's pages."""
    author = await person_of(visit, visit.path("handle"))
    post = await public_post(visit, visit.path("id"))
    if post.author_id != author.id:
        raise PageError(404, "There is no such post, or it is not for everybody.", "Not found")
    (card,) = await cards(visit, [post])
    return await visit.page(
        "embed.html",
        security=policy(images="'self' https: http: data:", framed_by="*"),
        headers={"cache-control": "public, max-age=300"},
        card=card,
        url=absolute(visit, card.page),
        me=None,
    )


async def oembed(visit: Visit) -> ASGIResponse:
    """GET /api/oembed?url=&maxwidth=&maxheight=&format="""
    if visit.query.get("format", "json") != "json":
        raise PageError(501, "Only the format json is known here.")
    url = urlsplit(visit.query.get("url", "")[:2000])
    server = visit.parts.server
    page = _PAGE.fullmatch(url.path)
    if f"{url.scheme}://{url.netloc}" != server.origin or page is None:
        raise PageError(404, "There is no post of this server at this address.")
    author = await person_of(visit, page[1])
    post = await public_post(visit, page[2])
    if post.author_id != author.id:
        raise PageError(404, "There is no post of this server at this address.")
    width = _wanted(visit, "maxwidth", WIDTHS)
    name = f"{author.name} (@{author.username}@{author.domain})"
    frame = (
        f'<iframe src="{escape(f"{server.origin}{url.path}/embed")}" width="{width}" height="400"'
        f' title="{escape(f"Post by {name}")}" loading="lazy" sandbox="allow-popups'
        ' allow-popups-to-escape-sandbox" style="border:0;max-width:100%"></iframe>'
    )
    answer = {
        "type": "rich",
        "version": "1.0",
        "title": summary_of(post) or f"Post by {author.name}",
        "author_name": author.name,
        "author_url": author.url,
        "provider_name": visit.parts.settings.title or server.domain,
        "provider_url": f"{server.origin}/",
        "cache_age": 86_400,
        "html": frame,
        "width": width,
        "height": None,
    }
    return json(answer, headers={"cache-control": "public, max-age=300"})


def _wanted(visit: Visit, name: str, bounds: tuple[int, int, int]) -> int:
    least, usual, most = bounds
    typed = visit.query.get(name, "")
    if not typed.isascii() or not typed.isdigit() or len(typed) > 6:
        return usual
    return min(max(int(typed), least), most, max(usual, least))


ROUTES = (
    Route("GET", "/api/oembed", oembed, for_programs=True),
    Route("GET", "/{handle:str}/{id:str}/embed", embedded),
)
