"""The part of a Status that is the same for everybody: rendered once per revision of the post."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

from weft.domain.accounts.apps import apps_by_ids
from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor, actor_facets
from weft.domain.cards.card import Card, CardOfPost, cards_of, may_name
from weft.domain.moderation.policies import policy_changes
from weft.domain.posts.queries import (
    AttachmentRow,
    TagRow,
    attachments_of,
    audience_of,
    tags_of,
)
from weft.domain.posts.records import NO_FACETS, AudienceRole, Post, PostFacets, post_facets
from weft.domain.posts.shown import shown, still_of
from weft.domain.visibility.viewer import Visibility
from weft.platforms.mastodon.api.entities.account import acct, author_fragments
from weft.platforms.mastodon.api.entities.fragments import RENDERER
from weft.platforms.mastodon.api.entities.media import media_entity
from weft.platforms.mastodon.api.entities.values import (
    VISIBILITY_NAMES,
    emojis,
    iso,
    iso_or_none,
)
from weft.platforms.mastodon.api.routing import Api

_encode = msgspec.json.Encoder().encode


class Creator(msgspec.Struct, frozen=True):
    """The author of a page, as an Account."""

    name: str
    url: str
    account: bytes


class Hangings(msgspec.Struct):
    """What hangs on some posts, by post id."""

    attachments: dict[int, list[AttachmentRow]]
    mentions: dict[int, list[int]]
    tags: dict[int, list[TagRow]]
    actors: dict[int, Actor]
    apps: dict[int, tuple[str, str | None]]
    cards: dict[int, CardOfPost]
    creators: dict[str, Creator] = {}
    """By a page's address: who wrote it, and wants it known."""


async def content_fragments(api: Api, posts: list[Post]) -> dict[int, bytes]:
    """Open JSON objects (without the closing brace) by post id."""
    cache = api.fragments.posts
    found: dict[int, bytes] = {}
    missing: list[Post] = []
    # Which pictures are shown depends on the rules about servers.
    rules = policy_changes()
    for post in posts:
        piece = cache.get(post.id, (post.revision, RENDERER, rules))
        if piece is None:
            missing.append(post)
        else:
            found[post.id] = piece
    if missing:
        hangings = await load_hangings(api, missing)
        for post in missing:
            piece = _encode(content_entity(api, post, hangings))[:-1]
            card = hangings.cards.get(post.id)
            if card is None or card.url not in hangings.creators:  # an Account changes at any time
                cache.put(post.id, (post.revision, RENDERER, rules), piece)
            found[post.id] = piece
    return found


async def load_hangings(api: Api, posts: list[Post]) -> Hangings:
    """Six statements, however many posts."""
    db = api.parts.db
    ids = [post.id for post in posts]
    attached, named, tagged, shown = await asyncio.gather(
        db.all(attachments_of, ids=ids),
        db.all(audience_of, ids=ids),
        db.all(tags_of, ids=ids),
        db.all(cards_of, ids=ids),
    )
    attachments: dict[int, list[AttachmentRow]] = defaultdict(list)
    for row in sorted(attached, key=lambda each: each.position):
        attachments[row.post_id].append(row)
    mentions: dict[int, list[int]] = defaultdict(list)
    for name in sorted(named, key=lambda each: each.actor_id):
        if name.role == AudienceRole.MENTION:
            mentions[name.post_id].append(name.actor_id)
    tags: dict[int, list[TagRow]] = defaultdict(list)
    for tag in sorted(tagged, key=lambda each: each.tag_id):
        tags[tag.post_id].append(tag)
    people = {each for group in mentions.values() for each in group}
    people |= {post.author_id for post in posts}
    actors = await db.all(actors_by_ids, ids=list(people))
    app_ids = {post.app_id for post in posts if post.app_id is not None}
    apps = await db.all(apps_by_ids, ids=list(app_ids)) if app_ids else []
    return Hangings(
        attachments,
        mentions,
        tags,
        {actor.id: actor for actor in actors},
        {app.id: (app.name, app.website) for app in apps},
        {row.post_id: row for row in shown},
        await load_creators(api, shown),
    )


async def load_creators(api: Api, cards: Sequence[Card | CardOfPost]) -> dict[str, Creator]:
    """Two statements, if a page names anybody. Who does not list its domain is not named."""
    named = {row.creator_id for row in cards if row.creator_id is not None}
    if not named:
        return {}
    people = {row.id: row for row in await api.parts.db.all(actors_by_ids, ids=sorted(named))}
    theirs = {
        row.url: author
        for row in cards
        if (author := people.get(row.creator_id or 0)) is not None
        and author.stands
        and may_name(row.url, actor_facets(author.facets).attribution_domains)
    }
    accounts = await author_fragments(api, {each.id for each in theirs.values()})
    return {
        url: Creator(each.name or each.username, each.url or each.uri, accounts[each.id])
        for url, each in theirs.items()
        if each.id in accounts
    }


