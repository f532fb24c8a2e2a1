"""What the chores do, on both engines."""

from typing import Any

from tests.domain.conftest import Stage
from tests.support.databases import numbers
from weft.domain.accounts.expire import DAY_MS, TOKEN_TRACE_MS, forget_expired
from weft.domain.posts.close_polls import close_polls
from weft.domain.posts.compose import REMEMBERED_MS
from weft.domain.posts.records import NewPoll, PostKind
from weft.domain.posts.vote import vote
from weft.domain.server import now_ms
from weft.domain.timelines.home import KEPT_PER_OWNER
from weft.domain.timelines.trim import SLACK, trim_homes
from weft.federation.retention import Kept, forget_old
from weft.storage.ids import id_at

POLL = 5
KEPT = Kept(days=7)


async def test_polls_that_ended_are_closed_once_and_those_who_voted_hear_of_it(
    stage: Stage,
) -> None:
    ann, bea, _ = [await stage.person(name) for name in ("ann", "bea", "cid")]
    soon, later = now_ms() + 60_000, now_ms() + 600_000
    ends = [soon, later, None]
    polls = [
        await stage.says(ann, kind=PostKind.QUESTION, poll=NewPoll(("Yes", "No"), ends_at=at))
        for at in ends
    ]
    for each in polls:
        await stage.db.write(
            vote, stage.server, actor_id=bea.id, post_id=each.id, choices=frozenset({0})
        )
    assert await close_polls(stage.db, stage.server) == 0
    stage.ahead_ms = 120_000
    assert await close_polls(stage.db, stage.server) == 1
    assert await close_polls(stage.db, stage.server) == 0
    closed = stage.rows("SELECT post_id FROM poll WHERE closed_at IS NOT NULL")
    assert closed == [(polls[0].id,)]
    heard = stage.rows(f"SELECT owner_id, post_id FROM notification WHERE kind = {POLL}")
    assert sorted(heard) == sorted((each.id, polls[0].id) for each in (ann, bea))


async def test_more_polls_than_one_step_are_all_closed(stage: Stage) -> None:
    ann = await stage.person("ann")
    for _ in range(60):
        await stage.says(
            ann, kind=PostKind.QUESTION, poll=NewPoll(("Yes", "No"), ends_at=now_ms() + 1_000)
        )
    stage.ahead_ms = 2_000
    assert await close_polls(stage.db, stage.server) == 60


