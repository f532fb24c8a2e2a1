"""Which posts are found, by whom, and that the index follows what happens to them."""

from typing import Any

import pytest
from sqlalchemy import Update, bindparam, update

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import RemoteActor, save_remote_actor
from weft.domain.cards.card import Described, settle_card
from weft.domain.posts.delete import delete
from weft.domain.posts.describe import Description, describe_media
from weft.domain.posts.edit import EditedPost, edit
from weft.domain.posts.keep import bookmark
from weft.domain.posts.publish import Published, publish
from weft.domain.posts.records import Mention, NewPoll, NewPost, PostKind, Tag
from weft.domain.reactions.react import ReactionKind, react
from weft.domain.relations.block import mute
from weft.domain.search.gaps import fill_gaps
from weft.domain.search.index import index_card, index_waiting
from weft.domain.search.posts import Page, find_posts
from weft.domain.search.typed import read
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.statements import query

DAY_MS = 86_400_000


@query()
def agree_to_be_found() -> Update:
    return update(actor).where(actor.c.id == bindparam("of_actor")).values(indexable=True)


async def remote(stage: Stage, name: str, *, indexable: bool = False) -> Actor:
    uri = f"https://far.example/users/{name}"
    described = RemoteActor(
        uri=uri, kind=ActorKind.PERSON, username=name, domain="far.example", host="far.example",
        url=uri, inbox=f"{uri}/inbox", indexable=indexable,
    )  # fmt: skip
    return await stage.db.write(save_remote_actor, stage.server, described)


async def said(stage: Stage, who: Actor, text: str, **more: Any) -> Published:
    if not who.local:
        count = stage.rows("SELECT count(*) FROM post")[0][0]
        more.setdefault("uri", f"{who.uri}/{count}")
    new = NewPost(author_id=who.id, content=f"<p>{text}</p>", **more)
    return await stage.db.write(publish, stage.server, new)


async def found(stage: Stage, me: Actor, typed: str, **page: int) -> list[int]:
    await index_waiting(stage.db)
    rows = await find_posts(stage.db, stage.server, me.id, read(typed), Page(**page))
    return [row.id for row in rows]


def entries(stage: Stage) -> int:
    return int(stage.rows("SELECT count(*) FROM post_search")[0][0])


async def test_own_posts_and_those_that_name_one_are_found_whatever_their_reach(
    stage: Stage,
) -> None:
    me, ann = await stage.person("me"), await stage.person("ann")
    own = await said(stage, me, "tide", visibility=Visibility.DIRECT)
    far = await remote(stage, "far")
    naming = await said(
        stage, far, "tide", visibility=Visibility.DIRECT, audience=(Mention(me.id),)
    )
    await said(stage, ann, "tide", visibility=Visibility.DIRECT)
    await said(stage, ann, "tide")
    assert await found(stage, me, "tide") == [naming.id, own.id]
    assert await found(stage, me, "tide in:public") == []
    assert await found(stage, me, "in:library") == [naming.id, own.id]


async def test_public_posts_are_found_if_their_author_agrees_today(stage: Stage) -> None:
    me, far = await stage.person("me"), await remote(stage, "far", indexable=True)
    made = await said(stage, far, "tide")
    await said(stage, far, "tide", visibility=Visibility.UNLISTED)
    assert await found(stage, me, "tide") == [made.id]
    assert await found(stage, me, "tide in:library") == []
    await remote(stage, "far", indexable=False)
    assert await found(stage, me, "tide") == []


async def test_what_only_is_public_is_put_in_with_others_a_little_later(stage: Stage) -> None:
    far = await remote(stage, "far", indexable=True)
    made = [await said(stage, far, "tide") for _ in range(3)]
    assert entries(stage) == 0
    await stage.db.write(delete, stage.server, made[1].id)
    assert await index_waiting(stage.db) == 2
    assert entries(stage) == 2
    assert await index_waiting(stage.db) == 0


async def test_what_nobody_may_find_is_not_in_the_index(stage: Stage) -> None:
    far = await remote(stage, "far")
    made = await said(stage, far, "tide")
    assert entries(stage) == 0
    me = await stage.person("me")
    await remote(stage, "far", indexable=True)  # who agrees later is found, when the chore has run
    assert await found(stage, me, "tide") == []
    await fill_gaps(stage.db, stage.server)
    assert await found(stage, me, "tide") == [made.id]


