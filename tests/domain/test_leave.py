"""Who may like, answer and boost what an author of another server restricts, and what waits meanwhile."""

import pytest

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor
from weft.domain.events import Boosted, LeaveAsked, PostPublished, Reacted
from weft.domain.interactions.expire import STEP, WAITS_MS, expire_leaves
from weft.domain.interactions.policy import Leave, leave_to
from weft.domain.interactions.queries import leave_of_post, leave_of_reaction
from weft.domain.interactions.records import InteractionRefused, LeaveState, What
from weft.domain.interactions.settle import allow, refuse
from weft.domain.posts.publish import Published
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import Circle, Interactions, PostFacets
from weft.domain.reactions.react import Reaction, ReactionKind, react
from weft.domain.relations.follow import accept
from weft.domain.visibility.viewer import Visibility


async def restricted(stage: Stage, author: Actor, **circles: Circle) -> Published:
    facets = PostFacets(interactions=Interactions(asks=True, **circles))
    return await stage.says(author, uri=f"{author.uri}/posts/1", facets=facets)


@pytest.mark.parametrize(
    ("automatic", "manual", "said"),
    [
        (("public",), (), "free"),
        ((), ("public",), "asked"),
        (("AUTHOR",), (), "denied"),
        (("ALICE",), (), "free"),
        (("ALICE",), ("ALICE",), "free"),
        (("public",), ("ALICE",), "asked"),
        (("followers",), (), "asked"),
        (("public",), ("followers",), "asked"),
        (("following",), (), "denied"),
    ],
)
async def test_persons_go_before_circles_and_those_before_everybody(
    stage: Stage, automatic: tuple[str, ...], manual: tuple[str, ...], said: Leave
) -> None:
    alice, zork = await stage.person("alice"), await stage.stranger("zork")
    await stage.follows(alice, zork)
    await stage.db.write(accept, stage.server, follower_id=alice.id, target_id=zork.id)
    stage.told.clear()
    names = {"ALICE": alice.uri, "AUTHOR": zork.uri}
    rule = Circle(*(tuple(names.get(each, each) for each in side) for side in (automatic, manual)))
    made = await restricted(stage, zork, like=rule, boost=rule, reply=rule)
    post = await stage.db.one(post_by_id, id=made.id)
    assert post is not None
    whats: tuple[What, ...] = ("like", "boost", "reply")
    assert [await leave_to(stage.db, each, post, alice.id) for each in whats] == [said] * 3
    assert await leave_to(stage.db, "like", post, zork.id) == "free"


async def liked(stage: Stage, who: Actor, what: Published) -> Reaction:
    made = await stage.db.write(
        react, stage.server, actor_id=who.id, post_id=what.id, kind=ReactionKind.LIKE, local=True
    )
    assert made is not None
    return made


async def test_what_is_denied_changes_nothing(stage: Stage) -> None:
    alice, zork = await stage.person("alice"), await stage.stranger("zork")
    nobody = Circle((zork.uri,))
    made = await restricted(stage, zork, like=nobody, boost=nobody, reply=nobody)
    for attempt in (
        lambda: liked(stage, alice, made),
        lambda: stage.boosts(alice, made),
        lambda: stage.answers(alice, made),
    ):
        with pytest.raises(InteractionRefused, match="does not want"):
            await attempt()
    assert stage.told == []
    assert stage.counts(made) == {}


