"""A server with two communities, a thread in one of them and a tree of comments under it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.support.asgi import Caller
from tests.support.databases import sql
from weft.app import Parts, assembled, web_app
from weft.config.settings import load
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.create import create_account
from weft.domain.accounts.queries import Role
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.communities.create import create_community
from weft.domain.communities.write import comment, post_thread
from weft.domain.posts.queries import post_by_id
from weft.domain.reactions.react import ReactionKind, react
from weft.domain.relations.block import block
from weft.domain.relations.follow import follow
from weft.domain.server import now_ms
from weft.storage.migrate import upgrade


@dataclass(slots=True)
class Clock:
    """How far the server's clock is ahead."""

    ahead_ms: int = 0


@dataclass(slots=True)
class Village:
    parts: Parts
    anyone: Caller
    alice: Caller
    bob: Caller
    """Each with a token of the Lemmy family."""
    clock: Clock
    accounts: dict[str, int]
    actors: dict[str, int]
    nums: dict[str, int]
    posts: dict[str, int] = field(default_factory=dict)

    async def actor(self, name: str) -> Actor:
        row = await self.parts.db.one(actor_by_id, id=self.actors[name])
        assert row is not None
        return row

    async def follow(self, who: str, target: str) -> None:
        follower, followed = await self.actor(who), await self.actor(target)
        await self.parts.db.write(follow, self.parts.server, follower=follower, target=followed)

    async def blocks(self, who: str, target: str) -> None:
        await self.parts.db.write(
            block, self.parts.server, actor_id=self.actors[who], target_id=self.actors[target]
        )

    async def votes(self, who: str, name: str, kind: ReactionKind) -> None:
        await self.parts.db.write(
            react, self.parts.server, actor_id=self.actors[who], post_id=self.posts[name],
            kind=kind, local=True,
        )  # fmt: skip

    async def suspend(self, name: str) -> None:
        """As an operator with a shell would."""
        url, id_ = self.parts.settings.database_url, self.actors[name]
        sql(url, f"UPDATE actor SET suspended_at = 1 WHERE id = {id_}")

    async def thread(self, name: str, community: str = "tea", **more: str) -> int:
        made = await self.parts.db.write(
            post_thread,
            self.parts.server,
            author_id=self.actors["alice"],
            community_id=self.actors[community],
            title=name,
            **more,
        )
        self.posts[name] = made.id
        return await self.num(made.id)

    async def answer(self, name: str, to: str, by: str = "bob", community: str = "tea") -> int:
        made = await self.parts.db.write(
            comment,
            self.parts.server,
            author_id=self.actors[by],
            community_id=self.actors[community],
            parent_id=self.posts[to],
            text=name,
        )
        self.posts[name] = made.id
        return await self.num(made.id)

    async def num(self, post_id: int) -> int:
        row = await self.parts.db.one(post_by_id, id=post_id)
        assert row is not None
        return row.num


@pytest.fixture
async def village(tmp_path: Path, database_url: str) -> AsyncIterator[Village]:
    settings = load(
        {
            "WEFT_DATA": str(tmp_path),
            "WEFT_DOMAIN": "127.0.0.1:9999",
            "WEFT_INSECURE_LOOPBACK": "1",
            "WEFT_DATABASE_URL": database_url,
            "WEFT_TITLE": "The Village",
        }
    )
    await upgrade(settings.database_url)
    async with assembled(settings) as parts:
        await parts.instance.ensure()
        clock = Clock()
        parts.server = replace(parts.server, now_ms=lambda: now_ms() + clock.ahead_ms)
        accounts, actors, nums, tokens = {}, {}, {}, {}
        for name in ("alice", "bob"):
            made = await create_account(
                parts.db, parts.server, parts.sealer, name=name, email=None, password=None,
                role=Role.ADMIN if name == "alice" else Role.USER,
            )  # fmt: skip
            accounts[name], actors[name], nums[name] = made.id, made.actor.id, made.actor.num
            issued = await issue_token(
                parts.db, parts.server, account_id=made.id, scopes=frozenset({"read"}),
                family="lemmy",
            )  # fmt: skip
            tokens[name] = issued.token
        for name, title, by in (
            ("tea", "Tea and Biscuits", actors["alice"]), ("rain", "Rain", None)
        ):  # fmt: skip
            group = await create_community(
                parts.db, parts.server, parts.sealer, name=name, title=title, creator_id=by
            )
            actors[name], nums[name] = group.id, group.num
        anyone = Caller(web_app(parts), settings.host)
        alice, bob = (anyone.with_token(tokens[name]) for name in ("alice", "bob"))
        here = Village(parts, anyone, alice, bob, clock, accounts, actors, nums)
        yield here
