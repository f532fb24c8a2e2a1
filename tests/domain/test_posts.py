"""Posts: their counters, home timelines, notifications and words to the world, on both engines."""

import asyncio

from tests.domain.conftest import Stage
from weft.domain.events import (
    Boosted,
    BoostUndone,
    PostDeleted,
    PostEdited,
    PostPublished,
    Reacted,
    ReactionUndone,
)
from weft.domain.posts.delete import delete, unboost
from weft.domain.posts.edit import EditedPost, edit
from weft.domain.posts.records import Mention, NewPoll, PostKind, ReplyTo, Tag
from weft.domain.reactions.react import ReactionKind, react, unreact
from weft.domain.visibility.viewer import Visibility
from weft.storage.schema.tables import metadata


async def test_a_post_is_counted_told_and_put_into_homes(stage: Stage) -> None:
    ann, bea, far = await stage.person("ann"), await stage.person("bea"), await stage.stranger("f")
    await stage.follows(bea, ann)
    made = await stage.says(ann)
    assert stage.edges(ann) == (1, 0, 1)
    assert stage.home(bea) == stage.home(ann) == [made.id]
    assert stage.told == [PostPublished(post_id=made.id)]
    theirs = await stage.says(far, uri="https://far.example/1")
    assert stage.told == [PostPublished(post_id=made.id)]
    assert stage.counts(theirs) == {}


async def test_a_local_only_post_is_not_told(stage: Stage) -> None:
    ann = await stage.person("ann")
    made = await stage.says(ann, local_only=True)
    await stage.db.write(edit, stage.server, made.id, EditedPost(content="<p>Bye</p>"))
    await stage.db.write(delete, stage.server, made.id)
    assert stage.told == []


