"""Who is told of what: strangers, groups, followers who asked, moderators, and blocks."""

import pytest

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor
from weft.domain.notifications.about import SeveranceKind
from weft.domain.notifications.groups import Group, as_groups, group_page
from weft.domain.notifications.kinds import GROUPED, NotificationKind, kinds_for
from weft.domain.notifications.notices import notify_severed, notify_sign_up, notify_warning
from weft.domain.notifications.policy import (
    DAY_MS,
    DEFAULT_POLICY,
    Choice,
    Policy,
    Stranger,
    change_policy,
    judge,
    policy_of,
    read_policy,
)
from weft.domain.notifications.queries import Notification, notification_page, unread_count
from weft.domain.notifications.requests import (
    accept_requests,
    dismiss_requests,
    request_page,
    still_merging,
    waiting_counts,
)
from weft.domain.posts.delete import delete
from weft.domain.posts.edit import EditedPost, edit
from weft.domain.posts.keep import mute_thread
from weft.domain.posts.publish import Published
from weft.domain.posts.records import Mention, NewQuote, QuoteState
from weft.domain.reactions.react import ReactionKind, react, unreact
from weft.domain.relations.block import block, block_host, mute, unmute
from weft.domain.relations.follow import accept, follow
from weft.domain.reports.report import NewReport, file_report, resolve_report
from weft.domain.timelines.markers import move_markers
from weft.domain.visibility.viewer import Visibility
from weft.storage.ids import MAX_ID

ALL = [int(kind) for kind in NotificationKind]
GROUPS = [int(kind) for kind in GROUPED]
HOUR = 3_600_000
CONVERSATIONS = "SELECT count(*) FROM conversation WHERE owner_id = {}"


async def heard(
    stage: Stage, owner: Actor, *, filtered_too: bool = False, min_id: int = 0
) -> list[Notification]:
    """What somebody is notified of, the newest first."""
    return await stage.db.all(
        notification_page,
        filtered_too=filtered_too,
        owner=owner.id,
        kinds=ALL,
        now=stage.server.now_ms(),
        max_id=MAX_ID,
        min_id=min_id,
        limit=80,
    )


async def kinds(stage: Stage, owner: Actor, *, filtered_too: bool = False) -> list[int]:
    return [row.kind for row in await heard(stage, owner, filtered_too=filtered_too)]


async def grouped(
    stage: Stage, owner: Actor, *, max_id: int = MAX_ID, min_id: int | None = None, limit: int = 40
) -> list[Group]:
    rows = await stage.db.all(
        group_page,
        newer=min_id is not None,
        owner=owner.id,
        kinds=ALL,
        grouped=GROUPS,
        now=stage.server.now_ms(),
        max_id=max_id,
        min_id=min_id or 0,
        limit=limit,
    )
    rows = rows[::-1] if min_id is not None else rows
    return await as_groups(stage.db, owner.id, stage.server.now_ms(), rows, GROUPS)


async def likes(stage: Stage, who: Actor, what: Published) -> None:
    await stage.db.write(
        react, stage.server, actor_id=who.id, post_id=what.id, kind=ReactionKind.LIKE, local=True
    )


async def names(stage: Stage, author: Actor, *named: Actor, **more: object) -> Published:
    return await stage.says(author, audience=tuple(Mention(each.id) for each in named), **more)


async def requests(stage: Stage, owner: Actor) -> list[tuple[int, int]]:
    """``(whose, how many)``."""
    rows = await stage.db.all(
        request_page,
        owner=owner.id,
        now=stage.server.now_ms(),
        max_id=MAX_ID,
        min_id=0,
        limit=40,
    )
    return [(row.from_id, row.size) for row in rows]


STRANGER = Stranger(
    follows=False,
    follower_since=None,
    since=0,
    limited=False,
    bot=False,
    permitted=False,
    moderator=False,
)


