"""Following, blocking, muting, and the lists of whom one blocked, muted or has to answer."""

from litestar.response.base import ASGIResponse

from weft.domain.actors.records import Actor
from weft.domain.relations import block as blocking
from weft.domain.relations import follow as following
from weft.domain.relations.lists import (
    blocked_by,
    followers_of,
    hosts_blocked_by,
    muted_by,
)
from weft.domain.relations.queries import follow_between
from weft.domain.server import Server
from weft.platforms.mastodon.api.entities.relationship import relationships
from weft.platforms.mastodon.api.errors import NOT_ALLOWED, ApiError, BadParameter, not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.records import actor_of, answer_accounts, own_actor
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.storage.database import Tx


async def answer_relationship(call: Call, other: int) -> ASGIResponse:
    """What lies between who calls and somebody, as it is now."""
    found = await relationships(call.api, call.me, [other])
    if not found:
        raise not_found()
    return json(found[0])


async def follow(call: Call) -> ASGIResponse:
    """POST /accounts/:id/follow; asking again changes only the wishes that are named."""
    target, me, params = await actor_of(call), await own_actor(call), call.params
    languages = params.texts("languages", most=50) if params.has("languages") else None
    await call.db.write(
        _follow,
        call.api.parts.server,
        me,
        target,
        params.flag("reblogs") if params.has("reblogs") else None,
        params.flag("notify") if params.has("notify") else None,
        languages,
    )
    return await answer_relationship(call, target.id)


async def _follow(
    tx: Tx,
    server: Server,
    me: Actor,
    target: Actor,
    shows_boosts: bool | None,
    notifies: bool | None,
    languages: list[str] | None,
) -> None:
    known = await tx.one(follow_between, follower=me.id, target=target.id)
    if shows_boosts is None:
        shows_boosts = known.shows_boosts if known else True
    if notifies is None:
        notifies = known.notifies if known else False
    await following.follow(
        tx,
        server,
        follower=me,
        target=target,
        shows_boosts=shows_boosts,
        notifies=notifies,
        languages=languages,
    )


async def unfollow(call: Call) -> ASGIResponse:
    target = await actor_of(call)
    await call.db.write(
        following.unfollow, call.api.parts.server, follower_id=call.me, target_id=target.id
    )
    return await answer_relationship(call, target.id)


async def remove_from_followers(call: Call) -> ASGIResponse:
    other = await actor_of(call)
    await call.db.write(
        following.reject, call.api.parts.server, follower_id=other.id, target_id=call.me
    )
    return await answer_relationship(call, other.id)


async def block(call: Call) -> ASGIResponse:
    target = await _somebody_else(call)
    await call.db.write(
        blocking.block, call.api.parts.server, actor_id=call.me, target_id=target.id
    )
    return await answer_relationship(call, target.id)


async def unblock(call: Call) -> ASGIResponse:
    target = await actor_of(call)
    await call.db.write(
        blocking.unblock, call.api.parts.server, actor_id=call.me, target_id=target.id
    )
    return await answer_relationship(call, target.id)


async def mute(call: Call) -> ASGIResponse:
    """POST /accounts/:id/mute; ``duration`` in seconds, 0 for ever."""
    target = await _somebody_else(call)
    duration = call.params.integer("duration") or 0
    if not 0 <= duration <= 10 * 365 * 86_400:
        raise BadParameter("duration must be a number of seconds, 0 for ever.")
    await call.db.write(
        blocking.mute,
        call.api.parts.server,
        actor_id=call.me,
        target_id=target.id,
        hides_notifications=call.params.flag("notifications", True),
        duration_s=duration,
    )
    return await answer_relationship(call, target.id)


async def unmute(call: Call) -> ASGIResponse:
    target = await actor_of(call)
    await call.db.write(blocking.unmute, actor_id=call.me, target_id=target.id)
    return await answer_relationship(call, target.id)


async def _somebody_else(call: Call) -> Actor:
    target = await actor_of(call)
    if target.id == call.me:
        raise ApiError(403, NOT_ALLOWED)
    return target


