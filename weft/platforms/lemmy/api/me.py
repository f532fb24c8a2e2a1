"""Who is signed in, as Lemmy's apps learn it from ``/site``."""

from typing import Any

from weft.domain.accounts.queries import Role, account_by_actor
from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import ActorKind
from weft.domain.communities.queries import communities_followed, hosts_by_names, moderated_by
from weft.domain.relations.lists import blocked_by, hosts_blocked_by
from weft.platforms.lemmy.api.loading import load
from weft.platforms.lemmy.api.routing import ApiError, Call
from weft.platforms.lemmy.api.views import (
    UNDETERMINED,
    community,
    instance,
    person,
    person_view,
    time,
)
from weft.storage.ids import MAX_ID

MOST_EDGES = 10_000

# What Weft keeps no setting for, as its API behaves: everything is listed, and apps hide.
_SETTINGS: dict[str, Any] = {
    "show_nsfw": True,
    "blur_nsfw": True,
    "theme": "browser",
    "default_sort_type": "Active",
    "default_listing_type": "Local",
    "interface_language": "browser",
    "show_avatars": True,
    "send_notifications_to_email": False,
    "show_scores": True,
    "show_bot_accounts": True,
    "show_read_posts": True,
    "open_links_in_new_tab": False,
    "auto_expand": False,
    "infinite_scroll_enabled": False,
    "post_listing_mode": "List",
    "totp_2fa_enabled": False,
    "enable_keyboard_navigation": False,
    "enable_animated_images": True,
    "collapse_bot_comments": False,
}


async def my_user(call: Call, me: int) -> dict[str, Any]:
    """A ``MyUserInfo``.

    Raises:
        ApiError: the account went away just now.
    """
    db = call.db
    account = await db.one(account_by_actor, actor_id=me)
    followed = [row[0] for row in await db.all(communities_followed, viewer=me, limit=MOST_EDGES)]
    moderated = [row[0] for row in await db.all(moderated_by, actor_id=me, limit=MOST_EDGES)]
    edges = await db.all(blocked_by, actor_id=me, max_id=MAX_ID + 1, min_id=0, limit=MOST_EDGES)
    blocked = [row.id for row in edges]
    rows = await db.all(actors_by_ids, ids=sorted({me, *followed, *moderated, *blocked}))
    actors = {row.id: row for row in rows}
    if account is None or me not in actors:
        raise ApiError(401, "incorrect_login")
    names = [row[0] for row in await db.all(hosts_blocked_by, actor_id=me, limit=MOST_EDGES)]
    hosts = await db.all(hosts_by_names, names=names)
    found = await load(call, actors=[actors[me]], beside=rows)
    mine = person(found, actors[me])

    def groups(ids: list[int]) -> list[dict[str, Any]]:
        return [community(found, actors[each]) for each in ids if each in actors]

    hidden = [actors[each] for each in blocked if each in actors]
    return {
        "local_user_view": {
            "local_user": _SETTINGS
            | {
                "id": actors[me].num,
                "person_id": actors[me].num,
                "email_verified": account.confirmed_at is not None,
                "accepted_application": account.approved_at is not None,
                "admin": account.role >= Role.ADMIN,
                "last_donation_notification": time(account.created_at),
            }
            | ({"email": account.email} if account.email else {}),
            "local_user_vote_display_mode": {
                "local_user_id": actors[me].num,
                "score": True,
                "upvotes": True,
                "downvotes": True,
                "upvote_percentage": False,
            },
            "person": mine,
            "counts": person_view(found, actors[me])["counts"],
        },
        "follows": [{"community": each, "follower": mine} for each in groups(followed)],
        "moderates": [{"community": each, "moderator": mine} for each in groups(moderated)],
        "community_blocks": [
            {"person": mine, "community": community(found, each)}
            for each in hidden
            if each.kind == ActorKind.GROUP
        ],
        "instance_blocks": [{"person": mine, "instance": instance(each)} for each in hosts],
        "person_blocks": [
            {"person": mine, "target": person(found, each)}
            for each in hidden
            if each.kind != ActorKind.GROUP
        ],
        "discussion_languages": [UNDETERMINED],
    }
