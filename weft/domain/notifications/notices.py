"""What the server itself has to say: to moderators, of who joined and what was reported; to a person,
of what a moderator did about them, and of follows that ended at one blow."""

from collections.abc import Mapping

from sqlalchemy import Select, bindparam, literal_column, select

from weft.domain.notifications.about import Severance, SeveranceKind, insert_severance
from weft.domain.notifications.kinds import NotificationKind
from weft.domain.notifications.notify import NewNotification, keep, notify_many
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.operations import report
from weft.storage.statements import query

MOST_MODERATORS = 200


@query()
def moderators_here() -> Select:
    """Actors of the moderators and admins whose accounts are open."""
    return (
        select(account.c.actor_id)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(
            account.c.role > literal_column("0"),
            account.c.disabled_at.is_(None),
            account.c.confirmed_at.is_not(None),
            account.c.approved_at.is_not(None),
            actor.c.suspended_at.is_(None),
            actor.c.deleted_at.is_(None),
        )
        .order_by(account.c.id)
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def another_open_report() -> Select:
    """A row if somebody else's report of the same actor waits to be looked at."""
    return (
        select(report.c.id)
        .where(
            report.c.target_id == bindparam("target_id"),
            report.c.id != bindparam("except_id"),
            report.c.state == literal_column("0"),
        )
        .limit(literal_column("1"))
    )


async def notify_sign_up(tx: Tx, server: Server, newcomer: int) -> None:
    """Somebody has joined: moderators hear of it."""
    await notify_many(
        tx, NotificationKind.SIGN_UP, newcomer, await _moderators(tx), server.now_ms()
    )


async def notify_report(
    tx: Tx, server: Server, *, report_id: int, reporter_id: int, target_id: int
) -> None:
    """A report has come in. While another one of the same actor waits, one notification is enough:
    many reports of one person are one piece of work, and a way to flood moderators."""
    if await tx.one(another_open_report, target_id=target_id, except_id=report_id) is not None:
        return
    await notify_many(
        tx,
        NotificationKind.REPORT,
        reporter_id,
        await _moderators(tx),
        server.now_ms(),
        about_id=report_id,
    )


async def notify_warning(tx: Tx, server: Server, *, owner_id: int, strike_id: int) -> None:
    """A moderator did something about a person of this server, and tells them: the strike is
    stored already."""
    await keep(
        tx,
        NewNotification(
            id=tx.new_id(),
            owner_id=owner_id,
            kind=NotificationKind.WARNING,
            from_id=owner_id,
            created_at=server.now_ms(),
            about_id=strike_id,
        ),
    )


async def notify_severed(
    tx: Tx,
    server: Server,
    kind: SeveranceKind,
    target_name: str,
    lost: Mapping[int, tuple[int, int]],
    *,
    purged: bool = False,
) -> None:
    """Follows ended for people of this server: ``lost`` says for each of them (by actor) how many
    followers they lost, and how many whom they followed. Who lost nothing hears nothing.

    Called by who ends the follows, in the same write.
    """
    now = server.now_ms()
    told = []
    for owner_id, (followers, following) in lost.items():
        if not followers and not following:
            continue
        row = Severance(tx.new_id(), owner_id, kind, target_name, followers, following, purged, now)
        await tx.run(
            insert_severance, **{name: getattr(row, name) for name in Severance.__struct_fields__}
        )
        told.append(
            NewNotification(
                id=tx.new_id(),
                owner_id=owner_id,
                kind=NotificationKind.SEVERED,
                from_id=owner_id,
                created_at=now,
                about_id=row.id,
            )
        )
    await keep(tx, *told)


async def _moderators(tx: Tx) -> list[tuple[int, int | None]]:
    return [(row[0], None) for row in await tx.all(moderators_here, limit=MOST_MODERATORS)]
