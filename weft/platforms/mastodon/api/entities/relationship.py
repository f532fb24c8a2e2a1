"""Relationship: what lies between the viewer and other actors."""

import asyncio
from typing import Any

import msgspec

from weft.domain.actors.queries import actors_by_ids
from weft.domain.endorsements.queries import endorsed_among
from weft.domain.notes.note import notes_about
from weft.domain.relations.queries import (
    FollowState,
    blocked_hosts,
    blocks_from,
    blocks_to,
    follows_from,
    follows_to,
    mutes_from,
)
from weft.platforms.mastodon.api.entities.values import iso_or_none
from weft.platforms.mastodon.api.routing import Api


async def relationships(api: Api, me: int, others: list[int]) -> list[dict[str, Any]]:
    """In the order of ``others``; nine statements, however many they are."""
    db = api.parts.db
    rows = await asyncio.gather(
        db.all(follows_from, me=me, others=others),
        db.all(follows_to, me=me, others=others),
        db.all(blocks_from, me=me, others=others),
        db.all(blocks_to, me=me, others=others),
        db.all(mutes_from, me=me, others=others),
        db.all(actors_by_ids, ids=others),
    )
    following = {row.target_id: row for row in rows[0]}
    followers = {row.follower_id: row for row in rows[1]}
    blocking = {row.target_id for row in rows[2]}
    blocked_by = {row.actor_id for row in rows[3]}
    now = api.parts.server.now_ms()
    muting = {
        row.target_id: row for row in rows[4] if row.expires_at is None or row.expires_at > now
    }
    hosts = {actor.id: actor.host for actor in rows[5]}
    blocked = {
        row[0] for row in await db.all(blocked_hosts, me=me, hosts=sorted(set(hosts.values())))
    }
    featured, noted = await asyncio.gather(
        db.all(endorsed_among, me=me, others=others), db.all(notes_about, me=me, others=others)
    )
    endorsed = {row[0] for row in featured}
    notes = {row.target_id: row.text for row in noted}
    answers = []
    for other in others:
        if other not in hosts:
            continue
        follow, back, mute = following.get(other), followers.get(other), muting.get(other)
        accepted = follow is not None and follow.state == FollowState.ACCEPTED
        answers.append(
            {
                "id": str(other),
                "following": accepted,
                "showing_reblogs": bool(follow and follow.shows_boosts),
                "notifying": bool(follow and follow.notifies),
                "languages": (
                    msgspec.json.decode(follow.languages, type=list[str])
                    if follow and follow.languages
                    else None
                ),
                "followed_by": back is not None and back.state == FollowState.ACCEPTED,
                "blocking": other in blocking,
                "blocked_by": other in blocked_by,
                "muting": mute is not None,
                "muting_notifications": bool(mute and mute.hides_notifications),
                "muting_expires_at": iso_or_none(mute.expires_at if mute else None),
                "requested": follow is not None and not accepted,
                "requested_by": back is not None and back.state == FollowState.PENDING,
                "domain_blocking": hosts[other] in blocked,
                "endorsed": other in endorsed,
                "note": notes.get(other, ""),
            }
        )
    return answers
