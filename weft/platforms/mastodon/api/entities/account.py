"""Account, CredentialAccount and Relationship."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from weft.domain.accounts.queries import Account, Role
from weft.domain.accounts.roles import ROLES
from weft.domain.accounts.settings import AccountSettings, account_settings
from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor, ActorFacets, ActorKind, actor_facets
from weft.domain.actors.versions import ActorVersion, actor_versions
from weft.platforms.mastodon.api.entities.values import day, emojis, iso, iso_or_none
from weft.platforms.mastodon.pushed import NO_ICON

if TYPE_CHECKING:
    from weft.platforms.mastodon.api.routing import Api

_encode = msgspec.json.Encoder().encode
_BOTS = (ActorKind.SERVICE, ActorKind.APPLICATION)
AVATAR_PATH = NO_ICON
HEADER_PATH = "/api/v1/missing/header.png"


def acct(actor: Actor) -> str:
    """``name`` here, ``name@domain`` elsewhere."""
    return actor.username if actor.local else f"{actor.username}@{actor.domain}"


def account_entity(api: "Api", actor: Actor, version: ActorVersion) -> dict[str, Any]:
    """An actor as everybody sees it; of a suspended one only the name is left."""
    info = ROLES[Role(version.role)]
    badge = {"id": info.id, "name": info.name, "color": info.color}
    roles = [badge] if info.highlighted and actor.stands else []
    origin = api.parts.server.origin
    facets = actor_facets(actor.facets)
    stands = actor.stands
    shown_at = api.parts.server.shown_at
    pictures = stands and not version.hides_media
    avatar = shown_at(actor.icon_url) if pictures and actor.icon_url else origin + AVATAR_PATH
    header = shown_at(actor.header_url) if pictures and actor.header_url else origin + HEADER_PATH
    entity: dict[str, Any] = {
        "id": str(actor.id),
        "username": actor.username,
        "acct": acct(actor),
        "display_name": actor.name if stands else "",
        "locked": actor.locked,
        "bot": actor.kind in _BOTS,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "group": actor.kind == ActorKind.GROUP,
        "created_at": f"{day(actor.published_at)}T00:00:00.000Z",
        "note": actor.summary if stands else "",
        "url": actor.url,
        "uri": actor.uri,
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": facets.icon_alt or "",
        "header": header,
        "header_static": header,
        "header_description": facets.header_alt or "",
        "followers_count": version.followers,
        "following_count": version.following,
        "statuses_count": version.posts,
        "last_status_at": None if version.last_post_at is None else day(version.last_post_at),
        "hide_collections": actor.hides_network,
        "show_media": facets.show_media,
        "show_media_replies": facets.show_media_replies,
        "show_featured": facets.show_featured,
        "emojis": emojis(facets.emojis, shown_at) if stands else [],
        "fields": [
            {
                "name": field.name,
                "value": field.value,
                "verified_at": iso_or_none(field.verified_at),
            }
            for field in facets.fields
            if stands
        ],
    }
    if actor.local:
        entity |= {"noindex": not actor.indexable, "roles": roles}
    if not stands:
        entity["suspended"] = True
    if actor.silenced_at is not None:
        entity["limited"] = True
    if facets.memorial:
        entity["memorial"] = True
    return entity


async def author_fragments(api: "Api", ids: Iterable[int]) -> dict[int, bytes]:
    """Rendered accounts by id: one statement, and one more for those not in memory."""
    return (await marked_authors(api, ids))[0]


async def marked_authors(api: "Api", ids: Iterable[int]) -> tuple[dict[int, bytes], frozenset[int]]:
    """Rendered accounts by id, and those whose media a moderator has marked as sensitive."""
    cache = api.fragments.authors
    found: dict[int, bytes] = {}
    missing: dict[int, ActorVersion] = {}
    versions = await api.parts.db.all(actor_versions, ids=list(ids))
    for version in versions:
        piece = cache.get(version.id, version)
        if piece is None:
            missing[version.id] = version
        else:
            found[version.id] = piece
    if missing:
        for id_, entity in (await _entities(api, missing)).items():
            piece = _encode(entity)
            cache.put(id_, missing[id_], piece)
            found[id_] = piece
    return found, frozenset(each.id for each in versions if each.sensitized_at is not None)


async def _entities(api: "Api", versions: dict[int, ActorVersion]) -> dict[int, dict[str, Any]]:
    db = api.parts.db
    actors = await db.all(actors_by_ids, ids=list(versions))
    entities = {each.id: account_entity(api, each, versions[each.id]) for each in actors}
    moved = {each.id: each.moved_to_id for each in actors if each.moved_to_id is not None}
    if moved:
        ids = list(moved.values())
        there = {each.id: each for each in await db.all(actor_versions, ids=ids)}
        targets = {
            each.id: account_entity(api, each, there[each.id])
            for each in await db.all(actors_by_ids, ids=ids)
            if each.id in there
        }
        for id_, target in moved.items():
            if target in targets:
                entities[id_]["moved"] = targets[target]
    return entities


async def render_accounts(api: "Api", ids: list[int]) -> list[bytes]:
    """Accounts in the order of ``ids``; those that are gone are left out."""
    found = await author_fragments(api, set(ids))
    return [found[each] for each in ids if each in found]


async def credential_account(
    api: "Api", actor: Actor, account: Account, requests: int
) -> dict[str, Any]:
    """One's own account, with what only oneself may see."""
    versions = await api.parts.db.all(actor_versions, ids=[actor.id])
    settings = account_settings(account.settings)
    facets = actor_facets(actor.facets)
    entity = account_entity(api, actor, versions[0])
    entity["source"] = {
        "privacy": settings.visibility,
        "sensitive": settings.sensitive,
        "language": settings.language,
        "note": actor.summary_source or "",
        "fields": _typed_fields(facets, settings),
        "follow_requests_count": requests,
        "hide_collections": actor.hides_network,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "attribution_domains": list(facets.attribution_domains),
        "quote_policy": settings.quote_policy,
    }
    entity["role"] = role_entity(account.role)
    entity["created_at"] = iso(actor.published_at - actor.published_at % 86_400_000)
    return entity