async def test_it_waits_is_allowed_and_taken_away_again(stage: Stage) -> None:
    alice, bob = await stage.person("alice"), await stage.person("bob")
    zork = await stage.stranger("zork")
    await stage.follows(bob, alice)
    asks = Circle((), ("public",))
    made = await restricted(stage, zork, like=asks, boost=asks, reply=asks)
    like = await liked(stage, alice, made)
    boost, answer = await stage.boosts(alice, made), await stage.answers(alice, made)
    assert [type(each) for each in stage.told] == [LeaveAsked] * 3
    assert stage.home(bob) == []
    leaves = [
        await stage.db.one(leave_of_reaction, reaction_id=like.id),
        await stage.db.one(leave_of_post, post_id=boost.id),
        await stage.db.one(leave_of_post, post_id=answer.id),
    ]
    stage.told.clear()
    for each in leaves:
        assert each is not None
        given = {"stamp": f"{zork.uri}/stamp", "accept": None}
        assert await stage.db.write(allow, stage.server, each, **given)
    assert [type(each) for each in stage.told] == [Reacted, Boosted, PostPublished]
    assert stage.home(bob) == [boost.id]
    shown = await stage.db.one(post_by_id, id=answer.id)
    assert shown is not None
    assert shown.visibility == Visibility.PUBLIC
    for each in (
        await stage.db.one(leave_of_reaction, reaction_id=like.id),
        await stage.db.one(leave_of_post, post_id=boost.id),
        await stage.db.one(leave_of_post, post_id=answer.id),
    ):
        assert each is not None
        assert await stage.db.write(refuse, stage.server, each)
    left = await stage.db.one(post_by_id, id=answer.id)
    assert left is not None
    assert left.visibility == Visibility.LIMITED
    assert await stage.db.one(post_by_id, id=boost.id) is None
    assert stage.rows("SELECT count(*) FROM reaction") == [(0,)]


async def test_who_says_nothing_for_thirty_days_has_said_no(stage: Stage) -> None:
    alice, bob = await stage.person("alice"), await stage.person("bob")
    zork = await stage.stranger("zork")
    asks = Circle((), ("public",))
    made = await restricted(stage, zork, like=asks, boost=asks, reply=asks)
    await liked(stage, alice, made)
    boost, answer = await stage.boosts(alice, made), await stage.answers(alice, made)
    allowed = await liked(stage, bob, made)
    leave = await stage.db.one(leave_of_reaction, reaction_id=allowed.id)
    assert leave is not None
    await stage.db.write(allow, stage.server, leave, stamp=None, accept=f"{zork.uri}/accept")
    stage.told.clear()
    before = stage.counts(made)
    stage.ahead_ms = WAITS_MS - 60_000
    assert await expire_leaves(stage.db, stage.server) == 0
    assert stage.counts(made) == before
    stage.ahead_ms = WAITS_MS + 60_000
    late = await stage.answers(alice, made)
    stage.told.clear()
    assert await expire_leaves(stage.db, stage.server) == 3
    assert await expire_leaves(stage.db, stage.server) == 0
    # Nobody but the author was told of it, so that nobody is told that it is gone.
    assert stage.told == []
    assert stage.rows("SELECT id FROM reaction") == [(allowed.id,)]
    assert await stage.db.one(post_by_id, id=boost.id) is None
    states = []
    for each in (answer, late):
        left = await stage.db.one(post_by_id, id=each.id)
        stands = await stage.db.one(leave_of_post, post_id=each.id)
        assert left is not None
        assert stands is not None
        assert left.visibility == Visibility.LIMITED
        states.append(stands.state)
    assert states == [LeaveState.REJECTED, LeaveState.PENDING]
    # It is not too late.
    late_leave = await stage.db.one(leave_of_post, post_id=answer.id)
    assert late_leave is not None
    given = {"stamp": f"{zork.uri}/stamp", "accept": None}
    assert await stage.db.write(allow, stage.server, late_leave, **given)
    assert [type(each) for each in stage.told] == [PostPublished]


async def test_more_than_one_step_ends_and_what_is_gone_keeps_nobody(stage: Stage) -> None:
    alice, zork = await stage.person("alice"), await stage.stranger("zork")
    made = await restricted(stage, zork, reply=Circle((), ("public",)))
    answers = [await stage.answers(alice, made) for _ in range(STEP + 3)]
    # What waits, but is of a post that is no more.
    stage.rows(f"UPDATE interaction_leave SET post_id = NULL WHERE post_id = {answers[0].id}")
    stage.ahead_ms = WAITS_MS + 60_000
    assert await expire_leaves(stage.db, stage.server) == STEP + 2
