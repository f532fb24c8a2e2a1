"""After a server is suspended, no address of ours shows anything of it; afterwards all is there again."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.platforms.mastodon.conftest import House, built
from tests.support.asgi import Answer, Caller
from weft.app import OFFERED
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.queries import account_by_actor
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor, ActorFacets, ActorKind, Field
from weft.domain.actors.store import RemoteActor, save_remote_actor
from weft.domain.moderation.domains import decide, take_back
from weft.domain.moderation.domains_rules import Decision, Severity
from weft.domain.posts.publish import boost, publish
from weft.domain.posts.records import Mention, NewPost, PostKind, ReplyTo, Tag
from weft.domain.reactions.react import ReactionKind, react
from weft.domain.relations.follow import follow
from weft.domain.visibility.viewer import Visibility
from weft.jobs.domains import DomainWork
from weft.platforms.lemmy.api import app as lemmy
from weft.platforms.mastodon.api.app import ROUTES
from weft.web import app as web

MARK = "zebrafinch"
"""In everything that the far person shows and says."""
FAR = "sub.far.example"
SUSPEND = Decision(severity=Severity.SUSPEND)


async def far_person(house: House) -> Actor:
    uri = f"https://{FAR}/users/zed"
    described = RemoteActor(
        uri=uri, kind=ActorKind.PERSON, username="zed", domain=FAR, host=FAR, url=uri,
        inbox=f"{uri}/inbox", name=MARK, summary=f"<p>{MARK}</p>", discoverable=True,
        icon_url=f"https://{FAR}/{MARK}.png", indexable=True,
        facets=ActorFacets(fields=(Field(MARK, MARK),)),
    )  # fmt: skip
    return await house.parts.db.write(save_remote_actor, house.parts.server, described)


async def lived_together(house: House, zed: Actor) -> list[int]:
    """Zed and bob follow each other; zed wrote, answered, named, liked and boosted."""
    db, server = house.parts.db, house.parts.server
    bob = await db.one(actor_by_id, id=house.ids["bob"])
    assert bob is not None
    await db.write(follow, server, follower=zed, target=bob)
    followed = await db.write(follow, server, follower=bob, target=zed)
    from weft.domain.relations.follow import accept

    assert followed is not None
    assert await db.write(accept, server, follower_id=bob.id, target_id=zed.id)
    root = await db.write(publish, server, NewPost(author_id=bob.id, content="<p>Hello</p>"))
    said = NewPost(author_id=zed.id, content=f"<p>{MARK}</p>", tags=(Tag("tea", "Tea"),))
    plain = await db.write(publish, server, said)
    parent = ReplyTo(uri=root.uri, id=root.id, author_id=bob.id, root_id=root.id)
    named = replace(said, audience=(Mention(bob.id),), reply_to=parent, tags=())
    answer = await db.write(publish, server, named)
    private = replace(named, visibility=Visibility.DIRECT, reply_to=None)
    letter = await db.write(publish, server, private)
    shared = NewPost(author_id=bob.id, kind=PostKind.BOOST, boost_of_id=plain.id)
    boosted = await db.write(boost, server, shared)
    await db.write(
        react, server, actor_id=zed.id, post_id=root.id, kind=ReactionKind.LIKE, local=False
    )
    for path in ("bookmark", "favourite"):
        assert (await house.bob.post(f"/api/v1/statuses/{plain.id}/{path}")).status == 200
    [row] = [(await house.bob.post("/api/v1/lists", {"title": "Tea"})).json]
    adding = {"account_ids": [str(zed.id)]}
    assert (await house.bob.post(f"/api/v1/lists/{row['id']}/accounts", adding)).status == 200
    return [plain.id, answer.id, letter.id, boosted.id, root.id, int(row["id"]), zed.id, bob.id]


def addresses(ids: list[int]) -> set[str]:
    """Every GET of every family, with every id that there is."""
    found = set()
    paths = [each.path for each in ROUTES if each.method == "GET"]
    paths += [each.path for each in lemmy.ROUTES if each.method == "GET"]
    paths += [each.path for each in web.ROUTES if each.method == "GET"]
    for path in paths:
        for value in (*map(str, ids), "zed", f"zed@{FAR}", f"@zed@{FAR}", "bob", "tea"):
            found.add(re.sub(r"\{[^}]*\}", value, path))
    found |= {
        f"/api/v1/accounts/search?q=zed@{FAR}", "/api/v1/accounts/search?q=zed",
        f"/api/v2/search?q=zed@{FAR}", f"/api/v2/search?q={MARK}", "/api/v2/search?q=zed",
        f"/api/v1/accounts/lookup?acct=zed@{FAR}", "/api/v1/timelines/home?limit=40",
        f"/api/v1/accounts/familiar_followers?id[]={ids[6]}", f"/@zed@{FAR}", "/tags/tea",
        f"/api/v1/accounts/relationships?id[]={ids[6]}", f"/api/v3/user?username=zed@{FAR}",
        f"/api/v3/search?q={MARK}", "/search?q=zed", f"/search?q=zed@{FAR}",
        *(f"/api/v1/statuses?id[]={each}" for each in ids), f"/api/v1/accounts?id[]={ids[6]}",
        *(f"/ap/posts/{each}" for each in ids), *(f"/ap/posts/{each}/replies" for each in ids),
        f"/ap/actors/{ids[7]}/followers?page=true", f"/ap/actors/{ids[7]}/outbox?page=true",
    }  # fmt: skip
    return {path for path in found if "setup" not in path and "logout" not in path}


async def showing(readers: dict[str, Caller], ids: list[int]) -> set[str]:
    """The addresses whose answer holds the mark."""
    found = set()
    for path in sorted(addresses(ids)):
        for name, reader in readers.items():
            answer: Answer = await reader.get(path)
            assert answer.status < 429, (path, answer.status)
            # What one searched for stands in the field where one typed it.
            text = answer.body.decode("utf-8", "replace")
            if MARK in text.replace(f'value="{MARK}"', ""):
                found.add(f"{name} {path}")
    return found


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """One that answers however often it is asked."""
    async with built(tmp_path, database_url, WEFT_REQUEST_LIMIT="0") as made:
        yield made


@pytest.mark.slow
async def test_no_address_shows_anything_of_a_suspended_server(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Shapes are others' matter: here even what no app asks for is asked for.
    monkeypatch.setattr("tests.support.asgi.check_answer", lambda *_: None)
    zed = await far_person(house)
    ids = await lived_together(house, zed)
    account = await house.parts.db.one(account_by_actor, actor_id=house.ids["bob"])
    assert account is not None
    readers = {"bob": house.bob, "nobody": house.anyone}
    if any(offer.name == "lemmy" for offer in OFFERED):
        issued = await issue_token(
            house.parts.db, house.parts.server, account_id=account.id,
            scopes=frozenset({"read", "write"}), family="lemmy",
        )  # fmt: skip
        readers["lemmy"] = house.anyone.with_token(issued.token)
    before = await showing(readers, ids)
    assert len(before) > 30, before
    server = house.parts.server
    rule = await house.parts.db.write(decide, server, None, "far.example", SUSPEND)
    assert await showing(readers, ids) == set()
    work = DomainWork(house.parts.db, server, house.parts.remote)
    assert await work.run_waiting() > 0
    assert await showing(readers, ids) == set()
    await house.parts.db.write(take_back, server, None, rule)
    await work.run_waiting()
    again = await showing(readers, ids)
    # Lists and bookmarks of a cut follow do not come back by themselves.
    assert {each for each in before if "list" not in each} <= again | {
        each for each in before if "/timelines/home" in each
    }
