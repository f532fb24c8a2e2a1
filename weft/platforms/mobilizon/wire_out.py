"""Writes events, and comments on them, as Mobilizon reads them; so do Gancio and the plugins of WordPress.

Source: section 5 of the interop notes of BookWyrm.
"""

from typing import Any

from weft.domain.posts.records import PostKind
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.events import write_event
from weft.federation.writing.posts import common
from weft.federation.writing.values import AS, JsonObject

CONTEXT: list[Any] = [
    AS,
    "https://w3id.org/security/v1",
    {
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "sc": "http://schema.org#",
        "ical": "http://www.w3.org/2002/12/cal/ical#",
        "pt": "https://joinpeertube.org/ns#",
        "mz": "https://joinmobilizon.org/ns#",
        "uuid": "sc:identifier",
        "category": "sc:category",
        "inLanguage": "sc:inLanguage",
        "timezone": {"@id": "mz:timezone", "@type": "mz:timezone"},
        "PostalAddress": "sc:PostalAddress",
        "address": {"@id": "sc:address", "@type": "sc:PostalAddress"},
        "addressCountry": "sc:addressCountry",
        "addressLocality": "sc:addressLocality",
        "addressRegion": "sc:addressRegion",
        "postalCode": "sc:postalCode",
        "streetAddress": "sc:streetAddress",
        "joinMode": {"@id": "mz:joinMode", "@type": "mz:joinModeType"},
        "externalParticipationUrl": {
            "@id": "mz:externalParticipationUrl",
            "@type": "sc:URL",
        },
        "anonymousParticipationEnabled": {
            "@id": "mz:anonymousParticipationEnabled",
            "@type": "sc:Boolean",
        },
        "isOnline": {"@id": "mz:isOnline", "@type": "sc:Boolean"},
        "participantCount": {"@id": "mz:participantCount", "@type": "sc:Integer"},
        "maximumAttendeeCapacity": "sc:maximumAttendeeCapacity",
        "remainingAttendeeCapacity": "sc:remainingAttendeeCapacity",
        "repliesModerationOption": {
            "@id": "mz:repliesModerationOption",
            "@type": "mz:repliesModerationOptionType",
        },
        "commentsEnabled": {"@id": "pt:commentsEnabled", "@type": "sc:Boolean"},
        "contacts": {"@id": "mz:contacts", "@type": "@id"},
    },
]


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """An event, or an answer to one; None for all else."""
    match PostKind(facts.post.kind):
        case PostKind.EVENT:
            return write_event(server, facts)
        case PostKind.NOTE | PostKind.COMMENT if facts.post.in_reply_to_uri is not None:
            return common(server, facts, "Note") | {"actor": facts.author.uri}
        case _:
            return None
