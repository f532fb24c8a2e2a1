"""Rules about servers: what they hold for, what they do at once and what after a while."""

import pytest
from msgspec.structs import replace

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor
from weft.domain.moderation.audit import audit_page
from weft.domain.moderation.domains import (
    AlreadyDecided,
    decide,
    decide_again,
    take_back,
    touched_by,
)
from weft.domain.moderation.domains_rules import (
    Decision,
    DomainRefused,
    DomainRule,
    Severity,
    checked_domain,
    covering,
    rule_by_domain,
    standing_of,
)
from weft.domain.moderation.domains_sever import carry_out, work_to_do
from weft.domain.posts.queries import posts_for
from weft.domain.relations.block import block
from weft.domain.relations.queries import follow_between
from weft.storage.ids import MAX_ID

SUSPEND = Decision(severity=Severity.SUSPEND)


def rule(domain: str, severity: Severity, **more: bool) -> DomainRule:
    return DomainRule(
        1, domain, severity, more.get("rejects_media", False), False, False, None, None, None, 0, 0,
        None,
    )  # fmt: skip


async def suspends(stage: Stage, domain: str = "far.example") -> DomainRule:
    return await stage.db.write(decide, stage.server, None, domain, SUSPEND)


async def works(stage: Stage) -> None:
    for work in await stage.db.all(work_to_do, limit=10):
        await carry_out(stage.db, stage.server, work)


async def follows(stage: Stage, one: Actor, other: Actor) -> bool:
    found = await stage.db.one(follow_between, follower=one.id, target=other.id)
    return found is not None


async def in_touch(stage: Stage) -> tuple[Actor, Actor]:
    """Bea of ours and mia of a server far away, who follow each other."""
    bea, mia = await stage.person("bea"), await stage.stranger("mia", "a.far.example")
    await stage.follows(mia, bea)
    await stage.follows(bea, mia)
    stage.rows("UPDATE follow SET state = 1, accepted_at = 1")
    stage.rows("UPDATE actor_stats SET followers = 1, following = 1")
    return bea, mia


def test_a_rule_holds_for_all_names_under_its_domain_and_the_nearest_decides() -> None:
    rules = [
        rule("far.example", Severity.SUSPEND),
        rule("good.far.example", Severity.NOOP, rejects_media=True),
        rule("mid.example", Severity.SILENCE),
    ]
    found = {
        name: standing_of(name, rules, None)
        for name in (
            "far.example", "a.b.far.example", "good.far.example", "x.good.far.example",
            "far.example:8443", "notfar.example", "mid.example", "example",
        )
    }  # fmt: skip
    assert {name for name, each in found.items() if each.suspended} == {
        "far.example", "a.b.far.example", "far.example:8443",
    }  # fmt: skip
    assert found["x.good.far.example"].rejects_media
    assert found["mid.example"].silenced
    assert not found["mid.example"].rejects_media


def test_with_an_allow_list_the_rest_is_suspended_but_not_blocked() -> None:
    known = standing_of("a.friend.example", [], ["friend.example"])
    other = standing_of("other.example", [], ["friend.example"])
    both = standing_of(
        "friend.example", [rule("friend.example", Severity.SUSPEND)], ["friend.example"]
    )
    assert not known.suspended
    assert other.suspended
    assert not other.blocked
    assert both.blocked


def test_the_nearest_domain_comes_first() -> None:
    assert covering("a.b.example:81") == [
        "a.b.example:81", "a.b.example", "b.example:81", "b.example", "example:81", "example",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    ["", "example", "ex ample.org", "https://", "a/b.example", "home.example", "@home.example",
     "user@far.example", "[::1]", "x" * 300 + ".example", "far.example\x00", "*.*.example"],
)  # fmt: skip
def test_what_is_no_domain_or_ours_is_refused(stage: Stage, typed: str) -> None:
    with pytest.raises(DomainRefused):
        checked_domain(stage.server, typed)


