"""Every cell of the table, asked of a running server over HTTP, on both engines."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import pytest
import pytest_asyncio

from tests.support.asgi import Answer, Caller
from tests.support.databases import Databases, chosen, sql
from tests.support.streams import all_told, listening
from tests.visibility.table import POSTS, RELATIONS, cells
from tests.visibility.town import HOST, LINK, Shown, Town, build_town
from weft.domain.news import PostCame, PostGone
from weft.domain.posts.queries import audience_of, post_by_id
from weft.storage.statements import ENGINES, Engine

beside = pytest.mark.asyncio(loop_scope="module")
"""In the loop of the server."""

TABLE = cells()
ACTIVITY = {"accept": "application/activity+json"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=ENGINES)
async def town(
    request: pytest.FixtureRequest,
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Town]:
    engine: Engine = chosen(request.param)
    folder = tmp_path_factory.mktemp("town")
    with databases.new(engine, folder) as url:
        async with build_town(url, folder) as built:
            yield built


class Asked:
    """One reader who looks for one post."""

    def __init__(self, town: Town, relation: str, post: Shown) -> None:
        self.town, self.post, self.reader = town, post, town.readers[relation]
        self.relation = relation
        self.author_id = town.author_id(relation)
        self.path = f"/api/v1/statuses/{post.id}"

    async def is_there(self, path: str) -> bool:
        """Is the answer the thing itself, rather than that there is no such thing?"""
        answer = await self.reader.get(path)
        assert answer.status in (200, 404), answer.text
        return answer.status == 200

    async def answer(self, path: str, **query: Any) -> Any:
        answer = await self.reader.get(path, **query)
        assert answer.status == 200, answer.text
        return answer.json

    async def lists(self, path: str, **query: Any) -> bool:
        """Is the post among the statuses of an answer?"""
        return self.is_among(await self.answer(path, **query))

    def is_among(self, statuses: list[dict[str, Any]]) -> bool:
        return str(self.post.id) in [each["id"] for each in statuses]

    async def document(self, path: str) -> Answer:
        """As another server reads it, without a signature."""
        answer = await self.reader.call("GET", path, headers=ACTIVITY)
        assert answer.status in (200, 404), answer.text
        return answer


async def thread(asked: Asked) -> bool:
    below = await asked.answer(f"/api/v1/statuses/{asked.town.root_id}/context")
    return str(asked.post.answer_id) in [each["id"] for each in below["descendants"]]


async def notifications(asked: Asked) -> bool:
    entries = await asked.answer("/api/v1/notifications", limit=80)
    return asked.is_among([each["status"] for each in entries if "status" in each])


async def grouped(asked: Asked) -> bool:
    answer = await asked.answer("/api/v2/notifications", limit=80)
    return asked.is_among(answer["statuses"])


async def of_author(asked: Asked) -> list[dict[str, Any]]:
    """What the author notified of, with what waits."""
    entries: list[dict[str, Any]] = await asked.answer(
        "/api/v1/notifications", limit=80, account_id=asked.author_id
    )
    return entries


async def one_group(asked: Asked) -> bool:
    """A group that the reader knows of, or (where none is shown) every one that there is."""
    about = f"owner_id = {asked.town.ids[asked.relation]} AND post_id = {asked.post.id}"
    rows = sql(asked.town.parts.settings.database_url, f"SELECT id FROM notification WHERE {about}")
    for row in rows:
        answer = await asked.reader.get(f"/api/v2/notifications/ungrouped-{row[0]}")
        assert answer.status in (200, 404), answer.text
        if answer.status == 200 and asked.is_among(answer.json["statuses"]):
            return True
    return False


async def waiting(asked: Asked) -> bool:
    return asked.is_among([each["status"] for each in await of_author(asked) if "status" in each])


async def request(asked: Asked) -> bool:
    """The last post of a request, with the author's posts one after the other as the last."""
    url = asked.town.parts.settings.database_url
    sql(url, f"UPDATE notification_request SET last_post_id = {asked.post.id}")
    entries = await asked.answer("/api/v1/notifications/requests", limit=80)
    return asked.is_among([each["last_status"] for each in entries if each["last_status"]])


async def conversations(asked: Asked) -> bool:
    entries = await asked.answer("/api/v1/conversations", limit=40)
    return asked.is_among([each["last_status"] for each in entries if each["last_status"]])


async def search(asked: Asked) -> bool:
    found = await asked.answer("/api/v2/search", q=asked.post.uri, resolve="true")
    return asked.is_among(found["statuses"])


async def words(asked: Asked) -> bool:
    """By a word of the text."""
    found = await asked.answer("/api/v2/search", q="word", type="statuses", limit="40")
    return asked.is_among(found["statuses"])


async def outbox(asked: Asked) -> bool:
    answer = await asked.document(f"/ap/actors/{asked.author_id}/outbox?page=true")
    return asked.post.uri in [each["object"]["id"] for each in answer.json["orderedItems"]]


async def replies(asked: Asked) -> bool:
    answer = await asked.document(f"/ap/posts/{asked.town.root_id}/replies")
    return asked.post.answer_uri in answer.json["first"]["items"]


async def by_document(asked: Asked, part: str = "") -> bool:
    return (await asked.document(f"/ap/posts/{asked.post.id}{part}")).status == 200


async def list_timeline(asked: Asked) -> bool:
    """In a list of the reader's own."""
    return await asked.lists(f"/api/v1/timelines/list/{await _list_with(asked)}", limit="40")


async def _list_with(asked: Asked) -> str:
    """The reader's list with the author in it, if they follow them: else it takes nobody."""
    [row] = await asked.answer("/api/v1/lists")
    adding = await asked.reader.post(
        f"/api/v1/lists/{row['id']}/accounts", {"account_ids": [str(asked.author_id)]}
    )
    assert adding.status in (200, 404), adding.text
    return str(row["id"])


