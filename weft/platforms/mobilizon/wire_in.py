"""Reads events: Mobilizon's, Gancio's, those of WordPress, and every ``Event``.

Source: section 5 of the interop notes of BookWyrm.
"""

import re
from typing import Any, Literal

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import EventFacets, NamedLink
from weft.domain.posts.records import PostFacets, PostKind
from weft.federation.dialects import JsonObject, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.places import place
from weft.federation.reading.posts import read_post
from weft.federation.reading.values import count, web_address
from weft.protocol.activitystreams import (
    boolean,
    first_id,
    first_type,
    ids,
    objects,
    text_of,
    when_ms,
)
from weft.protocol.origins import same_origin

_JOINING: dict[str, Literal["free", "approval", "invite", "elsewhere"]] = {
    "free": "free",
    "restricted": "approval",
    "invite": "invite",
    "external": "elsewhere",
}
_STATUSES: dict[str, Literal["confirmed", "tentative", "cancelled"]] = {
    "CONFIRMED": "confirmed",
    "TENTATIVE": "tentative",
    "CANCELLED": "cancelled",
}
_COMMENTS: dict[str, Literal["everybody", "approved", "nobody"]] = {
    "allow_all": "everybody",
    "moderated": "approved",
    "closed": "nobody",
}
_LINKS, _NAME = 20, 200
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(?:/[A-Za-z0-9_+-]{1,40}){0,2}\Z")


class EventReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "mobilizon"
    types = frozenset(("Event",))
    members = frozenset[str]()

    def claims_post(self, document: JsonObject) -> bool:
        return first_type(document, ("Event",)) is not None

    def claims_actor(self, document: JsonObject) -> bool:
        """Its profiles are ordinary ones."""
        return False

    def read_actor(self, document: JsonObject) -> RemoteActor:
        return read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """An event; ``actor`` wrote it, on behalf of the group that it is attributed to."""
        uri = first_id(document.get("id")) or ""
        listed = [each for each in ids(document.get("attributedTo")) if same_origin(each, uri)]
        writer = first_id(document.get("actor"))
        author = writer if writer is not None and same_origin(writer, uri) else None
        groups = [each for each in listed if author is not None and each != author]
        named = {"attributedTo": [author] if author is not None else listed}
        if groups:
            named["audience"] = groups
        read = read_post(document | named, followers_uri)
        return replace(
            read,
            kind=PostKind.EVENT,
            # A teaser, never a warning; Gancio repeats the whole text.
            summary=None,
            link_url=None,
            language=read.language or _language(document.get("inLanguage")),
            facets=PostFacets(event=_event(document), comments=_comments(document)),
        )


def _event(document: JsonObject) -> EventFacets:
    links = tuple(
        NamedLink(url, html_to_text(text_of(each.get("name")) or "")[:_NAME])
        for each in objects(document.get("attachment"))
        if first_type(each, ("Link",)) is not None
        and (url := web_address(each.get("href"))) is not None
    )[:_LINKS]
    zone = text_of(document.get("timezone")) or ""
    said = text_of(document.get("ical:status")) or text_of(document.get("status")) or ""
    # Nought places would be nobody: it means that nobody counts.
    capacity = count(document.get("maximumAttendeeCapacity")) or None
    attendees = document.get("participantCount")
    return EventFacets(
        start_at=when_ms(document.get("startTime")),
        end_at=when_ms(document.get("endTime")),
        timezone=zone if _ZONE.match(zone) else None,
        place=place(_real(document.get("location"))),
        online_url=_online(document, links),
        join=_JOINING.get(text_of(document.get("joinMode")) or "", "free"),
        join_url=web_address(document.get("externalParticipationUrl")),
        status=_STATUSES.get(said.upper(), "confirmed"),
        attendees=count(attendees) if attendees is not None else None,
        capacity=capacity,
        category=(text_of(document.get("category")) or "")[:_NAME] or None,
        links=links,
        uuid=(text_of(document.get("uuid")) or "")[:64] or None,
        contacts=tuple(each for each in ids(document.get("contacts")) if web_address(each))[
            :_LINKS
        ],
        nameless=boolean(document.get("anonymousParticipationEnabled")) is True,
    )


def _real(value: Any) -> list[JsonObject]:
    return [each for each in objects(value) if first_type(each, ("VirtualLocation",)) is None]


def _online(document: JsonObject, links: tuple[NamedLink, ...]) -> str | None:
    """Where to go on the web: an address as the location, or the first link of an online event."""
    for each in objects(document.get("location")):
        if first_type(each, ("VirtualLocation",)) is not None:
            return web_address(each.get("url"))
    if boolean(document.get("isOnline")) is True and links:
        return links[0].url
    return None


def _comments(document: JsonObject) -> Literal["everybody", "approved", "nobody"]:
    said = _COMMENTS.get(text_of(document.get("repliesModerationOption")) or "")
    if said is not None:
        return said
    return "nobody" if boolean(document.get("commentsEnabled")) is False else "everybody"


def _language(value: Any) -> str | None:
    found = text_of(value) or ""
    return found if 2 <= len(found) <= 20 and found.replace("-", "").isalnum() else None