async def test_answers_are_counted_and_uncounted(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    top = await stage.says(ann)
    first, second = await stage.answers(bea, top), await stage.answers(ann, top)
    below = await stage.answers(bea, first, root_id=top.id)
    assert stage.counts(top) == {"replies": 2}
    assert stage.counts(first) == {"replies": 1}
    await stage.db.write(delete, stage.server, first.id)
    assert stage.counts(top) == {"replies": 1}
    # What answered it stays, and says that it answers something.
    [(parent, uri)] = stage.rows(
        f"SELECT in_reply_to_id, in_reply_to_uri FROM post WHERE id = {below.id}"
    )
    assert (parent, uri) == (None, first.uri)
    assert stage.edges(bea) == (0, 0, 1)
    assert stage.counts(second) == {}


async def test_an_answer_that_comes_before_what_it_answers_is_linked(stage: Stage) -> None:
    far = await stage.stranger("far")
    uri = "https://far.example/top"
    early = await stage.says(far, uri="https://far.example/a", reply_to=ReplyTo(uri=uri))
    later = await stage.says(
        far,
        uri="https://far.example/b",
        reply_to=ReplyTo(uri=early.uri, id=early.id, author_id=far.id, root_id=early.id),
    )
    top = await stage.says(far, uri=uri)
    assert stage.counts(top) == {"replies": 1}
    roots = stage.rows(f"SELECT id, root_id FROM post WHERE id IN ({early.id}, {later.id})")
    assert {root for _, root in roots} == {top.id}


async def test_a_boost_is_counted_once_and_goes_with_its_post(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    await stage.follows(cid, bea)
    made = await stage.says(ann)
    boost = await stage.boosts(bea, made)
    assert await stage.boosts(bea, made) == boost
    assert stage.counts(made) == {"boosts": 1}
    assert stage.home(cid) == [boost.id]
    assert stage.told[1:] == [Boosted(post_id=boost.id, target_id=made.id)]
    assert await stage.db.write(unboost, stage.server, bea.id, made.id)
    assert not await stage.db.write(unboost, stage.server, bea.id, made.id)
    assert stage.counts(made) == {}
    assert isinstance(stage.told[2], BoostUndone)
    assert stage.rows("SELECT count(*) FROM notification WHERE kind = 1") == [(0,)]
    await stage.boosts(cid, made)
    await stage.db.write(delete, stage.server, made.id)
    assert stage.rows("SELECT count(*) FROM post") == [(0,)]
    assert [stage.edges(each)[2] for each in (ann, bea, cid)] == [0, 0, 0]
    assert stage.home(cid) == []


async def test_editing_keeps_what_was_and_tells(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    made = await stage.says(ann, tags=(Tag("tea", "Tea"),))
    new = EditedPost(content="<p>Bye</p>", tags=(Tag("bees", "Bees"),), audience=(Mention(bea.id),))
    assert await stage.db.write(edit, stage.server, made.id, new)
    assert stage.rows("SELECT content FROM post") == [("<p>Bye</p>",)]
    assert stage.rows("SELECT content FROM post_edit") == [("<p>Hello</p>",)]
    tags = "SELECT name FROM post_tag JOIN tag ON tag.id = post_tag.tag_id"
    assert stage.rows(tags) == [("bees",)]
    assert stage.rows("SELECT owner_id, kind FROM notification") == [(bea.id, 0)]
    assert stage.told[-1] == PostEdited(post_id=made.id)
    assert not await stage.db.write(edit, stage.server, made.id + 1, new)


async def test_a_late_edit_of_a_remote_post_changes_nothing(stage: Stage) -> None:
    far = await stage.stranger("far")
    made = await stage.says(far, uri="https://far.example/1", published_at=1_000)
    for at, words in ((3_000, "third"), (2_000, "second")):
        await stage.db.write(edit, stage.server, made.id, EditedPost(content=words, edited_at=at))
    assert stage.rows("SELECT content FROM post") == [("third",)]


async def test_nothing_of_a_deleted_post_stays_but_its_tombstone(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    await stage.follows(bea, ann)
    made = await stage.says(
        ann,
        kind=PostKind.QUESTION,
        visibility=Visibility.FOLLOWERS,
        audience=(Mention(bea.id),),
        tags=(Tag("tea", "Tea"),),
        poll=NewPoll(("Yes", "No")),
    )
    await stage.db.write(edit, stage.server, made.id, EditedPost(content="<p>Bye</p>"))
    await like(stage, bea.id, made.id)
    assert await stage.db.write(delete, stage.server, made.id)
    assert not await stage.db.write(delete, stage.server, made.id)
    left = {
        table.name
        for table in metadata.sorted_tables
        if "post_id" in table.c
        and stage.rows(f"SELECT 1 FROM {table.name} WHERE post_id = {made.id}")
    }
    assert left == set()
    [(deleted_at,)] = stage.rows(f"SELECT deleted_at FROM object WHERE uri = '{made.uri}'")
    assert deleted_at is not None
    assert isinstance(stage.told[-1], PostDeleted)


async def like(stage: Stage, who: int, post_id: int) -> None:
    await stage.db.write(
        react, stage.server, actor_id=who, post_id=post_id, kind=ReactionKind.LIKE, local=True
    )


async def test_a_like_is_counted_once_and_a_dislike_replaces_it(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    made = await stage.says(ann)
    await like(stage, bea.id, made.id)
    await like(stage, bea.id, made.id)
    assert stage.counts(made) == {"likes": 1}
    assert stage.rows("SELECT owner_id, from_id, kind FROM notification") == [(ann.id, bea.id, 2)]
    for kind, counted in ((ReactionKind.DISLIKE, "dislikes"), (ReactionKind.LIKE, "likes")):
        await stage.db.write(
            react, stage.server, actor_id=bea.id, post_id=made.id, kind=kind, local=True
        )
        assert stage.counts(made) == {counted: 1}
    for found in (True, False):
        assert found == await stage.db.write(
            unreact,
            stage.server,
            actor_id=bea.id,
            post_id=made.id,
            kind=ReactionKind.LIKE,
            local=True,
        )
    assert stage.counts(made) == {}
    assert stage.rows("SELECT count(*) FROM notification") == [(0,)]
    kinds = [type(each) for each in stage.told[1:]]
    assert kinds == [Reacted, ReactionUndone, Reacted, ReactionUndone, Reacted, ReactionUndone]


async def test_many_who_react_at_once_are_all_counted(stage: Stage) -> None:
    ann = await stage.person("ann")
    others = [await stage.person(f"p{n}") for n in range(12)]
    made = await stage.says(ann)
    await asyncio.gather(*(like(stage, each.id, made.id) for each in others))
    assert stage.counts(made) == {"likes": 12}


async def test_one_who_reacts_twice_at_once_is_counted_once(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    made = await stage.says(ann)
    await asyncio.gather(*(like(stage, bea.id, made.id) for _ in range(8)))
    await asyncio.gather(*(stage.boosts(bea, made) for _ in range(8)))
    await asyncio.gather(*(stage.follows(bea, ann) for _ in range(8)))
    assert stage.counts(made) == {"likes": 1, "boosts": 1}
    assert stage.edges(ann)[0] == 1
    assert stage.edges(bea)[1:] == (1, 1)
