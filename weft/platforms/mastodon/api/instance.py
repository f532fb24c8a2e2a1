"""What the server tells of itself."""

import struct
import zlib
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.config.settings import Settings
from weft.domain.accounts.contact import contact_account
from weft.domain.actors.profile import BIO_LENGTH, FIELD_LENGTH, MAX_FIELDS, NAME_LENGTH
from weft.domain.markup.length import LINK_CHARS
from weft.domain.pins.pin import MOST as MOST_PINS
from weft.domain.posts.compose import MAX_MEDIA, MAX_OPTIONS, OPTION_LENGTH, POLL_SECONDS
from weft.domain.rules.rules import all_rules
from weft.domain.tags.feature import MOST_FEATURED
from weft.domain.usage import Usage
from weft.media import limits
from weft.media.kinds import ACCEPTED_TYPES
from weft.platforms.mastodon.api.about import rule_entities
from weft.platforms.mastodon.api.entities.account import AVATAR_PATH, HEADER_PATH, render_accounts
from weft.platforms.mastodon.api.routing import Call, Route, json

# The Mastodon whose API this is, because clients choose by it what they offer: 11 is 4.6.1's, with
# quotes, collections and descriptions of avatars.
COMPATIBLE = "4.6.5"
API_VERSION = 11
SOURCE = "https://github.com/weft-server/weft"


@cache
def version_string() -> str:
    return f"{COMPATIBLE} (compatible; Weft {version('weft')})"


def _configuration(call: Call) -> dict[str, Any]:
    shortest, longest = POLL_SECONDS
    return {
        "accounts": {
            "max_featured_tags": MOST_FEATURED,
            "max_pinned_statuses": MOST_PINS,
            "max_display_name_length": NAME_LENGTH,
            "max_note_length": BIO_LENGTH,
            "max_profile_fields": MAX_FIELDS,
            "profile_field_name_limit": FIELD_LENGTH,
            "profile_field_value_limit": FIELD_LENGTH,
        },
        "statuses": {
            "max_characters": call.api.parts.server.post_length,
            "max_media_attachments": MAX_MEDIA,
            "characters_reserved_per_url": LINK_CHARS,
            "supported_mime_types": list(call.api.parts.server.post_formats),
        },
        "media_attachments": {
            "supported_mime_types": sorted(ACCEPTED_TYPES),
            "description_limit": limits.DESCRIPTION_LENGTH,
            "image_size_limit": limits.PICTURE_BYTES,
            "image_matrix_limit": limits.PICTURE_PIXELS,
            "video_size_limit": limits.MOVING_BYTES,
            "video_frame_rate_limit": limits.VIDEO_RATE,
            "video_matrix_limit": limits.VIDEO_PIXELS,
        },
        "polls": {
            "max_options": MAX_OPTIONS,
            "max_characters_per_option": OPTION_LENGTH,
            "min_expiration": shortest,
            "max_expiration": longest,
        },
        "translation": {"enabled": False},
    }


async def _contact(call: Call) -> Any:
    """The first admin, as an account."""
    row = await call.db.one(contact_account)
    found = await render_accounts(call.api, [row[0]]) if row is not None else []
    return msgspec.Raw(found[0]) if found else None


def _is_open(settings: Settings) -> bool:
    return settings.registrations in ("open", "approval")


async def second(call: Call) -> ASGIResponse:
    """GET /v2/instance"""
    settings, used = call.api.parts.settings, await call.api.usage.now()
    origin = call.api.parts.server.origin
    return json(
        {
            "domain": settings.domain,
            "title": settings.title or settings.domain,
            "version": version_string(),
            "source_url": SOURCE,
            "description": settings.description,
            "usage": {"users": {"active_month": used.month}},
            "thumbnail": {"url": origin + HEADER_PATH, "blurhash": None, "versions": {}},
            "icon": [],
            "languages": ["en"],
            "configuration": {
                "urls": {
                    "streaming": streaming_origin(origin),
                    "about": f"{origin}/about",
                    "privacy_policy": f"{origin}/privacy-policy",
                    "terms_of_service": f"{origin}/terms-of-service",
                },
                "vapid": {"public_key": await call.api.parts.vapid.public()},
                **_configuration(call),
                "limited_federation": call.api.parts.settings.limited_federation,
            },
            "registrations": {
                "enabled": _is_open(settings),
                "approval_required": settings.registrations == "approval",
                "reason_required": settings.registrations == "approval",
                "message": settings.registrations_message or None,
                "min_age": settings.min_age or None,
                "url": f"{origin}/auth/sign_up" if _is_open(settings) else None,
            },
            "api_versions": {"mastodon": API_VERSION},
            "contact": {"email": settings.contact_email, "account": await _contact(call)},
            "rules": rule_entities(await all_rules(call.db)),
        }
    )


async def first(call: Call) -> ASGIResponse:
    """GET /v1/instance"""
    settings, used = call.api.parts.settings, await call.api.usage.now()
    return json(
        {
            "uri": settings.domain,
            "title": settings.title or settings.domain,
            "short_description": settings.description,
            "description": settings.description,
            "email": settings.contact_email,
            "version": version_string(),
            "urls": {"streaming_api": streaming_origin(call.api.parts.server.origin)},
            "stats": _stats(used),
            "thumbnail": call.api.parts.server.origin + HEADER_PATH,
            "languages": ["en"],
            "registrations": _is_open(settings),
            "approval_required": settings.registrations == "approval",
            "invites_enabled": settings.invites == "everyone",
            "configuration": _configuration(call),
            "contact_account": await _contact(call),
            "rules": rule_entities(await all_rules(call.db)),
        }
    )


def streaming_origin(origin: str) -> str:
    """``wss://host`` of ``https://host``."""
    return "ws" + origin.removeprefix("http")


def _stats(used: Usage) -> dict[str, int]:
    return {"user_count": used.people, "status_count": used.posts, "domain_count": used.hosts}


@cache
def _plain_png(width: int, height: int, grey: int) -> bytes:
    """A picture of one shade of grey (PNG, 8 bits, greyscale)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = (b"\0" + bytes([grey]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def _picture(body: bytes) -> ASGIResponse:
    headers = {"cache-control": "public, max-age=86400", "x-content-type-options": "nosniff"}
    return ASGIResponse(body=body, media_type="image/png", headers=headers)


async def no_avatar(_: Call) -> ASGIResponse:
    """What is shown of people without a picture."""
    return _picture(_plain_png(96, 96, 0xC0))


async def no_header(_: Call) -> ASGIResponse:
    return _picture(_plain_png(600, 200, 0xD8))


ROUTES = [
    Route("GET", "/api/v1/instance", first, who="anyone"),
    Route("GET", "/api/v2/instance", second, who="anyone"),
    Route("GET", AVATAR_PATH, no_avatar, who="anyone"),
    Route("GET", HEADER_PATH, no_header, who="anyone"),
]
