"""Profiles: people, groups, services (A3 of the interop notes of Mastodon)."""

import re
from typing import Any

from weft.domain.actors.records import ActorFacets, ActorKind, Field
from weft.domain.actors.store import Key, RemoteActor
from weft.domain.markup.plain import html_to_text
from weft.domain.markup.sanitise import clean_html
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.reading.collections import feature_policy
from weft.federation.reading.values import emojis, host_of, own_address, picture
from weft.protocol.activitystreams import (
    boolean,
    first_id,
    first_object,
    first_type,
    ids,
    objects,
    text_of,
    when_ms,
)
from weft.protocol.keys import keys_of_actor
from weft.protocol.origins import same_origin

ACTOR_KINDS = {
    "Person": ActorKind.PERSON,
    "Service": ActorKind.SERVICE,
    "Application": ActorKind.APPLICATION,
    "Group": ActorKind.GROUP,
    "Organization": ActorKind.ORGANIZATION,
}
_FIELDS = 50
_PLACE, _ALT = 200, 1500
_NAME, _BIO = 2048, 20_480
_USERNAME = re.compile(r"[\w.~+-]{1,255}")


def read_actor(document: JsonObject) -> RemoteActor:
    """An actor document, already checked to be served by its own id."""
    uri = first_id(document.get("id"))
    kind = first_type(document, ACTOR_KINDS)
    if uri is None or kind is None:
        raise Unreadable("not an actor: it has no id, or none of the actor types")
    inbox = own_address(first_id(document.get("inbox")), uri)
    if inbox is None:
        raise Unreadable("the actor has no inbox on its own host")
    host = host_of(uri)
    username = text_of(document.get("preferredUsername"))
    if not username or not _USERNAME.fullmatch(username):
        raise Unreadable("the actor's preferredUsername cannot be part of a handle")
    endpoints = next(iter(objects(document.get("endpoints"))), {})
    capabilities = first_object(document.get("capabilities")) or {}
    shared = endpoints.get("sharedInbox") or document.get("sharedInbox")
    url = next((each for each in ids(document.get("url")) if same_origin(each, uri)), uri)
    return RemoteActor(
        uri=uri,
        kind=ACTOR_KINDS[kind],
        username=username,
        domain=host,
        host=host,
        url=url,
        inbox=inbox,
        shared_inbox=own_address(first_id(shared), uri),
        outbox=own_address(first_id(document.get("outbox")), uri),
        followers_uri=own_address(first_id(document.get("followers")), uri),
        following_uri=own_address(first_id(document.get("following")), uri),
        featured_uri=own_address(first_id(document.get("featured")), uri),
        name=html_to_text(text_of(document.get("name")) or "")[:_NAME] or username,
        summary=clean_html((text_of(document.get("summary")) or "")[:_BIO], "bio"),
        icon_url=picture(document.get("icon")),
        header_url=picture(document.get("image")),
        locked=boolean(document.get("manuallyApprovesFollowers")) is True,
        discoverable=boolean(document.get("discoverable")) is True,
        indexable=boolean(document.get("indexable")) is True,
        sensitive=boolean(document.get("sensitive")) is True,
        facets=ActorFacets(
            fields=_fields(document),
            emojis=emojis(document),
            also_known_as=_aliases(document),
            icon_alt=_alt(document.get("icon")),
            header_alt=_alt(document.get("image")),
            attribution_domains=_domains(document.get("attributionDomains")),
            memorial=boolean(document.get("memorial")) is True,
            show_media=boolean(document.get("showMedia")) is not False,
            show_media_replies=boolean(document.get("showRepliesInMedia")) is not False,
            show_featured=boolean(document.get("showFeatured")) is not False,
            collections_uri=own_address(first_id(document.get("featuredCollections")), uri),
            feature_policy=feature_policy(document, uri),
            is_cat=boolean(document.get("isCat")) is True,
            birthday=_birthday(document.get("vcard:bday")),
            location=html_to_text(text_of(document.get("vcard:Address")) or "")[:_PLACE] or None,
            chats=boolean(capabilities.get("acceptsChatMessages")),
        ),
        keys=tuple(
            Key(key_id=each.key_id, algorithm=each.algorithm, public_pem=each.public_pem)
            for each in keys_of_actor(document)
        ),
        published_at=when_ms(document.get("published")),
        suspended=boolean(document.get("suspended")) is True,
    )


def _aliases(document: JsonObject) -> tuple[str, ...]:
    """Other names of the same person, as far as they are addresses."""
    named = ids(document.get("alsoKnownAs"))
    return tuple(each for each in named if each.startswith(("https://", "http://")))[:256]


def _alt(value: Any) -> str | None:
    """What is to be seen on a picture."""
    image = first_object(value)
    return (text_of(image.get("name")) or "")[:_ALT] or None if image is not None else None


def _birthday(value: Any) -> str | None:
    """A year, or a month or day of it."""
    found = text_of(value) or ""
    return found if re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", found) else None


def _domains(value: Any) -> tuple[str, ...]:
    """Sites that may name this actor as the author of their pages."""
    listed = value if isinstance(value, list) else [value]
    return tuple(
        each.strip().casefold()
        for each in listed[:_FIELDS]
        if isinstance(each, str) and 0 < len(each.strip()) <= 253 and "/" not in each
    )


def _fields(document: JsonObject) -> tuple[Field, ...]:
    rows = [
        each
        for each in objects(document.get("attachment"))
        if first_type(each, ("PropertyValue",)) is not None and isinstance(each.get("value"), str)
    ]
    return tuple(
        Field(
            name=html_to_text(text_of(each.get("name")) or "")[:_NAME],
            value=clean_html((text_of(each.get("value")) or "")[:_NAME], "bio"),
        )
        for each in rows[:_FIELDS]
    )
