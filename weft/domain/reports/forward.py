"""Who else is told of a report: the target's server, and communities that reported posts are in.

A community hears of each post by itself: Lemmy reads one of a report (section 1 of its interop notes).
"""

from collections.abc import Sequence

from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor
from weft.domain.communities.queries import communities_of, moderators_of
from weft.domain.events import Reported
from weft.domain.posts.records import Post
from weft.storage.database import Tx

MOST_DOMAINS = 10
MOST_FOR_COMMUNITIES = 20
"""Posts of one report that communities are told of."""


async def receivers(
    tx: Tx,
    target: Actor,
    posts: Sequence[Post],
    more: Sequence[str],
    *,
    forward: bool,
    to_domains: Sequence[str],
) -> list[Reported]:
    """What is told to whom, without the report's own members. ``more`` are ids that the target's server
    is told of besides the posts."""
    told = await _communities(tx, target, posts, forward=forward)
    if not forward:
        return told
    uris = (target.uri, *(post.uri for post in posts), *more)
    people = {} if target.local else {target.domain: target.id}
    wanted = {each.strip().casefold() for each in to_domains[:MOST_DOMAINS]}
    if wanted:
        answered = [each.in_reply_to_author_id for each in posts if each.in_reply_to_author_id]
        for person in await tx.all(actors_by_ids, ids=answered):
            if not person.local and person.domain in wanted:
                people.setdefault(person.domain, person.id)
    return [*told, *(_said(each, uris) for each in people.values())]


async def _communities(
    tx: Tx, target: Actor, posts: Sequence[Post], *, forward: bool
) -> list[Reported]:
    uris = {each.id: each.uri for each in posts[:MOST_FOR_COMMUNITIES]}
    rows = await tx.all(communities_of, ids=list(uris)) if uris else []
    lies_in = {(row.post_id, row.community_id) for row in rows}
    ids = sorted({row.community_id for row in rows})
    found = {row.id: row for row in await tx.all(actors_by_ids, ids=ids)} if ids else {}
    # A moderator elsewhere of a community of ours is told as those here are.
    elsewhere = await _moderated_elsewhere(tx, [each.id for each in found.values() if each.local])
    told = []
    for place in found.values():
        if not (place.id in elsewhere if place.local else forward):
            continue
        # In the order in which the report names them: a post's id tells none among those of one moment.
        inside = [each for each in uris if (each, place.id) in lies_in]
        told += [_said(place.id, (uris[each], target.uri), place.uri) for each in inside]
    return told


async def _moderated_elsewhere(tx: Tx, communities: list[int]) -> set[int]:
    """Which of them have a moderator on another server."""
    rows = await tx.all(moderators_of, ids=communities) if communities else []
    ids = sorted({row.actor_id for row in rows})
    people = await tx.all(actors_by_ids, ids=ids) if ids else []
    others = {person.id for person in people if not person.local}
    return {row.community_id for row in rows if row.actor_id in others}


def _said(target_id: int, uris: tuple[str, ...], community_uri: str | None = None) -> Reported:
    return Reported(
        report_id=0, actor_id=0, target_id=target_id, uris=uris, comment="",
        community_uri=community_uri,
    )  # fmt: skip