@pytest.mark.parametrize(
    ("field", "about", "friend"),
    [
        ("not_following", {}, {"follows": True}),
        ("not_followers", {}, {"follower_since": 90 * DAY_MS}),
        ("not_followers", {"follower_since": 98 * DAY_MS}, {"follower_since": 96 * DAY_MS}),
        ("new_accounts", {"since": 71 * DAY_MS}, {"since": 69 * DAY_MS}),
        ("limited_accounts", {"limited": True}, {"limited": True, "follows": True}),
        ("bots", {"bot": True}, {"bot": True, "follows": True}),
    ],
)
def test_each_wish_of_a_policy(
    field: str, about: dict[str, object], friend: dict[str, object]
) -> None:
    from msgspec.structs import replace

    now = 100 * DAY_MS
    for choice in Choice:
        policy = replace(Policy(limited_accounts=Choice.ACCEPT), **{field: choice})
        stranger = replace(STRANGER, **about)
        assert judge(policy, NotificationKind.LIKE, stranger, now) is choice
        assert judge(policy, NotificationKind.LIKE, replace(STRANGER, **friend), now) is (
            Choice.ACCEPT
        )
        permitted = replace(stranger, permitted=True)
        assert judge(policy, NotificationKind.LIKE, permitted, now) is Choice.ACCEPT
        assert judge(policy, NotificationKind.POLL, stranger, now) is Choice.ACCEPT
    both = Policy(not_following=Choice.FILTER, new_accounts=Choice.DROP)
    new = replace(STRANGER, since=now)
    assert judge(both, NotificationKind.MENTION, new, now) is Choice.DROP
    moderator = replace(new, moderator=True)
    assert judge(both, NotificationKind.MENTION, moderator, now) is Choice.ACCEPT
    assert judge(both, NotificationKind.LIKE, moderator, now) is Choice.DROP


async def test_a_policy_is_kept_and_changed_in_part(stage: Stage) -> None:
    ann = await stage.person("ann")
    assert read_policy(await stage.db.one(policy_of, owner=ann.id)) == DEFAULT_POLICY
    await stage.db.write(change_policy, ann.id, {"bots": Choice.DROP})
    changed = await stage.db.write(change_policy, ann.id, {"private_mentions": Choice.ACCEPT})
    assert changed == Policy(bots=Choice.DROP, private_mentions=Choice.ACCEPT)
    assert read_policy(await stage.db.one(policy_of, owner=ann.id)) == changed


