"""A running server with an author, one reader for each relation of the table, and their posts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.support.asgi import Answer, Caller
from tests.visibility.table import POSTS, RELATIONS
from weft.app import Parts, assembled, web_app
from weft.config.settings import load
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.create import create_account
from weft.domain.accounts.queries import Role
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import RemoteActor, save_remote_actor
from weft.domain.posts.publish import publish
from weft.domain.posts.records import Mention, NewPost, ReplyTo, Tag
from weft.domain.posts.store import add_to_stats, stats_delta
from weft.domain.relations.follow import accept
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

HOST = "127.0.0.1:9999"
FAR = "far.example"
LINK = "https://example.org/tea"
NAMED = [name for name in RELATIONS if name.startswith(("named", "mentioned"))]
FOLLOW_FIRST = ("follower", "blocked", "blocking", "muting")
SCOPES = frozenset({"read", "write", "follow", "push", "admin:read", "admin:write"})


@dataclass(frozen=True)
class Shown:
    """A post of the author, and their answer to somebody else's post, of the same kind."""

    id: int
    uri: str
    answer_id: int
    answer_uri: str


@dataclass(frozen=True)
class Town:
    parts: Parts
    readers: dict[str, Caller]
    ids: dict[str, int]
    """Actors by relation; ``host`` began the thread."""
    root_id: int
    near: dict[str, Shown]
    """The author's posts by kind."""
    far: dict[str, Shown]
    """Those of the author on another server."""
    far_author_id: int

    def posts_of(self, relation: str) -> dict[str, Shown]:
        return self.far if relation == "host_block" else self.near

    def author_id(self, relation: str) -> int:
        return self.far_author_id if relation == "host_block" else self.ids["author"]


@asynccontextmanager
async def build_town(url: str, folder: Path) -> AsyncIterator[Town]:
    settings = load(
        {
            "WEFT_DATA": str(folder),
            "WEFT_DOMAIN": HOST,
            "WEFT_INSECURE_LOOPBACK": "1",
            "WEFT_REQUEST_LIMIT": "0",
            "WEFT_DATABASE_URL": url,
        }
    )
    async with assembled(settings) as parts:
        readers = {"anonymous": Caller(web_app(parts), HOST)}
        ids: dict[str, int] = {}
        for name in [*RELATIONS, "host"]:
            if name != "anonymous":
                ids[name], token = await _person(parts, name)
                readers[name] = readers["anonymous"].with_token(token)
        yield await _lived_in(parts, readers, ids)


async def _person(parts: Parts, name: str) -> tuple[int, str]:
    made = await create_account(
        parts.db,
        parts.server,
        parts.sealer,
        name=name,
        email=f"{name}@example.org",
        password=None,
        role=Role.ADMIN if name == "moderator" else Role.USER,
        reserved_too=True,
    )
    issued = await issue_token(
        parts.db, parts.server, account_id=made.id, scopes=SCOPES, family="mastodon"
    )
    return made.actor.id, issued.token