def profile_entity(api: "Api", actor: Actor, account: Account) -> dict[str, Any]:
    """Profile: one's own, as it was typed; no picture is null, not the picture for nobody."""
    settings, facets = account_settings(account.settings), actor_facets(actor.facets)
    return {
        "id": str(actor.id),
        "display_name": actor.name,
        "note": actor.summary_source or "",
        "fields": _typed_fields(facets, settings),
        "avatar": actor.icon_url,
        "avatar_static": actor.icon_url,
        "avatar_description": facets.icon_alt or "",
        "header": actor.header_url,
        "header_static": actor.header_url,
        "header_description": facets.header_alt or "",
        "locked": actor.locked,
        "bot": actor.kind in _BOTS,
        "hide_collections": actor.hides_network,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "show_media": facets.show_media,
        "show_media_replies": facets.show_media_replies,
        "show_featured": facets.show_featured,
        "attribution_domains": list(facets.attribution_domains),
    }


def _typed_fields(facets: ActorFacets, settings: AccountSettings) -> list[dict[str, Any]]:
    typed = settings.field_sources or [field.value for field in facets.fields]
    return [
        {"name": field.name, "value": source, "verified_at": iso_or_none(field.verified_at)}
        for field, source in zip(facets.fields, typed, strict=False)
    ]


def role_entity(role: int) -> dict[str, Any]:
    """Role: with the permissions as a number in a text."""
    info = ROLES[Role(role)]
    return {
        "id": info.id,
        "name": info.name,
        "permissions": str(int(info.permissions)),
        "color": info.color,
        "highlighted": info.highlighted,
        "collection_limit": info.collection_limit,
    }
