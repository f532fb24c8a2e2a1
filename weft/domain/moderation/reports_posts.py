"""Reported posts, for moderators: also those that were not written for them.

Who looks at what they could not see otherwise is written down, for each report once per look.
"""

from collections.abc import Sequence

from weft.domain.accounts.roles import Moderator, Permission
from weft.domain.moderation.audit import record
from weft.domain.posts.queries import posts_for
from weft.domain.posts.records import Post
from weft.domain.reports.report import posts_of_reports
from weft.domain.server import Server
from weft.domain.visibility.viewer import BreakGlass, Local, kind_of, viewer_params
from weft.storage.database import Database, Tx


async def reported_posts(
    db: Database, server: Server, by: Moderator, report_ids: Sequence[int]
) -> dict[int, list[Post]]:
    """The posts of each report, the oldest first; those that are gone are left out."""
    by.must(Permission.MANAGE_REPORTS)
    pairs = await db.all(posts_of_reports, ids=list(report_ids))
    if not pairs:
        return {}
    ids = list({pair[1] for pair in pairs})
    me = Local(by.actor_id or 0)
    now = server.now_ms()
    found: dict[int, Post] = {
        post.id: post
        for post in await db.all(
            posts_for, who=kind_of(me), purpose="show", ids=ids, **viewer_params(me, now, "show")
        )
    }
    hidden = [each for each in ids if each not in found]
    if hidden:
        glass = BreakGlass(by.actor_id or 0, 0)
        rows = await db.all(posts_for, who=kind_of(glass), purpose="show", ids=hidden)
        if rows:
            seen = sorted({pair[0] for pair in pairs if pair[1] in {row.id for row in rows}})
            await db.write(_looked, server, by, seen, [row.id for row in rows])
        found |= {row.id: row for row in rows}
    by_report: dict[int, list[Post]] = {}
    for report_id, post_id in sorted(pairs):
        if post_id in found:
            by_report.setdefault(report_id, []).append(found[post_id])
    return by_report


async def _looked(
    tx: Tx, server: Server, by: Moderator, report_ids: list[int], post_ids: list[int]
) -> None:
    await record(
        tx, by.account_id, "report.look", report_ids[0], None, None,
        {"reports": report_ids, "posts": post_ids}, server.now_ms(),
    )  # fmt: skip
