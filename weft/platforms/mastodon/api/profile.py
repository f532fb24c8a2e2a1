"""One's own account: who the token speaks for, the profile, and preferences."""

from typing import Any, Literal

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import Account, account_by_id
from weft.domain.accounts.settings import account_settings, stored_settings
from weft.domain.accounts.store import update_account_settings
from weft.domain.actors.profile import (
    TypedField,
    TypedProfile,
    compose_profile,
    edit_profile,
)
from weft.domain.actors.records import Actor
from weft.domain.posts.compose import chosen_policy
from weft.domain.relations.queries import count_requests
from weft.platforms.mastodon.api.entities.account import credential_account, profile_entity
from weft.platforms.mastodon.api.entities.values import VISIBILITIES
from weft.platforms.mastodon.api.errors import INVALID_TOKEN, ApiError, BadParameter
from weft.platforms.mastodon.api.media import (
    PORTRAITS_BYTES,
    forget_portraits,
    take_portraits,
)
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.records import own_actor
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.storage.database import Tx


async def _own_account(call: Call) -> Account:
    account = await call.db.one(account_by_id, id=call.account_id)
    if account is None:
        raise ApiError(401, INVALID_TOKEN)
    return account


async def verify(call: Call) -> ASGIResponse:
    """GET /accounts/verify_credentials"""
    return await _answer(call, await own_actor(call))


async def _answer(call: Call, me: Actor) -> ASGIResponse:
    account = await _own_account(call)
    row = await call.db.one(count_requests, target=me.id)
    return json(await credential_account(call.api, me, account, int(row[0]) if row else 0))


async def update(call: Call) -> ASGIResponse:
    """PATCH /accounts/update_credentials: what is not named stays."""
    return await _answer(call, await _changed(call))


async def _changed(call: Call) -> Actor:
    """The profile with what the call names."""
    params, me = call.params, await own_actor(call)
    changed = await compose_profile(call.db, call.api.parts.server, me, _typed(params))
    settings = await _changed_settings(call, params)
    changed |= await take_portraits(call)
    now = await call.db.write(
        _update, call.api.parts.server, me, call.account_id, changed, settings
    )
    await forget_portraits(call, me, changed)
    return now


async def read_raw(call: Call) -> ASGIResponse:
    """GET /profile: as it was typed."""
    return await _answer_raw(call, await own_actor(call))


async def update_raw(call: Call) -> ASGIResponse:
    """PATCH /profile"""
    return await _answer_raw(call, await _changed(call))


async def _answer_raw(call: Call, me: Actor) -> ASGIResponse:
    return json(profile_entity(call.api, me, await _own_account(call)))


async def _without(call: Call, purpose: Literal["icon", "header"]) -> ASGIResponse:
    """The account, once one of its pictures is gone."""
    me, parts = await own_actor(call), call.api.parts
    if (me.icon_url if purpose == "icon" else me.header_url) is None:
        return await _answer(call, me)
    gone: dict[str, Any] = {f"{purpose}_url": None, "shown": {f"{purpose}_alt": None}}
    now = await call.db.write(edit_profile, parts.server, me.id, gone)
    await forget_portraits(call, me, gone)
    return await _answer(call, now or me)


async def delete_avatar(call: Call) -> ASGIResponse:
    """DELETE /profile/avatar"""
    return await _without(call, "icon")


async def delete_header(call: Call) -> ASGIResponse:
    """DELETE /profile/header"""
    return await _without(call, "header")


def _typed(params: Params) -> TypedProfile:
    flags = {
        "bot": "is_bot",
        "locked": "locked",
        "discoverable": "discoverable",
        "indexable": "indexable",
        "hide_collections": "hides_network",
        "show_media": "show_media",
        "show_media_replies": "show_media_replies",
        "show_featured": "show_featured",
    }
    given: dict[str, Any] = {
        field: params.flag(name) for name, field in flags.items() if params.has(name)
    }
    if params.has("display_name"):
        given["name"] = params.text("display_name") or ""
    if params.has("note"):
        given["bio"] = params.text("note") or ""
    for name, field in (("avatar_description", "icon_alt"), ("header_description", "header_alt")):
        if params.has(name):
            given[field] = params.text(name) or ""
    if params.has("attribution_domains"):
        given["attribution_domains"] = tuple(
            # A form says by one empty text that there are none.
            each
            for each in params.texts("attribution_domains", most=1000)
            if each
        )
    fields = params.entries("fields_attributes", most=50)
    if fields is not None:
        given["fields"] = tuple(
            TypedField(each.text("name") or "", each.text("value") or "") for each in fields
        )
    return TypedProfile(**given)


async def _changed_settings(call: Call, params: Params) -> str | None:
    """What is kept beside the account, or None if nothing of it changes."""
    source = params.nested("source")
    fields = params.entries("fields_attributes", most=50)
    if source is None and fields is None:
        return None
    settings = account_settings((await _own_account(call)).settings)
    if source is not None:
        visibility = source.text("privacy") or settings.visibility
        if visibility not in VISIBILITIES:
            raise BadParameter("source[privacy] must be public, unlisted, private or direct.")
        quote_policy = source.text("quote_policy") or settings.quote_policy
        chosen_policy(quote_policy)
        settings = msgspec.structs.replace(
            settings,
            quote_policy=quote_policy,
            visibility=visibility,
            sensitive=source.flag("sensitive", settings.sensitive),
            language=source.text("language") if source.has("language") else settings.language,
        )
    if fields is not None:
        values = tuple(
            " ".join((each.text("value") or "").split())
            for each in fields
            if (each.text("name") or "").strip()
        )
        settings = msgspec.structs.replace(settings, field_sources=values)
    return stored_settings(settings)


async def _update(
    tx: Tx,
    server: Any,
    me: Actor,
    account_id: int,
    changed: dict[str, Any],
    settings: str | None,
) -> Actor:
    if settings is not None:
        await tx.run(update_account_settings, of_account=account_id, settings=settings)
    if not changed:
        return me
    return await edit_profile(tx, server, me.id, changed) or me


async def preferences(call: Call) -> ASGIResponse:
    """GET /preferences"""
    settings = account_settings((await _own_account(call)).settings)
    return json(
        {
            "posting:default:visibility": settings.visibility,
            "posting:default:sensitive": settings.sensitive,
            "posting:default:language": settings.language,
            "posting:default:quote_policy": settings.quote_policy,
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": False,
        }
    )


ROUTES = [
    Route("GET", "/api/v1/accounts/verify_credentials", verify, "read:accounts|profile"),
    Route(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        update,
        "write:accounts",
        body_bytes=PORTRAITS_BYTES,
    ),
    Route("GET", "/api/v1/profile", read_raw, "read:accounts|profile"),
    Route("PATCH", "/api/v1/profile", update_raw, "write:accounts", body_bytes=PORTRAITS_BYTES),
    Route("DELETE", "/api/v1/profile/avatar", delete_avatar, "write:accounts"),
    Route("DELETE", "/api/v1/profile/header", delete_header, "write:accounts"),
    Route("GET", "/api/v1/preferences", preferences, "read:accounts"),
]
