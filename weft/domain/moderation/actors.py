"""What moderators do to an actor, of this server or another, and how it is taken back.

Everything holds at once, because everything that shows somebody asks how they stand. A suspension
keeps the data for thirty days (``actors_erase``); until then it can be lifted. Of one of ours other
servers hear (an Update with ``suspended: true``); another server's loses its follows of people here,
so that it is sent nothing any more.
"""

from msgspec import Struct, field

from weft.domain.accounts.queries import Account, Role, account_by_actor
from weft.domain.accounts.revocations import end_access
from weft.domain.accounts.roles import Moderator, NotPermitted, Permission
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.events import PostEdited, ProfileChanged
from weft.domain.mail.addresses import canonical_hash
from weft.domain.mail.proofs import new_proof_token
from weft.domain.moderation import notices
from weft.domain.moderation.actors_store import (
    follows_of_locals_by,
    forget_pushes,
    is_shut_out,
    let_address_in,
    mark_harmless,
    mark_sensitive,
    set_disabled,
    set_standing,
    shut_out_address,
    suspended_by_origin,
)
from weft.domain.moderation.audit import record
from weft.domain.moderation.strikes import MOST_POSTS, TEXT_LENGTH, Action, add_strike
from weft.domain.posts.delete import delete
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.store import insert_edit
from weft.domain.relations.follow import reject
from weft.domain.reports.report import resolve_all_about, resolve_report
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.statements import Query

MOST_FOLLOWS = 1000
"""Follows that end in the write of a suspension; what is left of more is delivered nothing either."""


class ActionRefused(Exception):
    """The sentence is for the moderator."""


class Order(Struct, frozen=True, kw_only=True):
    """What a moderator wants to be done."""

    target_id: int
    action: Action
    text: str = ""
    report_id: int | None = None
    post_ids: tuple[int, ...] = ()
    by_mail: bool = True
    token: str = field(default_factory=new_proof_token)
    """Made before the write, which may run twice."""


async def find_target(tx: Tx, by: Moderator, actor_id: int) -> tuple[Actor, Account | None]:
    """Whom it is about, if this moderator may decide about them.

    Raises:
        ActionRefused: nobody, or not a person's account.
        NotPermitted
    """
    target = await tx.one(actor_by_id, id=actor_id)
    if target is None or target.deleted_at is not None:
        raise ActionRefused("There is no such account, or not any more.")
    account = await tx.one(account_by_actor, actor_id=target.id) if target.local else None
    by.must_outrank(target.id, account.role if account is not None else Role.USER)
    if target.local and account is None:
        raise ActionRefused("This account belongs to the server itself.")
    return target, account


async def act(tx: Tx, server: Server, by: Moderator, order: Order) -> int:
    """Do it, write the strike down, tell the person, close the reports about them; the strike's id.

    Raises:
        ActionRefused: with a sentence.
        NotPermitted
    """
    by.must(
        Permission.MANAGE_REPORTS
        if order.report_id is not None and order.action in (Action.NONE, Action.MARK, Action.DELETE)
        else Permission.MANAGE_USERS
    )
    target, account = await find_target(tx, by, order.target_id)
    _check(order, target)
    now = server.now_ms()
    posts = [
        post
        for post_id in dict.fromkeys(order.post_ids)
        if (post := await tx.one(post_by_id, id=post_id)) is not None
        and post.author_id == target.id
    ]
    uris = [post.url or post.uri for post in posts]
    ids = [post.id for post in posts]
    if order.action in (Action.MARK, Action.DELETE) and not ids:
        raise ActionRefused("None of these posts is there, or is by this account.")
    await _do(tx, server, order.action, target, account, ids, now)
    strike_id = await add_strike(
        tx,
        target_id=target.id,
        account_id=by.account_id,
        report_id=order.report_id,
        action=order.action,
        text=order.text.strip(),
        post_ids=ids,
        now=now,
    )
    await record(
        tx, by.account_id, f"account.{order.action}", target.id, target.handle,
        order.text.strip() or None, {"strike": strike_id, "report": order.report_id}, now,
    )  # fmt: skip
    if order.report_id is not None:
        await resolve_report(tx, server, order.report_id, by_account=by.account_id)
    if order.action is not Action.NONE:
        await resolve_all_about(tx, server, target.id, by_account=by.account_id)
    if account is not None:
        await notices.warned(
            tx, server, account=account, target=target, strike_id=strike_id,
            action=order.action, text=order.text, post_uris=uris, token=order.token,
            by_mail=order.by_mail,
        )  # fmt: skip
    return strike_id


def _check(order: Order, target: Actor) -> None:
    if len(order.text) > TEXT_LENGTH:
        raise ActionRefused(f"The text may have at most {TEXT_LENGTH} characters.")
    if len(order.post_ids) > MOST_POSTS:
        raise ActionRefused(f"At most {MOST_POSTS} posts can be dealt with at once.")
    if not target.local and order.action in (Action.NONE, Action.DISABLE):
        raise ActionRefused(
            "People of other servers can neither be warned nor kept from signing in there."
        )
    if target.is_applicant:
        raise ActionRefused("This person is not in yet: approve or reject them.")


