"""Conversations: what direct posts, edits, deletions and blocks make of them."""

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor
from weft.domain.conversations.keep import mark, put_away
from weft.domain.conversations.queries import Conversation, conversation_page, direct_page
from weft.domain.posts.delete import delete
from weft.domain.posts.edit import EditedPost, edit
from weft.domain.posts.publish import Published
from weft.domain.posts.records import Mention, ReplyTo
from weft.domain.relations.block import block, mute
from weft.domain.visibility.viewer import Visibility
from weft.storage.ids import MAX_ID


async def has(stage: Stage, owner: Actor) -> list[Conversation]:
    return await stage.db.all(
        conversation_page,
        viewer=owner.id,
        now=stage.server.now_ms(),
        max_id=MAX_ID,
        min_id=0,
        limit=20,
    )


async def reads(stage: Stage, owner: Actor) -> list[int]:
    rows = await stage.db.all(
        direct_page,
        viewer=owner.id,
        now=stage.server.now_ms(),
        max_id=MAX_ID,
        min_id=0,
        limit=20,
    )
    return [row.id for row in rows]


async def writes(
    stage: Stage, author: Actor, *named: Actor, to: ReplyTo | None = None, **more: object
) -> Published:
    audience = tuple(Mention(each.id) for each in named)
    return await stage.says(
        author, audience=audience, visibility=Visibility.DIRECT, reply_to=to, **more
    )


async def friends(stage: Stage, *names: str) -> list[Actor]:
    """People who follow each other, so that nothing waits."""
    people = [await stage.person(name) for name in names]
    for one in people:
        for other in people:
            if one.id != other.id:
                await stage.follows(one, other)
    return people


async def test_both_have_a_conversation_and_only_the_reader_an_unread_one(stage: Stage) -> None:
    ann, bea = await friends(stage, "ann", "bea")
    first = await writes(stage, ann, bea)
    [mine], [hers] = await has(stage, ann), await has(stage, bea)
    assert (mine.others, mine.unread, mine.last_post_id) == ([bea.id], False, first.id)
    assert (hers.others, hers.unread, hers.last_post_id) == ([ann.id], True, first.id)
    second = await writes(stage, bea, ann, to=stage.parent_of(first))
    [mine], [hers] = await has(stage, ann), await has(stage, bea)
    assert (mine.unread, hers.unread) == (True, False)
    assert mine.last_post_id == hers.last_post_id == second.id
    assert await reads(stage, ann) == await reads(stage, bea) == [second.id, first.id]
    assert await stage.db.write(mark, ann.id, mine.id, unread=False)
    assert not await stage.db.write(mark, bea.id, mine.id, unread=False)
    assert not (await has(stage, ann))[0].unread


async def test_other_people_and_other_threads_are_other_conversations(stage: Stage) -> None:
    ann, bea, cid = await friends(stage, "ann", "bea", "cid")
    first = await writes(stage, ann, bea)
    other = await writes(stage, ann, bea)
    third = await writes(stage, bea, ann, cid, to=stage.parent_of(first))
    assert [(row.others, row.last_post_id) for row in await has(stage, ann)] == [
        ([bea.id, cid.id], third.id),
        ([bea.id], other.id),
        ([bea.id], first.id),
    ]
    assert [row.others for row in await has(stage, cid)] == [[ann.id, bea.id]]
    public = await stage.says(bea, audience=(Mention(ann.id),))
    note = await writes(stage, ann)
    assert [row.last_post_id for row in await has(stage, ann)][:2] == [note.id, third.id]
    assert (await has(stage, ann))[0].others == []
    assert public.id not in await reads(stage, ann)


async def test_deleting_takes_a_post_and_at_last_the_conversation(stage: Stage) -> None:
    ann, bea = await friends(stage, "ann", "bea")
    first = await writes(stage, ann, bea)
    second = await writes(stage, bea, ann, to=stage.parent_of(first))
    await stage.db.write(delete, stage.server, second.id)
    assert [row.last_post_id for row in await has(stage, ann)] == [first.id]
    await stage.db.write(delete, stage.server, first.id)
    assert stage.rows("SELECT count(*) FROM conversation") == [(0,)]
    assert stage.rows("SELECT count(*) FROM conversation_post") == [(0,)]


async def test_an_edit_that_names_somebody_else_moves_the_post(stage: Stage) -> None:
    ann, bea, cid = await friends(stage, "ann", "bea", "cid")
    first = await writes(stage, ann, bea)
    second = await writes(stage, ann, bea, to=stage.parent_of(first))
    both = (Mention(bea.id), Mention(cid.id))
    await stage.db.write(edit, stage.server, second.id, EditedPost(content="x", audience=both))
    for who, others in ((ann, [bea.id, cid.id]), (bea, [ann.id, cid.id])):
        [grown, old] = await has(stage, who)
        assert (grown.others, grown.last_post_id) == (others, second.id)
        assert old.last_post_id == first.id
    assert [row.last_post_id for row in await has(stage, cid)] == [second.id]
    assert await reads(stage, cid) == [second.id]


async def test_threads_that_are_joined_late_are_one_conversation(stage: Stage) -> None:
    [ann] = await friends(stage, "ann")
    far = await stage.stranger("far")
    await stage.follows(ann, far)
    stage.rows("UPDATE follow SET state = 1")
    base = "https://far.example"
    first = await writes(stage, far, ann, uri=f"{base}/1")
    unknown = ReplyTo(uri=f"{base}/2")
    third = await writes(stage, far, ann, uri=f"{base}/3", to=unknown)
    assert len(await has(stage, ann)) == 2
    await writes(stage, far, ann, uri=f"{base}/2", to=stage.parent_of(first))
    [whole] = await has(stage, ann)
    assert whole.root_id == first.id
    assert len(await reads(stage, ann)) == 3
    assert third.id in await reads(stage, ann)


async def test_a_block_ends_conversations_and_a_mute_hides_them(stage: Stage) -> None:
    ann, bea, cid = await friends(stage, "ann", "bea", "cid")
    for who in (bea, cid):
        await writes(stage, who, ann)
    await stage.db.write(mute, stage.server, actor_id=ann.id, target_id=cid.id, duration_s=60)
    assert [row.others for row in await has(stage, ann)] == [[bea.id]]
    stage.ahead_ms = 61_000
    assert len(await has(stage, ann)) == 2
    await stage.db.write(block, stage.server, actor_id=ann.id, target_id=bea.id)
    assert [row.others for row in await has(stage, ann)] == [[cid.id]]
    # Who was blocked keeps what they wrote themself.
    assert [row.others for row in await has(stage, bea)] == [[ann.id]]


async def test_what_is_put_away_comes_back_with_the_next_post(stage: Stage) -> None:
    ann, bea = await friends(stage, "ann", "bea")
    first = await writes(stage, bea, ann)
    [row] = await has(stage, ann)
    assert not await stage.db.write(put_away, bea.id, row.id)
    assert await stage.db.write(put_away, ann.id, row.id)
    assert await has(stage, ann) == []
    second = await writes(stage, bea, ann, to=stage.parent_of(first))
    assert [row.last_post_id for row in await has(stage, ann)] == [second.id]
    assert [row.last_post_id for row in await has(stage, bea)] == [second.id]
