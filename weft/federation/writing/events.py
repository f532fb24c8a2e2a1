"""Events: Mobilizon's form, which all that know events read. Source: section 5 of the interop notes of
BookWyrm."""

from weft.domain.posts.kinds import EventFacets, Place, PostalAddress
from weft.domain.posts.records import post_facets
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.files import HTML, link
from weft.federation.writing.posts import common, title_of
from weft.federation.writing.values import JsonObject, known, timestamp, uuid_of

_JOINING = {"free": "free", "approval": "restricted", "invite": "invite", "elsewhere": "external"}
_COMMENTS = {"everybody": "allow_all", "approved": "moderated", "nobody": "closed"}
_NAME = 255


def write_event(server: Server, facts: PostFacts) -> JsonObject | None:
    """An event, in its group if it is in one; None if it does not say when it begins."""
    post, facets = facts.post, post_facets(facts.post.facets)
    event = facets.event
    if event is None or event.start_at is None:
        return None
    document = common(server, facts, "Event")
    group = next(iter(facts.places), None)
    document |= {
        "name": title_of(post, _NAME),
        "mediaType": HTML,
        "actor": facts.author.uri,
        "attributedTo": group.uri if group is not None else facts.author.uri,
        "startTime": timestamp(event.start_at),
        "endTime": timestamp(event.end_at) if event.end_at is not None else None,
        "timezone": event.timezone,
        "inLanguage": post.language,
        "category": event.category,
        "uuid": event.uuid or (uuid_of(post.uri) if post.local else None),
        "status": event.status.upper(),
        "ical:status": event.status.upper(),
        "isOnline": event.online_url is not None,
        "joinMode": _JOINING[event.join],
        "externalParticipationUrl": event.join_url,
        "anonymousParticipationEnabled": event.nameless,
        "maximumAttendeeCapacity": event.capacity or 0,
        "remainingAttendeeCapacity": _left(event),
        "participantCount": event.attendees,
        "repliesModerationOption": _COMMENTS[facets.comments],
        "commentsEnabled": facets.comments != "nobody",
        "draft": False,
        "contacts": list(event.contacts),
        "location": write_place(event.place) if event.place is not None else _virtual(event),
        "attachment": [*_banner(document["attachment"]), *_links(event)],
    }
    return known(document)


def write_place(place: Place) -> JsonObject:
    """A ``Place``, with its address in parts where these are known."""
    document: JsonObject = {"type": "Place", "name": place.name}
    if place.postal is not None:
        document["address"] = _address(place.postal)
    elif place.address is not None:
        document["address"] = place.address
    if place.latitude is not None and place.longitude is not None:
        document |= {"latitude": place.latitude, "longitude": place.longitude}
    return document


def _address(address: PostalAddress) -> JsonObject:
    parts = {
        "streetAddress": address.street,
        "postalCode": address.code,
        "addressLocality": address.town,
        "addressRegion": address.region,
        "addressCountry": address.country,
    }
    return {"type": "PostalAddress", **known(parts)}


def _virtual(event: EventFacets) -> JsonObject | None:
    """An event that is only on the web."""
    if event.online_url is None or _is_linked(event):
        return None
    return {"type": "VirtualLocation", "url": event.online_url}


def _is_linked(event: EventFacets) -> bool:
    return any(each.url == event.online_url for each in event.links)


def _left(event: EventFacets) -> int | None:
    if event.capacity is None:
        return None
    return max(0, event.capacity - (event.attendees or 0))


def _banner(attachments: list[JsonObject]) -> list[JsonObject]:
    """Mobilizon shows the picture that is called its banner."""
    named = [
        each | {"name": "Banner"}
        for each in attachments[:1]
        if str(each.get("mediaType") or "").startswith("image/")
    ]
    return named + attachments[len(named) :]


def _links(event: EventFacets) -> list[JsonObject]:
    """Where it is on the web comes first, if it happens there too."""
    links = [link(HTML, each.url, name=each.name or "Website") for each in event.links]
    if event.online_url is None or event.place is None or _is_linked(event):
        return links
    return [link(HTML, event.online_url, name="Online"), *links]