@pytest.mark.parametrize("way", ["like", "bookmark", "boost"])
async def test_what_one_keeps_is_found_by_oneself(stage: Stage, way: str) -> None:
    me, ann = await stage.person("me"), await stage.person("ann")
    far = await remote(stage, "far")
    made, _ = await said(stage, far, "tide"), await said(stage, far, "tide")
    if way == "like":
        await stage.db.write(
            react,
            stage.server,
            actor_id=me.id,
            post_id=made.id,
            kind=ReactionKind.LIKE,
            local=True,
        )
    elif way == "bookmark":
        await stage.db.write(bookmark, stage.server, actor_id=me.id, post_id=made.id)
    else:
        await stage.boosts(me, made)
    assert await found(stage, me, "tide") == [made.id]
    assert await found(stage, ann, "tide") == []
    await stage.db.write(mute, stage.server, actor_id=me.id, target_id=far.id)
    assert await found(stage, me, "tide") == []


async def test_all_of_a_post_is_found(stage: Stage) -> None:
    me = await stage.person("me")
    made = await said(
        stage,
        me,
        'Low <b>wa</b>ter in <a href="https://harbour.example/page">harbour.example</a>',
        summary="Storm ahead",
        tags=(Tag("beach_tea", "Beach_Tea"),),
        kind=PostKind.QUESTION,
        poll=NewPoll(("Sailing boat", "Rowing")),
        language="en",
        sensitive=True,
    )
    for typed in (
        "water", "LOW", '"low water"', "storm", "rowing", "beach", "#beach_tea", "harbour.example",
        "has:poll", "has:link", "is:sensitive", "language:en", "from:me", "-nothing", "during:2000",
    ):  # fmt: skip
        expected = [] if typed.startswith("during") else [made.id]
        assert await found(stage, me, typed) == expected, typed
    for typed in ('"water low"', '"harbour storm"', "-water", "has:media", "from:nobody", "wat"):
        assert await found(stage, me, typed) == [], typed


async def test_scripts_without_blanks_accents_and_case(stage: Stage) -> None:
    me = await stage.person("me")
    tokyo = await said(stage, me, "今日は東京都で雨です")
    cafe = await said(stage, me, "Ein CAFÉ in Łódź")
    for typed, made in (("東京", tokyo), ("京都で", tokyo), ("雨", tokyo), ("で", tokyo)):
        assert await found(stage, me, typed) == [made.id], typed
    assert await found(stage, me, "京東") == []
    assert await found(stage, me, "cafe lodz") == [cafe.id]


async def test_people_in_a_query(stage: Stage) -> None:
    me, far = await stage.person("me"), await remote(stage, "far", indexable=True)
    theirs = await said(stage, far, "tide")
    naming = await said(stage, me, "tide for you", audience=(Mention(far.id),))
    assert await found(stage, me, "from:far@far.example") == [theirs.id]
    assert await found(stage, me, "tide -from:me") == [theirs.id]
    assert await found(stage, me, "@far@far.example tide") == [naming.id]
    assert await found(stage, me, "tide -@far@far.example") == [theirs.id]
    rows = await find_posts(stage.db, stage.server, me.id, read("tide"), Page(), by=far.id)
    assert [row.id for row in rows] == [theirs.id]


async def test_dates(stage: Stage) -> None:
    me = await remote(stage, "me", indexable=True)
    reader = await stage.person("reader")
    noon = 1_767_268_800_000  # 2026-01-01 12:00
    old, new = [await said(stage, me, "tide", published_at=noon + days * DAY_MS) for days in (0, 1)]
    for typed, expected in (
        ("before:2026-01-02", [old]),
        ("after:2026-01-01", [new]),
        ("during:2026-01-01", [old]),
        ("during:2026", [new, old]),
        ("during:2025", []),
    ):
        assert await found(stage, reader, typed) == [each.id for each in expected], typed


async def test_pages_follow_each_other_by_offset_and_by_id(stage: Stage) -> None:
    me = await stage.person("me")
    ids = [(await said(stage, me, "tide")).id for _ in range(7)][::-1]
    assert await found(stage, me, "tide", limit=3) == ids[:3]
    assert await found(stage, me, "tide", limit=3, offset=3) == ids[3:6]
    assert await found(stage, me, "tide", limit=3, max_id=ids[2]) == ids[3:6]
    assert await found(stage, me, "tide", min_id=ids[2]) == ids[:2]
    assert await found(stage, me, "tide", offset=5_000) == []


