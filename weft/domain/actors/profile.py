"""A person's own profile: what is shown of them, and who may find them."""

import re
from typing import Any

from msgspec import UNSET, Struct, UnsetType, structs
from sqlalchemy import Update, bindparam, update

from weft.domain.actors.queries import actor_by_id, actors_by_handles
from weft.domain.actors.records import Actor, ActorKind, Emoji, Field, actor_facets, stored_facets
from weft.domain.emoji.keep import emoji_in
from weft.domain.events import ProfileChanged
from weft.domain.markup.length import visible_length
from weft.domain.posts.written import handles_in, write_html
from weft.domain.search.people_index import index_person
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.statements import query

NAME_LENGTH = 100
BIO_LENGTH = 2000
MAX_FIELDS = 8
FIELD_LENGTH = 255
ALT_LENGTH = 150
MOST_DOMAINS = 100
_DOMAIN = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")

_COLUMNS = (
    "name", "summary", "summary_source", "kind", "locked", "discoverable", "indexable",
    "hides_network", "icon_url", "header_url", "facets",
)  # fmt: skip


class ProfileRefused(Exception):
    """The sentence is for the person whose profile it is."""


class TypedField(Struct, frozen=True):
    name: str
    value: str


class TypedProfile(Struct, frozen=True, kw_only=True):
    """What is to change, as it was typed; UNSET stays as it is."""

    name: str | UnsetType = UNSET
    bio: str | UnsetType = UNSET
    fields: tuple[TypedField, ...] | UnsetType = UNSET
    is_bot: bool | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    hides_network: bool | UnsetType = UNSET
    icon_url: str | UnsetType | None = UNSET
    header_url: str | UnsetType | None = UNSET
    icon_alt: str | UnsetType = UNSET
    header_alt: str | UnsetType = UNSET
    attribution_domains: tuple[str, ...] | UnsetType = UNSET
    show_media: bool | UnsetType = UNSET
    show_media_replies: bool | UnsetType = UNSET
    show_featured: bool | UnsetType = UNSET


@query()
def update_profile() -> Update:
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"), actor.c.local)
        .values(
            **{name: bindparam(name) for name in _COLUMNS},
            revision=actor.c.revision + 1,
        )
    )


async def compose_profile(
    db: Database, server: Server, me: Actor, typed: TypedProfile
) -> dict[str, Any]:
    """The changed columns; of facets ``fields``, ``emojis``, and others under ``shown``.

    Raises:
        ProfileRefused: with a sentence.
    """
    changed: dict[str, Any] = {}
    for name in ("locked", "discoverable", "indexable", "hides_network", "icon_url", "header_url"):
        value = getattr(typed, name)
        if value is not UNSET:
            changed[name] = value
    if typed.is_bot is not UNSET and me.kind in (ActorKind.PERSON, ActorKind.SERVICE):
        changed["kind"] = ActorKind.SERVICE if typed.is_bot else ActorKind.PERSON
    if typed.name is not UNSET:
        changed["name"] = _line("The name", typed.name, NAME_LENGTH)
    if typed.bio is not UNSET:
        bio = typed.bio.strip()
        if visible_length(bio) > BIO_LENGTH:
            raise ProfileRefused(f"The biography may have at most {BIO_LENGTH} characters.")
        changed |= {"summary": await _as_html(db, server, bio), "summary_source": bio}
    if typed.fields is not UNSET:
        changed["fields"] = await _fields(db, server, typed.fields)
    shown = _shown(typed)
    if shown:
        changed["shown"] = shown
    if changed.keys() & {"name", "summary", "fields"}:
        changed["emojis"] = await _emoji(db, server, me, changed)
    return changed


def _shown(typed: TypedProfile) -> dict[str, Any]:
    """The facets that are taken as they were typed."""
    shown: dict[str, Any] = {}
    for name in ("show_media", "show_media_replies", "show_featured"):
        if (value := getattr(typed, name)) is not UNSET:
            shown[name] = value
    for name in ("icon_alt", "header_alt"):
        if (alt := getattr(typed, name)) is not UNSET:
            shown[name] = _line("The description of a picture", alt, ALT_LENGTH) or None
    if typed.attribution_domains is not UNSET:
        domains = [each.strip().casefold() for each in typed.attribution_domains]
        domains = list(dict.fromkeys(each for each in domains if each))
        if len(domains) > MOST_DOMAINS:
            raise ProfileRefused(f"A profile may name at most {MOST_DOMAINS} sites.")
        if not all(_DOMAIN.fullmatch(each) and len(each) <= 253 for each in domains):
            raise ProfileRefused("A site is named by its domain, such as example.org.")
        shown["attribution_domains"] = tuple(domains)
    return shown


async def _emoji(
    db: Database, server: Server, me: Actor, changed: dict[str, Any]
) -> tuple[Emoji, ...]:
    """The emoji of this server in the profile as it is to be."""
    fields = changed.get("fields", actor_facets(me.facets).fields)
    texts = [changed.get("name", me.name), changed.get("summary_source", me.summary_source) or ""]
    texts += [text for each in fields for text in (each.name, each.value)]
    return await emoji_in(db, server, *texts)


def _line(what: str, text: str, longest: int) -> str:
    text = " ".join(text.split())
    if visible_length(text) > longest:
        raise ProfileRefused(f"{what} may have at most {longest} characters.")
    return text


async def _as_html(db: Database, server: Server, text: str) -> str:
    """People are linked if they are known here; nobody is looked up for a biography."""
    handles = handles_in(server, text)
    found = await db.all(actors_by_handles, handles=handles) if handles else []
    return write_html(server, text, {each.handle: each for each in found if each.stands}).html


async def _fields(db: Database, server: Server, typed: tuple[TypedField, ...]) -> tuple[Field, ...]:
    kept = [each for each in typed if each.name.strip() or each.value.strip()]
    if len(kept) > MAX_FIELDS:
        raise ProfileRefused(f"A profile may have at most {MAX_FIELDS} fields.")
    fields = []
    for each in kept:
        name = _line("The name of a field", each.name, FIELD_LENGTH)
        value = _line("The value of a field", each.value, FIELD_LENGTH)
        if not name or not value:
            raise ProfileRefused("A field of the profile needs a name and a value.")
        html = await _as_html(db, server, value)
        fields.append(Field(name, html.removeprefix("<p>").removesuffix("</p>")))
    return tuple(fields)


async def edit_profile(
    tx: Tx, server: Server, actor_id: int, changed: dict[str, Any]
) -> Actor | None:
    """Store what ``compose_profile`` made and tell the followers. None if the actor is gone."""
    me = await tx.one(actor_by_id, id=actor_id)
    if me is None or not me.local:
        return None
    facets = actor_facets(me.facets)
    if "fields" in changed:
        known = {(each.name, each.value): each.verified_at for each in facets.fields}
        fields = tuple(
            Field(each.name, each.value, known.get((each.name, each.value)))
            for each in changed["fields"]
        )
        facets = structs.replace(facets, fields=fields)
    facets = structs.replace(facets, **changed.get("shown", {}))
    if "emojis" in changed:
        facets = structs.replace(facets, emojis=changed["emojis"])
    values: dict[str, Any] = {name: getattr(me, name) for name in _COLUMNS}
    values |= {name: value for name, value in changed.items() if name in _COLUMNS}
    values["facets"] = stored_facets(facets)
    await tx.run(update_profile, of_actor=actor_id, **values)
    if values["name"] != me.name:
        await index_person(tx, actor_id, me.username, values["name"])
    await server.tell(tx, ProfileChanged(actor_id=actor_id))
    return await tx.one(actor_by_id, id=actor_id)
