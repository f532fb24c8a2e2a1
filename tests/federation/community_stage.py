"""A community of ours that Lena moderates, those who follow it, and what they are told."""

import json
from typing import Any

from tests.federation.corpus.playing import At
from tests.support.fediverse import Reply
from weft.domain.actors.records import Actor
from weft.domain.communities.create import create_community
from weft.domain.communities.moderate import log_of
from weft.domain.communities.write import post_thread
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Post

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
DAVE, EVE = "https://lemmy.example/u/dave", "https://lemmy.example/u/eve"
ANN = "https://mastodon.example/users/ann"
LEMMY_INBOX, MICROBLOG_INBOX = f"{DAVE}/inbox", f"{ANN}/inbox"


async def runs_lemmy(at: At) -> None:
    """What Dave's server says that it is."""
    origin = (await at.place(DAVE)).partition("/u/")[0]
    link = {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": f"{origin}/nodeinfo"}
    said = {"version": "2.1", "software": {"name": "lemmy", "version": "0.19.20"}}
    for path, body in (("/.well-known/nodeinfo", {"links": [link]}), ("/nodeinfo", said)):
        at.stage.others.answer(f"{origin}{path}", Reply(body=json.dumps(body).encode()))


async def opened(at: At, *followers: str, **more: Any) -> Actor:
    """A community that Lena moderates."""
    parts = at.stage.parts
    group = await create_community(
        parts.db, parts.server, parts.sealer, name="tea", title="Tea",
        creator_id=at.stage.lena.id, **more,
    )  # fmt: skip
    await runs_lemmy(at)
    for number, each in enumerate(followers):
        await at.person(each)
        follow = {"id": f"{each}#f{number}", "type": "Follow", "actor": each, "object": group.uri}
        await at.deliver(follow, f"/ap/actors/{group.id}/inbox")
    if followers:
        await at.stage.until(lambda: len(at.stage.told("Accept")) == len(followers))
    return group


async def thread(at: At, group: Actor, title: str = "Best tea?", **more: Any) -> Post:
    """Begun by Lena."""
    made = await at.stage.parts.db.write(
        post_thread, at.stage.parts.server, author_id=at.stage.lena.id, community_id=group.id,
        title=title, **more,
    )  # fmt: skip
    found = await at.stage.parts.db.one(post_by_uri, uri=made.uri)
    assert found is not None
    return found


async def passed_on(at: At, kind: str, count: int = 1, to: str = LEMMY_INBOX) -> list[Any]:
    """The Announces of activities of a kind that an inbox got."""
    inbox = await at.place(to)

    def look() -> list[Any]:
        found = [
            body for where, body in at.stage.told("Announce")
            if where == inbox and isinstance(body["object"], dict) and body["object"]["type"] == kind
        ]  # fmt: skip
        return found if len(found) >= count else []

    return await at.stage.until(look)


async def boosted(at: At, uri: str, to: str) -> list[Any]:
    """The Announces of a bare post that an inbox got."""
    inbox = await at.place(to)

    def look() -> list[Any]:
        told = at.stage.told("Announce")
        return [body for where, body in told if where == inbox and body["object"] == uri]

    return await at.stage.until(look)


async def page(
    at: At, group: Actor, by: str = DAVE, number: int = 1, **more: Any
) -> dict[str, Any]:
    """A thread from Lemmy, delivered; its Create."""
    place = {"to": [group.uri, PUBLIC], "audience": group.uri}
    uri = f"{by}/post/{number}"
    document = {
        "id": uri, "type": "Page", "attributedTo": by, "name": "Kettles", "content": "<p>Which?</p>",
        "published": "2026-10-01T12:00:00Z", **place, **more,
    }  # fmt: skip
    create = {
        "@context": ["https://join-lemmy.org/context.json", "https://www.w3.org/ns/activitystreams"],
        "id": f"{by}/activities/create/{number}", "type": "Create", "actor": by, "cc": [],
        "object": document, "unheardOf": {"kept": [1, 2.5, None]}, **place,
    }  # fmt: skip
    await at.person(by)
    await at.deliver(create)
    placed: dict[str, Any] = await at.place(create)
    return placed


async def log(at: At, group: Actor) -> list[tuple[int, str | None]]:
    rows = await at.stage.parts.db.all(log_of, community_id=group.id, before=2**62, limit=20)
    return [(row.action, row.reason) for row in reversed(rows)]


async def read(at: At, uri: str) -> Any:
    path = uri.removeprefix(at.stage.parts.server.origin)
    answer = await at.stage.anyone.call(
        "GET", path, headers={"Accept": "application/activity+json"}
    )
    assert answer.status == 200, answer.text
    return answer.json