async def test_many_hidden_posts_before_the_first_that_may_be_seen(stage: Stage) -> None:
    """The reach is asked before the page is cut."""
    me, far = await stage.person("me"), await remote(stage, "far", indexable=True)
    muted = await remote(stage, "muted", indexable=True)
    first = await said(stage, far, "tide")

    async def many(tx: Tx) -> None:
        for number in range(450):
            await publish(
                tx,
                stage.server,
                NewPost(author_id=muted.id, content="<p>tide</p>", uri=f"{muted.uri}/m{number}"),
            )

    await stage.db.write(many)
    await stage.db.write(mute, stage.server, actor_id=me.id, target_id=muted.id)
    assert await found(stage, me, "tide", limit=5) == [first.id]


async def test_edits_and_deletions_are_followed(stage: Stage) -> None:
    me = await stage.person("me")
    made = await said(stage, me, "tide")
    await stage.db.write(edit, stage.server, made.id, EditedPost(content="<p>rock</p>"))
    assert await found(stage, me, "tide") == []
    assert await found(stage, me, "rock") == [made.id]
    await stage.db.write(delete, stage.server, made.id)
    assert await found(stage, me, "rock") == []
    assert entries(stage) == 0


async def test_descriptions_and_cards_that_come_later(stage: Stage) -> None:
    me = await stage.person("me")
    stage.rows(
        "INSERT INTO media (id, num, owner_id, kind, created_at)"
        f" VALUES (5, 5, {me.id}, 0, 0)"
        + (" RETURNING id" if stage.db.engine == "postgresql" else "")
    )
    made = await said(stage, me, "look", media_ids=(5,), link_url="https://a.example/")
    await stage.db.write(describe_media, 5, me.id, Description(text="A red kite"))
    assert await found(stage, me, "kite has:image") == [made.id]
    [(card,)] = stage.rows("SELECT id FROM card")
    described = Described(title="Tide tables")
    values = {name: getattr(described, name) for name in Described.__struct_fields__}

    async def settle(tx: Tx) -> None:
        await tx.run(settle_card, of_card=card, state=1, fetched_at=1, **values)
        await index_card(tx, card)

    await stage.db.write(settle)
    assert await found(stage, me, '"tide tables" has:link') == [made.id]


async def test_posts_from_before_are_read_by_a_chore(stage: Stage) -> None:
    me, far = await stage.person("me"), await remote(stage, "far", indexable=True)
    ids = [(await said(stage, far, "tide")).id for _ in range(130)]
    for table in ("post_search", "actor_search"):
        stage.rows(f"DELETE FROM {table}")
    stage.rows("DELETE FROM search_waiting")
    assert await found(stage, me, "tide") == []
    count = await fill_gaps(stage.db, stage.server)
    assert count == len(ids) + 2
    assert len(await found(stage, me, "tide", limit=200)) == len(ids)
    assert entries(stage) == len(ids)
    assert stage.rows("SELECT * FROM search_gap") == []
    assert await fill_gaps(stage.db, stage.server) == 0


async def test_what_is_withheld_stays_out(stage: Stage) -> None:
    """Deleted, but held for a court: nobody finds it, and reading again does not bring it back."""
    me = await stage.person("me")
    made = await said(stage, me, "tide")
    stage.rows(f"UPDATE post SET withheld_at = 1 WHERE id = {made.id}")
    stage.rows("DELETE FROM post_search")
    await fill_gaps(stage.db, stage.server)
    assert entries(stage) == 0
    assert await found(stage, me, "tide") == []


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        "'",
        "tide*",
        "NEAR(a b)",
        "a AND",
        "{words}: x",
        "a:*",
        "!a",
        "(",
        "\\",
        "-",
        "a & !",
        "%",
    ],
)
async def test_an_engine_s_own_language_is_not_understood(stage: Stage, typed: str) -> None:
    me = await stage.person("me")
    await said(stage, me, "tide")
    assert await found(stage, me, f"{typed} tide") in ([], await found(stage, me, "tide"))