async def in_report(asked: Asked) -> bool:
    """Somebody whom the post names reports it; the reader looks at the queue."""
    made = await asked.town.readers["mentioned"].post(
        "/api/v1/reports", {"account_id": asked.author_id, "status_ids": [asked.post.id]}
    )
    assert made.status == 200, made.text
    answer = await asked.reader.get(f"/api/v1/admin/reports/{made.json['id']}")
    assert answer.status == 200, answer.text
    return asked.is_among(answer.json["statuses"])


async def streams(asked: Asked, path: str) -> bool:
    """Does the post come in a stream of the reader, when it is told of anew?"""
    hub = asked.town.parts.hub
    async with listening(asked.reader.app, HOST, asked.reader.token, path) as heard:
        assert heard.status == 200, heard.text
        hub.hear(PostCame(asked.post.id))
        await all_told(hub)
        return str(asked.post.id) in heard.ids("update")


async def stream_of_gone(asked: Asked) -> bool:
    """Does the reader's own stream tell that the post was deleted?"""
    db, hub = asked.town.parts.db, asked.town.parts.hub
    post = await db.one(post_by_id, id=asked.post.id)
    assert post is not None
    named = [row.actor_id for row in await db.all(audience_of, ids=[post.id])]
    word = PostGone(
        post_id=post.id,
        author_id=post.author_id,
        visibility=post.visibility,
        local=post.local,
        local_only=post.local_only,
        is_boost=False,
        answers_others=False,
        named=tuple(named),
    )
    async with listening(asked.reader.app, HOST, asked.reader.token, "user") as heard:
        hub.hear(word)
        await all_told(hub)
        return ("delete", post.id) in heard.events


async def list_stream(asked: Asked) -> bool:
    return await streams(asked, f"list?list={await _list_with(asked)}")


Ask: TypeAlias = Callable[[Asked], Awaitable[bool]]

ROUTES: dict[str, Ask] = {
    "status": lambda asked: asked.is_there(asked.path),
    "several": lambda asked: asked.lists(f"/api/v1/statuses?id[]={asked.post.id}"),
    "context": lambda asked: asked.is_there(f"{asked.path}/context"),
    "history": lambda asked: asked.is_there(f"{asked.path}/history"),
    "liked": lambda asked: asked.is_there(f"{asked.path}/favourited_by"),
    "boosted": lambda asked: asked.is_there(f"{asked.path}/reblogged_by"),
    "search": search,
    "words": words,
    "page": lambda asked: asked.is_there(f"/@author/{asked.post.id}"),
    "thread": thread,
    "account": lambda asked: asked.lists(
        f"/api/v1/accounts/{asked.author_id}/statuses", limit="40"
    ),
    "home": lambda asked: asked.lists("/api/v1/timelines/home", limit="40"),
    "public": lambda asked: asked.lists("/api/v1/timelines/public", limit="40"),
    "tag": lambda asked: asked.lists("/api/v1/timelines/tag/tea", limit="40"),
    "notifications": notifications,
    "list": list_timeline,
    "grouped": grouped,
    "one_group": one_group,
    "waiting": waiting,
    "request": request,
    "conversations": conversations,
    "direct_line": lambda asked: asked.lists("/api/v1/timelines/direct", limit="40"),
    "trends": lambda asked: asked.lists("/api/v1/trends/statuses", limit="40"),
    "link": lambda asked: asked.lists("/api/v1/timelines/link", limit="40", url=LINK),
    "report": in_report,
    "stream": lambda asked: streams(asked, "user"),
    "stream_public": lambda asked: streams(asked, "public"),
    "stream_tag": lambda asked: streams(asked, "hashtag?tag=tea"),
    "stream_list": list_stream,
    "stream_gone": stream_of_gone,
    "document": by_document,
    "activity": lambda asked: by_document(asked, "/activity"),
    "outbox": outbox,
    "replies": replies,
}


async def observed(town: Town, route: str, relation: str) -> str:
    """What the server does, written as a cell."""
    signs = ""
    shown = town.posts_of(relation)
    for kind in POSTS:
        if kind not in shown:
            signs += "."
        else:
            seen = await ROUTES[route](Asked(town, relation, shown[kind]))
            signs += "+" if seen else "-"
    return signs


@beside
@pytest.mark.parametrize("route", ROUTES)
async def test_who_sees_what(town: Town, route: str) -> None:
    expected = {relation: cell for relation, cell in TABLE[route].items() if cell.strip(".") != ""}
    assert expected
    found = {relation: await observed(town, route, relation) for relation in expected}
    assert found == expected


def test_the_table_is_whole() -> None:
    assert TABLE.keys() == ROUTES.keys()
    for route, rows in TABLE.items():
        assert rows.keys() <= RELATIONS.keys(), route
        assert all(len(cell) == len(POSTS) and set(cell) <= set("+-.") for cell in rows.values())
    by_servers = {"document", "activity", "outbox", "replies"}
    assert all(rows.keys() == RELATIONS.keys() for r, rows in TABLE.items() if r not in by_servers)


@beside
async def test_what_only_its_reader_may_do_needs_the_post_to_be_seen(town: Town) -> None:
    """Reacting to a post is no way to learn that it is there."""
    hidden = town.near["private"]
    stranger: Caller = town.readers["stranger"]
    for action in ("favourite", "reblog", "bookmark", "mute"):
        answer = await stranger.post(f"/api/v1/statuses/{hidden.id}/{action}")
        assert answer.status == 404, action
    answering = await stranger.post(
        "/api/v1/statuses", {"status": "What?", "in_reply_to_id": str(hidden.id)}
    )
    assert answering.status in (404, 422)
