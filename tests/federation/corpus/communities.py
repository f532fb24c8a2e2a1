"""Communities of other servers on the stage: made, written in, and looked at afterwards."""

from typing import Any

from tests.federation.corpus.playing import At
from weft.domain.actors.records import Actor
from weft.domain.communities.moderate import log_of
from weft.domain.communities.queries import communities_of, moderators_of
from weft.domain.communities.records import Action
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Post, post_facets


async def community(
    at: At, uri: str, *moderators: str, followed: bool = True, **more: Any
) -> Actor:
    """A community that Lena follows, with its list of moderators."""
    members = {"attributedTo": f"{uri}/moderators", "featured": f"{uri}/featured"}
    await at.person(uri, type="Group", **(members | more))
    listed = {"id": f"{uri}/moderators", "type": "OrderedCollection", "orderedItems": [*moderators]}
    await at.serve(listed)
    for each in moderators:
        await at.person(each)
    group = await at.actor(uri)
    if followed:
        await at.lena_follows(uri, accepted=True)
    return group


async def post(at: At, uri: str) -> Post | None:
    return await at.stage.parts.db.one(post_by_uri, uri=await at.place(uri))


async def stored(at: At, uri: str) -> Post:
    found = await post(at, uri)
    assert found is not None, at.verdicts()
    return found


async def thread(at: At, uri: str, author: str, place: str, **more: Any) -> Post:
    """A thread of a community, or with ``inReplyTo`` a comment, as its author sends it."""
    page: dict[str, Any] = {
        "id": uri, "type": "Page", "name": "A thread", "attributedTo": author, "audience": place,
        "to": [place, "https://www.w3.org/ns/activitystreams#Public"], "content": "<p>Text</p>",
    } | more  # fmt: skip
    if "inReplyTo" in page:
        page = {key: value for key, value in page.items() if key != "name"} | {
            "type": "Note", "distinguished": False,
        }  # fmt: skip
    await at.person(author)
    await at.serve(page)
    await at.deliver(
        {
            "id": f"{uri}/create",
            "type": "Create",
            "actor": author,
            "to": page["to"],
            "object": page,
        },
    )
    found = await post(at, uri)
    if found is None:
        await at.lena_follows(author, accepted=True)
        await at.deliver(
            {
                "id": f"{uri}/create2",
                "type": "Create",
                "actor": author,
                "to": page["to"],
                "object": page,
            }
        )
    return await stored(at, uri)


async def bring(at: At, **changed: Any) -> None:
    """The payload, from an actor that its server shows."""
    payload = at.payload | changed
    if await at.place(payload["actor"]) not in at.stage.others.replies:
        await at.person(payload["actor"])
    await at.deliver(payload)


async def places(at: At, of: Post) -> list[int]:
    rows = await at.stage.parts.db.all(communities_of, ids=[of.id])
    return [row.community_id for row in rows]


async def moderators(at: At, group: Actor) -> set[int]:
    rows = await at.stage.parts.db.all(moderators_of, ids=[group.id])
    return {row.actor_id for row in rows}


async def done(at: At, group: Actor) -> list[tuple[Action, str | None]]:
    """The community's log, the oldest first."""
    rows = await at.stage.parts.db.all(log_of, community_id=group.id, before=2**62, limit=20)
    return [(Action(row.action), row.reason) for row in reversed(rows)]


def thread_of(of: Post) -> Any:
    facets = post_facets(of.facets)
    assert facets.thread is not None
    return facets.thread


async def votes(at: At, of: Post) -> tuple[int, int]:
    (row,) = at.rows(f"SELECT likes, dislikes FROM post_stats WHERE post_id = {of.id}")
    return row[0], row[1]


async def home(at: At) -> list[dict[str, Any]]:
    answer = await at.stage.api.get("/api/v1/timelines/home")
    shown: list[dict[str, Any]] = answer.json
    return shown