def test_a_domain_is_kept_in_one_form(stage: Stage) -> None:
    for typed in ("FAR.example", "https://far.example/", "*.far.example", "@far.example "):
        assert checked_domain(stage.server, typed) == "far.example"
    assert checked_domain(stage.server, "bücher.example") == "xn--bcher-kva.example"


async def test_a_suspension_hides_people_and_posts_at_once_and_lifts_again(stage: Stage) -> None:
    bea, mia = await in_touch(stage)
    said = await stage.says(mia)
    before = await touched_by(stage.db, "far.example")
    assert (before.servers, before.actors, before.following, before.followers) == (1, 1, 1, 1)
    assert before.sentence == "It would cut 2 follows of 1 person."
    made = await suspends(stage)
    assert not (await stage.again(mia)).stands
    seen = {"who": "local", "purpose": "show", "ids": [said.id], "viewer": bea.id}
    assert await stage.db.all(posts_for, **seen) == []
    await stage.db.write(take_back, stage.server, None, made)
    assert (await stage.again(mia)).stands
    assert len(await stage.db.all(posts_for, **seen)) == 1


async def test_a_server_that_is_heard_of_later_is_held_to_the_rule(stage: Stage) -> None:
    await suspends(stage)
    late = await stage.stranger("late", "sub.far.example")
    other = await stage.stranger("other", "sofar.example")
    assert not (await stage.again(late)).stands
    assert (await stage.again(other)).stands


async def test_follows_are_cut_told_of_and_put_back(stage: Stage) -> None:
    bea, mia = await in_touch(stage)
    made = await suspends(stage)
    await works(stage)
    assert not await follows(stage, bea, mia)
    assert not await follows(stage, mia, bea)
    assert stage.edges(bea)[:2] == (0, 0)
    told = "SELECT owner_id, target_name, followers, following FROM severance"
    assert stage.rows(told) == [(bea.id, "a.far.example", 1, 1)]
    await works(stage)
    assert len(stage.rows(told)) == 1
    assert stage.rows("SELECT owner_id FROM notification WHERE about_id IS NOT NULL") == [(bea.id,)]
    await stage.db.write(take_back, stage.server, None, made)
    await works(stage)
    assert await follows(stage, bea, mia)
    assert await follows(stage, mia, bea)
    assert stage.edges(bea)[:2] == (1, 1)
    assert [type(each).__name__ for each in stage.told[-1:]] == ["FollowRequested"]
    assert stage.rows("SELECT count(*) FROM job WHERE kind = 'domain'") == [(0,)]


async def test_a_follow_does_not_come_back_against_a_block(stage: Stage) -> None:
    bea, mia = await in_touch(stage)
    made = await suspends(stage)
    await works(stage)
    await stage.db.write(block, stage.server, actor_id=bea.id, target_id=mia.id)
    await stage.db.write(take_back, stage.server, None, made)
    await works(stage)
    assert not await follows(stage, bea, mia)
    assert not await follows(stage, mia, bea)


async def test_there_is_one_rule_for_a_domain(stage: Stage) -> None:
    made = await suspends(stage)
    with pytest.raises(AlreadyDecided):
        await suspends(stage, "FAR.example")
    softer = replace(SUSPEND, severity=Severity.SILENCE, private_comment="enough")
    changed = await stage.db.write(decide_again, stage.server, None, made.id, softer)
    assert changed is not None
    assert await stage.db.one(rule_by_domain, domain="far.example") == changed
    assert await stage.db.write(decide_again, stage.server, None, 1, softer) is None


async def test_every_act_is_in_the_audit_log_which_nobody_can_change(stage: Stage) -> None:
    made = await suspends(stage)
    await stage.db.write(take_back, stage.server, None, made)
    rows = await stage.db.all(audit_page, max_id=MAX_ID, limit=10)
    assert [(row.action, row.target) for row in rows] == [
        ("domain.unblock", "far.example"),
        ("domain.block", "far.example"),
    ]
    for statement in ("UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log"):
        with pytest.raises(Exception, match="never changed"):
            stage.rows(statement)
