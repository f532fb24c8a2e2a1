"""What a request is about: a community or person by number or name, a post by number."""

from weft.domain.actors.queries import actors_by_handles
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.queries import actors_by_nums, communities_of, post_ids_by_nums
from weft.domain.posts.queries import posts_for
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.lemmy.api.routing import ApiError, Call, not_found


async def find_actor(call: Call, number: str, name: str, *, group: bool) -> Actor | None:
    """By one of two parameters; None if neither is given.

    Raises:
        ApiError: 404.
    """
    num, typed = call.num(number), call.text(name, 500)
    if num is None and typed is None:
        return None
    if num is not None:
        rows = await call.db.all(actors_by_nums, nums=[num])
    else:
        word, _, domain = (typed or "").lstrip("!@").partition("@")
        handle = f"{word}@{domain or call.api.parts.server.domain}".casefold()
        rows = await call.db.all(actors_by_handles, handles=[handle])
    found = next((each for each in rows if (each.kind == ActorKind.GROUP) is group), None)
    if found is None or not found.stands:
        raise not_found("community" if group else "person")
    return found


async def the_actor(call: Call, number: str, name: str, *, group: bool) -> Actor:
    """As ``find_actor``, but one of the parameters has to be there."""
    found = await find_actor(call, number, name, group=group)
    if found is None:
        raise ApiError(400, "no_id_given", f"{number} or {name} is missing.")
    return found


async def posts_by_ids(call: Call, ids: list[int]) -> list[Post]:
    """As far as the viewer may see them."""
    rows: list[Post] = await call.db.all(
        posts_for,
        who=kind_of(call.viewer),
        purpose="show",
        ids=ids,
        **viewer_params(call.viewer, call.now, "show"),
    )
    return rows


async def find_post(call: Call, num: int | None, what: str) -> Post:
    """A thread (``what`` is ``post``) or a comment.

    Raises:
        ApiError: 404, or 400 without a number.
    """
    if num is None:
        raise ApiError(400, "no_id_given", "id is missing.")
    ids = [row[0] for row in await call.db.all(post_ids_by_nums, nums=[num])]
    rows = await posts_by_ids(call, ids) if ids else []
    in_one = {row.post_id for row in await call.db.all(communities_of, ids=ids)} if ids else set()
    wanted = what == "comment"
    for row in rows:
        if row.id in in_one and (row.in_reply_to_uri is not None) is wanted:
            return row
    raise not_found(what)