async def test_what_a_stranger_writes_privately_waits_until_it_is_accepted(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    first = await names(stage, bea, ann, visibility=Visibility.DIRECT)
    second = await names(stage, bea, ann, visibility=Visibility.DIRECT)
    await names(stage, cid, ann, visibility=Visibility.DIRECT)
    assert await kinds(stage, ann) == []
    assert await requests(stage, ann) == [(cid.id, 1), (bea.id, 2)]
    assert stage.rows(CONVERSATIONS.format(ann.id)) == [(0,)]
    counts = await stage.db.one(waiting_counts, owner=ann.id, now=stage.server.now_ms())
    assert counts is not None
    assert (counts.requests, counts.notifications) == (2, 3)
    [of_cid, of_bea] = [
        row[0] for row in stage.rows("SELECT id FROM notification_request ORDER BY id DESC")
    ]
    assert not await stage.db.write(accept_requests, stage.server, bea.id, [of_bea])
    assert not await stage.db.write(accept_requests, stage.server, ann.id, [of_bea, 1])
    assert await stage.db.write(accept_requests, stage.server, ann.id, [of_bea])
    assert [row.post_id for row in await heard(stage, ann)] == [second.id, first.id]
    assert await stage.db.one(still_merging, owner=ann.id) is None
    assert stage.rows(CONVERSATIONS.format(ann.id)) == [(2,)]
    third = await names(stage, bea, ann, visibility=Visibility.DIRECT)
    assert (await heard(stage, ann))[0].post_id == third.id
    assert await stage.db.write(dismiss_requests, stage.server, ann.id, [of_cid])
    assert await requests(stage, ann) == []
    assert len(await heard(stage, ann, filtered_too=True)) == 3
    await names(stage, cid, ann, visibility=Visibility.DIRECT)
    assert await requests(stage, ann) == [(cid.id, 1)]


async def test_an_answer_to_what_one_said_is_not_unasked(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    said = await names(stage, ann, bea)
    for who in (bea, cid):
        parent = stage.parent_of(said)
        await names(stage, who, ann, visibility=Visibility.DIRECT, reply_to=parent)
    assert [row.from_id for row in await heard(stage, ann)] == [bea.id]
    assert await requests(stage, ann) == [(cid.id, 1)]
    await stage.follows(ann, cid)
    await names(stage, cid, ann, visibility=Visibility.DIRECT)
    assert [row.from_id for row in await heard(stage, ann)] == [cid.id, bea.id]


async def test_what_waits_is_counted_as_it_is_now(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    made = await names(stage, bea, ann, visibility=Visibility.DIRECT)
    await names(stage, bea, ann, visibility=Visibility.DIRECT)
    await stage.db.write(delete, stage.server, made.id)
    assert await requests(stage, ann) == [(bea.id, 1)]
    await stage.db.write(mute, stage.server, actor_id=ann.id, target_id=bea.id)
    assert await requests(stage, ann) == []
    await stage.db.write(unmute, actor_id=ann.id, target_id=bea.id)
    assert await requests(stage, ann) == [(bea.id, 1)]
    await stage.db.write(block, stage.server, actor_id=ann.id, target_id=bea.id)
    assert stage.rows("SELECT count(*) FROM notification_request") == [(0,)]
    assert stage.rows("SELECT count(*) FROM notification") == [(0,)]


async def test_likes_of_strangers_wait_without_a_request(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    await stage.db.write(change_policy, ann.id, {"not_following": Choice.FILTER})
    made = await stage.says(ann)
    await likes(stage, bea, made)
    assert await kinds(stage, ann) == []
    assert await kinds(stage, ann, filtered_too=True) == [NotificationKind.LIKE]
    assert await requests(stage, ann) == []
    await stage.db.write(change_policy, ann.id, {"not_following": Choice.DROP})
    await stage.boosts(bea, made)
    assert await kinds(stage, ann, filtered_too=True) == [NotificationKind.LIKE]


async def test_limited_accounts_wait(stage: Stage) -> None:
    ann, bea, far = await stage.person("ann"), await stage.person("bea"), await stage.stranger("x")
    stage.rows(f"UPDATE actor SET silenced_at = 1 WHERE id = {bea.id}")
    await names(stage, bea, ann)
    assert await requests(stage, ann) == [(bea.id, 1)]
    await names(stage, far, ann, uri="https://far.example/1")
    assert await kinds(stage, ann) == [NotificationKind.MENTION]


async def test_likes_of_one_post_are_one_group_for_twelve_hours(stage: Stage) -> None:
    ann = await stage.person("ann")
    others = [await stage.person(f"p{number}") for number in range(11)]
    made, other = await stage.says(ann), await stage.says(ann)
    first_hour = stage.server.now_ms() // HOUR
    for number, who in enumerate(others[:10]):
        stage.ahead_ms = number * HOUR
        await likes(stage, who, made)
    await likes(stage, others[0], other)
    [alone, group] = await grouped(stage, ann)
    assert (alone.size, alone.people) == (1, (others[0].id,))
    assert alone.key == f"favourite-{other.id}-{stage.server.now_ms() // HOUR}"
    assert group.key == f"favourite-{made.id}-{first_hour}"
    assert (group.size, group.people) == (10, tuple(each.id for each in others[9:1:-1]))
    stage.ahead_ms = 12 * HOUR
    await likes(stage, others[10], made)
    [later, _, same] = await grouped(stage, ann)
    assert later.key == f"favourite-{made.id}-{first_hour + 12}"
    assert (same.key, same.size) == (group.key, 10)
    await stage.db.write(
        unreact,
        stage.server,
        actor_id=others[9].id,
        post_id=made.id,
        kind=ReactionKind.LIKE,
        local=True,
    )
    await stage.db.write(block, stage.server, actor_id=others[8].id, target_id=ann.id)
    group = (await grouped(stage, ann))[2]
    assert (group.size, group.people[0]) == (8, others[7].id)


async def test_groups_are_paged_both_ways(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    one, two = await stage.says(ann), await stage.says(ann)
    await likes(stage, bea, one)
    await likes(stage, bea, two)
    await names(stage, bea, ann)
    await likes(stage, cid, one)
    ids = [row.id for row in await heard(stage, ann)]
    [newest] = await grouped(stage, ann, limit=1)
    assert (newest.shown.id, newest.size) == (ids[0], 2)
    assert (newest.page_min_id, newest.page_max_id) == (ids[0], ids[0])
    # The group's other half is older: it comes again, with the same key.
    rest = await grouped(stage, ann, max_id=newest.shown.id)
    assert [each.shown.id for each in rest] == ids[1:]
    assert rest[2].key == newest.key
    whole = await grouped(stage, ann)
    assert [each.shown.id for each in whole] == ids[:3]
    # What of the group lies on the page: it ends with the like of the other post.
    assert (whole[0].page_min_id, whole[0].page_max_id) == (ids[0], ids[0])
    onwards = await grouped(stage, ann, min_id=0, limit=2)
    assert [each.shown.id for each in onwards] == [ids[2], ids[3]]
    assert onwards[1].newest_id == ids[0]
    assert [each.shown.id for each in await grouped(stage, ann, min_id=ids[2])] == ids[:2]


async def test_follows_are_grouped_and_mentions_stand_alone(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    for each in (bea, cid):
        await stage.follows(each, ann)
    made = await names(stage, bea, ann)
    [mention, follows] = await grouped(stage, ann)
    assert mention.key == f"ungrouped-{mention.shown.id}"
    assert mention.shown.post_id == made.id
    assert follows.key.startswith("follow-")
    assert follows.people == (cid.id, bea.id)


async def test_followers_who_asked_hear_of_each_post(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    await stage.db.write(follow, stage.server, follower=ann, target=bea, notifies=True)
    await stage.follows(cid, bea)
    said = await stage.says(bea)
    private = await stage.says(bea, visibility=Visibility.FOLLOWERS)
    thread = await stage.answers(bea, said)
    other = await stage.says(cid)
    await stage.answers(bea, other)
    await stage.boosts(bea, other)
    await names(stage, bea, cid, visibility=Visibility.DIRECT)
    naming = await names(stage, bea, ann)
    told = await heard(stage, ann)
    assert [(row.kind, row.post_id) for row in told] == [
        (NotificationKind.MENTION, naming.id),
        (NotificationKind.POST, thread.id),
        (NotificationKind.POST, private.id),
        (NotificationKind.POST, said.id),
    ]
    await stage.db.write(mute_thread, stage.server, actor_id=ann.id, root_id=said.id)
    await stage.answers(bea, thread, root_id=said.id)
    await stage.db.write(mute, stage.server, actor_id=ann.id, target_id=bea.id)
    await stage.says(bea)
    await stage.db.write(unmute, actor_id=ann.id, target_id=bea.id)
    assert len(await heard(stage, ann)) == 4


async def test_edits_are_told_to_who_boosted_and_who_quoted(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    said = await stage.says(ann)
    await stage.boosts(bea, said)
    quote = NewQuote(target_uri=said.uri, target_id=said.id, state=QuoteState.ACCEPTED)
    quoting = await stage.says(cid, quote=quote)
    for _ in range(2):
        stage.ahead_ms += 1000
        await stage.db.write(edit, stage.server, said.id, EditedPost(content="<p>No</p>"))
    [of_boost] = await heard(stage, bea)
    assert (of_boost.kind, of_boost.post_id, of_boost.from_id) == (
        NotificationKind.EDIT,
        said.id,
        ann.id,
    )
    [of_quote] = await heard(stage, cid)
    assert (of_quote.kind, of_quote.post_id, of_quote.from_id) == (
        NotificationKind.QUOTED_EDIT,
        quoting.id,
        ann.id,
    )


async def test_moderators_hear_of_reports_and_sign_ups(stage: Stage) -> None:
    ann, bea, mod = [await stage.person(name) for name in ("ann", "bea", "mod")]
    stage.rows(f"UPDATE account SET role = 1 WHERE actor_id = {mod.id}")
    filed = await stage.db.write(
        file_report, stage.server, NewReport(reporter_id=ann.id, target_id=bea.id)
    )
    await stage.db.write(file_report, stage.server, NewReport(reporter_id=mod.id, target_id=bea.id))
    [told] = await heard(stage, mod)
    assert (told.kind, told.from_id, told.about_id) == (
        NotificationKind.REPORT,
        ann.id,
        filed.id,
    )
    for each in stage.rows("SELECT id FROM report"):
        await stage.db.write(resolve_report, stage.server, each[0])
    await stage.db.write(file_report, stage.server, NewReport(reporter_id=ann.id, target_id=bea.id))
    await stage.db.write(notify_sign_up, stage.server, bea.id)
    assert await kinds(stage, mod) == [
        NotificationKind.SIGN_UP,
        NotificationKind.REPORT,
        NotificationKind.REPORT,
    ]
    assert await kinds(stage, ann) == []
    assert NotificationKind.REPORT not in kinds_for(0)
    assert NotificationKind.REPORT in kinds_for(1)


async def test_what_the_server_says_of_oneself(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    await stage.db.write(notify_warning, stage.server, owner_id=ann.id, strike_id=5)
    lost = {ann.id: (2, 1), bea.id: (0, 0)}
    await stage.db.write(
        notify_severed, stage.server, SeveranceKind.DOMAIN_BLOCK, "far.example", lost
    )
    [severed, warned] = await heard(stage, ann)
    assert (warned.kind, warned.from_id, warned.about_id) == (
        NotificationKind.WARNING,
        ann.id,
        5,
    )
    assert severed.kind == NotificationKind.SEVERED
    assert stage.rows(
        "SELECT id, owner_id, kind, target_name, followers, following FROM severance"
    ) == [(severed.about_id, ann.id, 0, "far.example", 2, 1)]
    assert await kinds(stage, bea) == []


async def test_a_blocked_host_says_nothing_any_more(stage: Stage) -> None:
    ann = await stage.person("ann")
    far, near = await stage.stranger("far"), await stage.stranger("near", "near.example")
    for each in (far, near):
        await stage.follows(each, ann)
        await stage.follows(ann, each)
    await stage.db.write(accept, stage.server, follower_id=ann.id, target_id=far.id)
    await names(stage, far, ann, uri="https://far.example/1")
    await stage.db.write(block_host, stage.server, actor_id=ann.id, host="far.example")
    assert [(row.kind, row.from_id) for row in await heard(stage, ann)] == [
        (NotificationKind.SEVERED, ann.id),
        (NotificationKind.FOLLOW, near.id),
    ]
    assert stage.rows("SELECT kind, target_name, followers, following FROM severance") == [
        (SeveranceKind.USER_DOMAIN_BLOCK, "far.example", 1, 1)
    ]
    await stage.db.write(block_host, stage.server, actor_id=ann.id, host="far.example")
    assert len(await heard(stage, ann)) == 2


async def test_a_mute_and_a_suspension_hide_what_is_there_already(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    for each in (bea, cid):
        await names(stage, each, ann)
    await stage.db.write(
        mute, stage.server, actor_id=ann.id, target_id=bea.id, hides_notifications=False
    )
    assert len(await heard(stage, ann)) == 2
    await stage.db.write(mute, stage.server, actor_id=ann.id, target_id=bea.id, duration_s=60)
    assert [row.from_id for row in await heard(stage, ann)] == [cid.id]
    stage.rows(f"UPDATE actor SET suspended_at = 1 WHERE id = {cid.id}")
    assert await heard(stage, ann) == []
    stage.ahead_ms = 61_000
    assert [row.from_id for row in await heard(stage, ann)] == [bea.id]


async def test_a_mention_beside_somebody_whom_one_blocks_is_not_told(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    await stage.db.write(block, stage.server, actor_id=ann.id, target_id=cid.id)
    await names(stage, bea, ann, cid)
    assert await heard(stage, ann) == []
    await names(stage, bea, ann)
    assert len(await heard(stage, ann)) == 1


async def test_unread_are_those_after_the_marker(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    for each in (bea, cid, bea):
        await names(stage, each, ann)
    await names(stage, cid, ann, visibility=Visibility.DIRECT)

    async def unread(limit: int = 100) -> int:
        now = stage.server.now_ms()
        rows = await stage.db.all(unread_count, owner=ann.id, kinds=ALL, now=now, limit=limit)
        return len(rows)

    assert (await unread(), await unread(2)) == (3, 2)
    first = (await heard(stage, ann))[-1]
    await stage.db.write(
        move_markers, stage.server, owner_id=ann.id, positions={"notifications": first.id}
    )
    assert await unread() == 2