async def test_only_long_homes_are_cut_and_the_newest_stay(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    many = KEPT_PER_OWNER + SLACK + 1
    stage.rows(
        "INSERT INTO post (id, num, kind, uri, author_id, visibility, published_at, arrived_at)"
        f" SELECT id + 1, id + 1, 0, 'p' || id, {ann.id}, 0, 0, 0"
        f" FROM {numbers(stage.db.engine, many)}"
    )
    stage.rows(f"INSERT INTO home_entry (owner_id, post_id) SELECT {bea.id}, id FROM post")
    stage.rows(
        f"INSERT INTO home_entry (owner_id, post_id) SELECT {cid.id}, id FROM post WHERE id > 1"
    )
    assert await trim_homes(stage.db) == SLACK + 1
    assert stage.home(bea) == list(range(many - KEPT_PER_OWNER + 1, many + 1))
    assert len(stage.home(cid)) == KEPT_PER_OWNER + SLACK  # not long enough
    assert await trim_homes(stage.db) == 0


def insert(stage: Stage, table: str, **values: Any) -> None:
    shown = ", ".join(repr(each) if each is not None else "NULL" for each in values.values())
    stage.rows(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({shown})")


async def test_what_expired_is_forgotten_and_nothing_else(stage: Stage) -> None:
    ann = await stage.person("ann")
    now = now_ms()
    [(account,)] = stage.rows(f"SELECT id FROM account WHERE actor_id = {ann.id}")
    insert(stage, "oauth_app", id=1, client_id="c", secret_hash="s", name="n", redirect_uris="[]",
           scopes="read", family="mastodon", created_at=0)  # fmt: skip
    for id_, expires_at in ((1, now - 1_000), (2, now + 60_000)):
        insert(stage, "web_session", id=id_, token_hash=f"t{id_}", account_id=account,
               created_at=0, last_seen_at=0, expires_at=expires_at)  # fmt: skip
    for hash_, expires_at in (("old", now - DAY_MS - 1_000), ("used", now - 1_000)):
        insert(stage, "oauth_code", code_hash=hash_, app_id=1, account_id=account,
               redirect_uri="", scopes="", created_at=0, expires_at=expires_at)  # fmt: skip
    long_ago, lately = now - TOKEN_TRACE_MS - 1_000, now - 1_000
    tokens: list[tuple[int, int | None, int | None]] = [
        (1, long_ago, None),
        (2, None, long_ago),
        (3, lately, None),
        (4, None, lately),
        (5, None, None),
    ]
    for token, runs_out_at, revoked_at in tokens:
        insert(stage, "oauth_token", id=token, token_hash=f"t{token}", scopes="", family="mastodon",
               created_at=0, expires_at=runs_out_at, revoked_at=revoked_at)  # fmt: skip
    for key, created_at in (("old", now - REMEMBERED_MS - 1_000), ("new", now)):
        insert(stage, "idempotency", account_id=account, key=key, post_id=1, created_at=created_at)
    assert await forget_expired(stage.db, stage.server) == 5
    assert stage.rows("SELECT id FROM web_session") == [(2,)]
    assert stage.rows("SELECT code_hash FROM oauth_code") == [("used",)]
    assert stage.rows("SELECT id FROM oauth_token ORDER BY id") == [(3,), (4,), (5,)]
    assert stage.rows("SELECT key FROM idempotency") == [("new",)]
    assert await forget_expired(stage.db, stage.server) == 0


async def test_old_logs_of_federation_are_forgotten_and_what_waits_is_not(stage: Stage) -> None:
    now = now_ms()
    old, new = now - KEPT.days * DAY_MS - 1_000, now - 1_000
    for id_, state, received_at in ((1, 2, old), (2, 1, old), (3, 2, new), (4, 5, old)):
        stage.rows(
            "INSERT INTO inbox_log (id, activity_uri, type, actor_uri, host, key_id, state, body,"
            f" received_at) VALUES ({id_}, 'a{id_}', '', '', '', '', {state}, '', {received_at})"
        )
    insert(stage, "activity", id=1, uri="a", actor_id=1, type="Create", event="{}", visibility=0,
           created_at=0)  # fmt: skip
    long_ago = now - 2 * KEPT.days * DAY_MS - 1_000
    for inbox, state, tried_at in (("gone", 2, long_ago), ("waits", 0, long_ago), ("late", 2, new)):
        insert(stage, "delivery", activity_id=1, inbox=inbox, host="h", state=state,
               created_at=0, tried_at=tried_at)  # fmt: skip
    assert await forget_old(stage.db, stage.server, KEPT) == 3
    assert stage.rows("SELECT id FROM inbox_log ORDER BY id") == [(2,), (3,)]
    assert stage.rows("SELECT inbox FROM delivery ORDER BY inbox") == [("late",), ("waits",)]


async def test_the_inbox_log_stays_within_its_bytes(stage: Stage) -> None:
    now = now_ms()
    for id_ in range(1, 41):
        state = 1 if id_ <= 3 else 2
        stage.rows(
            "INSERT INTO inbox_log (id, activity_uri, type, actor_uri, host, key_id, state, body,"
            f" received_at) VALUES ({id_}, 'a{id_}', '', '', '', '', {state},"
            f" '{'x' * 100}', {now - 100 + id_})"
        )
    assert await forget_old(stage.db, stage.server, Kept(days=7, bytes=4000)) == 0
    assert await forget_old(stage.db, stage.server, Kept(days=7, bytes=3999)) == 37
    assert stage.rows("SELECT count(*) FROM inbox_log WHERE state = 1") == [(3,)]


async def test_tries_and_activities_are_forgotten_by_age(stage: Stage) -> None:
    old, new = id_at(now_ms() - 8 * DAY_MS), id_at(now_ms() - DAY_MS)
    for id_ in (old, old + 1, new):
        insert(stage, "activity", id=id_, uri=f"a{id_}", actor_id=1, type="Create", event="{}",
               visibility=0, created_at=0)  # fmt: skip
        insert(stage, "delivery_try", id=id_, activity_id=id_, host="h", inbox="i", outcome=0,
               took_ms=1, tried_at=0)  # fmt: skip
    insert(stage, "delivery", activity_id=old, inbox="i", host="h", state=0, created_at=0)
    assert await forget_old(stage.db, stage.server, KEPT) == 3
    assert stage.rows("SELECT id FROM activity ORDER BY id") == [(old,), (new,)]
    assert stage.rows("SELECT id FROM delivery_try") == [(new,)]