async def blocks(call: Call) -> ASGIResponse:
    page = read_page(call.params, default=40, most=80)
    rows = page.ordered(await call.db.all(blocked_by, actor_id=call.me, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.cursor)
    return await answer_accounts(call, [row.id for row in rows], links)


async def mutes(call: Call) -> ASGIResponse:
    page = read_page(call.params, default=40, most=80)
    now = call.api.parts.server.now_ms()
    rows = page.ordered(await call.db.all(muted_by, actor_id=call.me, now=now, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.cursor)
    return await answer_accounts(call, [row.id for row in rows], links)


async def follow_requests(call: Call) -> ASGIResponse:
    page = read_page(call.params, default=40, most=80)
    rows = await call.db.all(followers_of, state="pending", actor_id=call.me, **page.bounds)
    rows = page.ordered(rows)
    links = link_header(call, page, rows, lambda row: row.cursor)
    return await answer_accounts(call, [row.id for row in rows], links)


async def authorize_request(call: Call) -> ASGIResponse:
    other = await actor_of(call)
    server = call.api.parts.server
    if not await call.db.write(following.accept, server, follower_id=other.id, target_id=call.me):
        raise not_found()
    return await answer_relationship(call, other.id)


async def reject_request(call: Call) -> ASGIResponse:
    other = await actor_of(call)
    server = call.api.parts.server
    if not await call.db.write(following.reject, server, follower_id=other.id, target_id=call.me):
        raise not_found()
    return await answer_relationship(call, other.id)


async def domain_blocks(call: Call) -> ASGIResponse:
    limit = call.params.limit(100, 200)
    rows = await call.db.all(hosts_blocked_by, actor_id=call.me, limit=limit)
    return json([row[0] for row in rows])


def _domain(call: Call) -> str:
    domain = call.params.needed("domain").strip().casefold()
    if len(domain) > 253 or any(each in domain for each in "/@ ") or not domain.isprintable():
        raise BadParameter("domain must be a domain name such as example.org.")
    if domain in (call.api.parts.server.domain, call.api.parts.server.host):
        raise BadParameter("You cannot block your own server.")
    return domain


async def block_domain(call: Call) -> ASGIResponse:
    await call.db.write(
        blocking.block_host, call.api.parts.server, actor_id=call.me, host=_domain(call)
    )
    return json({})


async def unblock_domain(call: Call) -> ASGIResponse:
    await call.db.write(blocking.unblock_host, actor_id=call.me, host=_domain(call))
    return json({})


_ACCOUNT = "/api/v1/accounts/{id:str}"
_REQUEST = "/api/v1/follow_requests"


async def identity_proofs(call: Call) -> ASGIResponse:
    """GET /accounts/:id/identity_proofs: of a service that is no more, so nobody has any."""
    await actor_of(call)
    return json([])


ROUTES = [
    Route("GET", f"{_ACCOUNT}/identity_proofs", identity_proofs, "read:accounts"),
    Route("POST", f"{_ACCOUNT}/follow", follow, "write:follows"),
    Route("POST", f"{_ACCOUNT}/unfollow", unfollow, "write:follows"),
    Route("POST", f"{_ACCOUNT}/remove_from_followers", remove_from_followers, "write:follows"),
    Route("POST", f"{_ACCOUNT}/block", block, "write:blocks"),
    Route("POST", f"{_ACCOUNT}/unblock", unblock, "write:blocks"),
    Route("POST", f"{_ACCOUNT}/mute", mute, "write:mutes"),
    Route("POST", f"{_ACCOUNT}/unmute", unmute, "write:mutes"),
    Route("GET", "/api/v1/blocks", blocks, "read:blocks"),
    Route("GET", "/api/v1/mutes", mutes, "read:mutes"),
    Route("GET", _REQUEST, follow_requests, "read:follows"),
    Route("POST", _REQUEST + "/{id:str}/authorize", authorize_request, "write:follows"),
    Route("POST", _REQUEST + "/{id:str}/reject", reject_request, "write:follows"),
    Route("GET", "/api/v1/domain_blocks", domain_blocks, "read:blocks"),
    Route("POST", "/api/v1/domain_blocks", block_domain, "write:blocks"),
    Route("DELETE", "/api/v1/domain_blocks", unblock_domain, "write:blocks"),
]