def content_entity(api: Api, post: Post, hangings: Hangings) -> dict[str, Any]:
    """A Status without author, counters, reply ids, poll, boost and the viewer's marks."""
    origin = api.parts.server.origin
    author = hangings.actors.get(post.author_id)
    app = hangings.apps.get(post.app_id) if post.app_id is not None else None
    facets = post_facets(post.facets)
    entity: dict[str, Any] = {
        "id": str(post.id),
        "created_at": iso(post.published_at),
        "sensitive": post.sensitive,
        "spoiler_text": post.summary or "",
        "visibility": VISIBILITY_NAMES[Visibility(post.visibility)],
        "language": post.language,
        "uri": post.uri,
        "url": post_url(origin, post, author),
        "edited_at": iso_or_none(post.edited_at),
        "content": status_html(post.title, post.content, post.link_url, facets),
        "media_attachments": [
            _attached(api, row, facets) for row in hangings.attachments.get(post.id, ())
        ],
        "mentions": [
            {"id": str(each.id), "username": each.username, "url": each.url, "acct": acct(each)}
            for each in (
                hangings.actors[id_]
                for id_ in hangings.mentions.get(post.id, ())
                if id_ in hangings.actors
            )
        ],
        "tags": [
            {"name": tag.name, "url": f"{origin}/tags/{tag.name}"}
            for tag in hangings.tags.get(post.id, ())
        ],
        "emojis": emojis(facets.emojis, api.parts.server.shown_at),
        "card": (
            card_entity(api, row, hangings.creators.get(row.url))
            if (row := hangings.cards.get(post.id))
            else None
        ),
        "application": {"name": app[0], "website": app[1]} if app else None,
    }
    if post.local:
        entity["local_only"] = post.local_only
    return entity


def _attached(api: Api, row: AttachmentRow, facets: PostFacets) -> dict[str, Any]:
    """An attachment; a video or a piece of music is seen by the picture that its post gives it."""
    shown_at = api.parts.server.shown_at
    entity = media_entity(api.parts.media_url, row, shown_at)
    still = still_of(facets)
    plays = entity["type"] in ("video", "audio")
    if still is not None and plays and entity["preview_url"] in (None, entity["url"]):
        entity |= {"preview_url": shown_at(still), "preview_remote_url": still}
    return entity


def card_entity(api: Api, row: Card | CardOfPost, creator: Creator | None = None) -> dict[str, Any]:
    """PreviewCard. Nothing of a page's HTML is embedded, so ``html`` and ``embed_url`` are empty."""
    author: dict[str, Any] = {"name": row.author_name, "url": row.author_url, "account": None}
    if creator is not None:
        account = msgspec.Raw(creator.account)
        author = {"name": creator.name, "url": creator.url, "account": account}
    return {
        "url": row.url,
        "title": row.title,
        "description": row.description,
        "language": row.language,
        "type": row.kind,
        "author_name": row.author_name,
        "author_url": row.author_url,
        "authors": [author] if author["name"] else [],
        "provider_name": row.provider_name,
        "provider_url": row.provider_url,
        "html": "",
        "width": row.width or 0,
        "height": row.height or 0,
        "image": api.parts.server.shown_at(row.image_url) if row.image_url else None,
        "image_description": row.image_description,
        "embed_url": "",
        "blurhash": None,
        "published_at": iso_or_none(row.published_at),
    }


def post_url(origin: str, post: Post, author: Actor | None) -> str:
    """The page of a post; ours is under its author's."""
    if post.url is not None or not post.local or author is None:
        return post.url or post.uri
    return f"{origin}/@{author.username}/{post.id}"


def status_html(
    title: str | None, content: str, link: str | None, facets: PostFacets = NO_FACETS
) -> str:
    """A status has one text: a title, a link and what its kind says besides go into it."""
    said = shown(facets, content)
    parts = []
    if title:
        parts.append(f"<p><strong>{escape(title)}</strong></p>")
    parts += [said.above, content, said.below]
    if link and escape(link) not in content:
        url = escape(link, quote=True)
        parts.append(f'<p><a href="{url}" rel="nofollow noopener">{url}</a></p>')
    return "".join(parts)