async def _do(
    tx: Tx,
    server: Server,
    action: Action,
    target: Actor,
    account: Account | None,
    post_ids: list[int],
    now: int,
) -> None:
    match action:
        case Action.NONE:
            pass
        case Action.DISABLE if account is not None:
            await tx.run(set_disabled, of_account=account.id, now=now)
            await _shut_out(tx, account)
        case Action.MARK:
            await _edited(tx, server, mark_sensitive, post_ids, now)
        case Action.DELETE:
            for post_id in post_ids:
                await delete(tx, server, post_id)
        case Action.SENSITIVE:
            await tx.run(set_standing, what="sensitized", of_actor=target.id, now=now)
        case Action.SILENCE:
            await tx.run(set_standing, what="silenced", of_actor=target.id, now=now)
        case Action.SUSPEND:
            await _suspend(tx, server, target, account, now)


async def _suspend(
    tx: Tx, server: Server, target: Actor, account: Account | None, now: int
) -> None:
    if not target.local:
        # Before: what goes to a suspended actor is not delivered.
        for each in await tx.all(follows_of_locals_by, follower=target.id, limit=MOST_FOLLOWS):
            await reject(tx, server, follower_id=each.follower_id, target_id=each.target_id)
    if not await tx.run(set_standing, what="suspended", of_actor=target.id, now=now):
        return
    if account is None:
        return
    await _shut_out(tx, account)
    if account.email is not None:
        hashed = canonical_hash(account.email)
        if await tx.one(is_shut_out, hash=hashed) is None:
            await tx.run(
                shut_out_address, id=tx.new_id(), hash=hashed, actor_id=target.id, created_at=now
            )
    await server.tell(tx, ProfileChanged(actor_id=target.id))


async def _shut_out(tx: Tx, account: Account) -> None:
    """Tokens and sessions stay, and are good for nothing until this is lifted."""
    await tx.run(forget_pushes, of_account=account.id)
    end_access(tx)


async def _edited(
    tx: Tx, server: Server, statement: Query[tuple[int, ...]], post_ids: list[int], now: int
) -> None:
    """Change posts; what they were is kept, and other servers hear of ours."""
    for post_id in post_ids:
        await tx.run(insert_edit, of_post=post_id)
    for post_id, local, local_only in await tx.all(statement, ids=post_ids, now=now):
        if local and not local_only:
            await server.tell(tx, PostEdited(post_id=post_id))


async def lift(tx: Tx, server: Server, by: Moderator, actor_id: int, action: Action) -> bool:
    """Take a disable, sensitive, silence or suspend back. False if it does not hold.

    Raises:
        ActionRefused: its own server suspended it, or its data are gone.
        NotPermitted
    """
    by.must(Permission.MANAGE_USERS)
    target, account = await find_target(tx, by, actor_id)
    changed = await undo(tx, server, target, account, action)
    if changed:
        await record(
            tx, by.account_id, f"account.un{action}" if action is not Action.DISABLE
            else "account.enable", target.id, target.handle, None, None, server.now_ms(),
        )  # fmt: skip
    return changed


async def undo(
    tx: Tx,
    server: Server,
    target: Actor,
    account: Account | None,
    action: Action,
    post_ids: tuple[int, ...] = (),
) -> bool:
    """As ``lift``, for who has decided that already. Warnings, and posts that are gone, stay."""
    now = server.now_ms()
    match action:
        case Action.DISABLE:
            changed = account is not None and await tx.run(
                set_disabled, lifted=True, of_account=account.id
            )
            end_access(tx)
            return bool(changed)
        case Action.SENSITIVE:
            return bool(
                await tx.run(set_standing, what="sensitized", lifted=True, of_actor=target.id)
            )
        case Action.SILENCE:
            return bool(
                await tx.run(set_standing, what="silenced", lifted=True, of_actor=target.id)
            )
        case Action.MARK:
            await _edited(tx, server, mark_harmless, list(post_ids), now)
            return True
        case Action.SUSPEND:
            return await _unsuspend(tx, server, target)
        case _:
            return False


async def _unsuspend(tx: Tx, server: Server, target: Actor) -> bool:
    if target.is_applicant:
        return False
    row = await tx.one(suspended_by_origin, id=target.id)
    if row is not None and row[0]:
        raise ActionRefused("Its own server suspended this account; only that can lift it.")
    if not await tx.run(set_standing, what="suspended", lifted=True, of_actor=target.id):
        return False
    await tx.run(let_address_in, of_actor=target.id)
    end_access(tx)
    if target.local:
        await server.tell(tx, ProfileChanged(actor_id=target.id))
    return True


__all__ = ["ActionRefused", "NotPermitted", "Order", "act", "find_target", "lift", "undo"]
