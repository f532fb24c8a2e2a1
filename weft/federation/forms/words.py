"""What a post says besides its text, put into its text, for those who read nothing else."""

from html import escape

from msgspec import Struct

from weft.domain.posts.kinds import Listen
from weft.domain.posts.records import post_facets
from weft.domain.posts.shown import excerpt, shown
from weft.federation.facts import PostFacts


class Words(Struct, frozen=True):
    """Safe HTML, each part a block or nothing."""

    title: str
    body: str
    """The text with all that goes above and below it."""
    teaser: str
    """What introduces it."""
    link: str
    """Where it can be read or played as what it is."""


def words_of(facts: PostFacts, page_url: str) -> Words:
    """``page_url`` is where people read the post."""
    post = facts.post
    facets = post_facets(post.facets)
    around = shown(facets, post.content)
    heard = _heard(facets.listen) if facets.listen is not None else ""
    body = f"{around.above}{heard}{post.content}{around.below}"
    introduced = excerpt(facets, post.content)
    heard_at = facets.listen.url if facets.listen is not None else None
    target = post.link_url or heard_at
    # A line about a book or a song needs no page of its own, where these are linked.
    is_enough = post.title is None and (facets.review is not None or heard_at is not None)
    targets = [each for each in (target, None if is_enough else page_url) if each is not None]
    return Words(
        title=f"<p><strong>{escape(post.title)}</strong></p>" if post.title else "",
        body=body,
        teaser=f"<p>{escape(introduced)}</p>" if introduced else "",
        link="".join(linked(each) for each in dict.fromkeys(targets)),
    )


def linked(url: str, before: str = "") -> str:
    """A paragraph that is a link, whose words need no language."""
    address = escape(url, quote=True)
    return f'<p>{before}<a href="{address}" rel="nofollow noopener">{escape(url)}</a></p>'


def _heard(listen: Listen) -> str:
    said = " – ".join(each for each in (listen.artist or "", listen.title) if each)
    return f"<p>🎧 {escape(f'{said} ({listen.album})' if listen.album else said)}</p>"