async def _lived_in(parts: Parts, readers: dict[str, Caller], ids: dict[str, int]) -> Town:
    """What came to pass, in the order in which it would."""
    author = readers["author"]
    locking = await author.call(
        "PATCH", "/api/v1/accounts/update_credentials", form={"locked": "true", "indexable": "true"}
    )
    assert locking.status == 200, locking.text
    for name in (*FOLLOW_FIRST, "pending"):
        await did(readers[name], f"/api/v1/accounts/{ids['author']}/follow")
    for name in FOLLOW_FIRST:
        await did(author, f"/api/v1/follow_requests/{ids[name]}/authorize")
    for relation, reader in readers.items():
        if relation != "anonymous":
            await did(reader, "/api/v1/lists", {"title": "The author"})
    for name in FOLLOW_FIRST:
        [row] = (await readers[name].get("/api/v1/lists")).json
        await did(
            readers[name], f"/api/v1/lists/{row['id']}/accounts", {"account_ids": [ids["author"]]}
        )
    for name in NAMED:
        waits = "filter" if name == "named_filtering" else "accept"
        policy = {"for_private_mentions": waits, "for_not_following": waits}
        answer = await readers[name].call("PATCH", "/api/v2/notifications/policy", json=policy)
        assert answer.status == 200, answer.text
    root = await did(readers["host"], "/api/v1/statuses", {"status": "Who is for tea?"})
    near = {kind: await _post(author, kind, root["id"]) for kind in POSTS}

    far_author = await parts.db.write(save_remote_actor, parts.server, far_actor())
    await did(readers["host_block"], f"/api/v1/accounts/{far_author.id}/follow")
    await parts.db.write(
        accept, parts.server, follower_id=ids["host_block"], target_id=far_author.id
    )
    answered = ReplyTo(
        uri=root["uri"], id=int(root["id"]), author_id=ids["host"], root_id=int(root["id"])
    )
    far = {
        kind: await parts.db.write(_far_post, parts, far_author, ids["host_block"], kind, answered)
        for kind in POSTS
        if kind != "local_only"
    }
    for shown in (*near.values(), *far.values()):
        for post_id in (shown.id, shown.answer_id):
            await parts.db.write(_liked_by_many, post_id)
    for name in ("blocked", "named_blocked"):
        await did(author, f"/api/v1/accounts/{ids[name]}/block")
    await did(readers["blocking"], f"/api/v1/accounts/{ids['author']}/block")
    for name in ("muting", "named_muting"):
        await did(readers[name], f"/api/v1/accounts/{ids['author']}/mute")
    await did(readers["host_block"], "/api/v1/domain_blocks", {"domain": FAR})
    return Town(parts, readers, ids, int(root["id"]), near, far, far_author.id)


async def _liked_by_many(tx: Tx, post_id: int) -> None:
    await tx.run(add_to_stats, of_post=post_id, **stats_delta(likes=9))


async def did(who: Caller, path: str, body: Any = None) -> Any:
    """What a POST answers, if it went well."""
    answer: Answer = await who.post(path, body or {})
    assert answer.status == 200, answer.text
    return answer.json


async def _post(author: Caller, kind: str, root: str) -> Shown:
    names = " ".join(f"@{name}" for name in NAMED)
    reach = {"local_only": True} if kind == "local_only" else {"visibility": kind}
    draft = {"status": f"A {kind} word for {names} #tea {LINK}", **reach}
    made = await did(author, "/api/v1/statuses", draft)
    answer = await did(author, "/api/v1/statuses", {**draft, "in_reply_to_id": root})
    return Shown(int(made["id"]), made["uri"], int(answer["id"]), answer["uri"])


def far_actor() -> RemoteActor:
    base = f"https://{FAR}/users/far"
    return RemoteActor(
        uri=base,
        kind=ActorKind.PERSON,
        username="far",
        domain=FAR,
        host=FAR,
        url=f"https://{FAR}/@far",
        inbox=f"{base}/inbox",
        discoverable=True,
        indexable=True,
    )


async def _far_post(
    tx: Tx, parts: Parts, author: Actor, named: int, kind: str, answered: ReplyTo
) -> Shown:
    reach = {
        "public": Visibility.PUBLIC,
        "unlisted": Visibility.UNLISTED,
        "private": Visibility.FOLLOWERS,
        "direct": Visibility.DIRECT,
    }[kind]
    new = NewPost(
        author_id=author.id,
        visibility=reach,
        content=f'<p>A {kind} word <a href="{LINK}">tea</a></p>',
        audience=(Mention(named),),
        tags=(Tag("tea", "tea"),),
        uri=f"https://{FAR}/{kind}",
    )
    made = await publish(tx, parts.server, new)
    answer = await publish(
        tx, parts.server, replace(new, uri=f"{made.uri}/answer", reply_to=answered)
    )
    return Shown(made.id, made.uri, answer.id, answer.uri)
