"""Poll: it changes with each vote, so it is never kept."""

from typing import Any

from weft.domain.posts.marks import votes_by
from weft.domain.posts.queries import PollOptionRow, PollRow, poll_options_of, polls_of
from weft.domain.posts.records import Post, post_facets
from weft.platforms.mastodon.api.entities.values import emojis, iso_or_none
from weft.platforms.mastodon.api.routing import Api


async def poll_entities(
    api: Api, posts: list[Post], viewer_id: int | None
) -> dict[int, dict[str, Any]]:
    """The polls of ``posts`` by post id."""
    db, post_ids = api.parts.db, [post.id for post in posts]
    by_id = {post.id: post for post in posts}
    shown_at = api.parts.server.shown_at
    polls = await db.all(polls_of, ids=post_ids)
    options: dict[int, list[PollOptionRow]] = {}
    for option in await db.all(poll_options_of, ids=post_ids):
        options.setdefault(option.post_id, []).append(option)
    votes: dict[int, list[int]] = {}
    if viewer_id is not None:
        for vote in await db.all(votes_by, viewer=viewer_id, ids=post_ids):
            votes.setdefault(vote.post_id, []).append(vote.position)
    now = api.parts.server.now_ms()
    answers = {}
    for poll in polls:
        entity = _poll(poll, options.get(poll.post_id, []), now)
        facets = post_facets(by_id[poll.post_id].facets)
        entity["emojis"] = emojis(facets.emojis, shown_at)
        if viewer_id is not None:
            mine = sorted(votes.get(poll.post_id, []))
            entity["voted"] = bool(mine) or by_id[poll.post_id].author_id == viewer_id
            entity["own_votes"] = mine
        answers[poll.post_id] = entity
    return answers


def _poll(poll: PollRow, options: list[PollOptionRow], now: int) -> dict[str, Any]:
    options = sorted(options, key=lambda option: option.position)
    ended = poll.closed_at is not None or (poll.ends_at is not None and poll.ends_at <= now)
    hidden = poll.hide_totals and not ended
    total = sum(option.votes for option in options)
    return {
        "id": str(poll.post_id),
        "expires_at": iso_or_none(poll.ends_at),
        "expired": ended,
        "multiple": poll.multiple,
        "votes_count": total,
        "voters_count": max(poll.voters, 0) if poll.multiple or poll.voters else total,
        "options": [
            {"title": option.title, "votes_count": None if hidden else option.votes}
            for option in options
        ],
    }
