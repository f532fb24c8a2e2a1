"""``weft report``: what people tell the moderators."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Any

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings

MOST = 200


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    report = commands.add_parser("report", help="reports of accounts and posts")
    parts = report.add_subparsers(title="commands", metavar="COMMAND", required=True)
    shown = parts.add_parser("list", help="open reports, newest first")
    shown.add_argument("--resolved", action="store_true", help="those that were dealt with")
    shown.add_argument("--json", action="store_true")
    shown.set_defaults(run=_list)
    for name, text in (("resolve", "take a report off the list"), ("reopen", "put it back")):
        change = parts.add_parser(name, help=text)
        change.add_argument("id", type=int)
        change.set_defaults(run=_change, reopen=name == "reopen")


def _list(given: argparse.Namespace) -> int:
    import msgspec

    from weft.config.settings import load

    found = asyncio.run(_read(load(), resolved=given.resolved))
    if given.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
        return 0
    for each in found:
        sys.stdout.write(
            f"{each['id']}  {each['target']}  by {each['reporter']}  {each['category']}\n"
            f"    {each['comment'] or '(no comment)'}\n"
        )
        sys.stdout.writelines(f"    {uri}\n" for uri in each["posts"])
    if not found:
        sys.stdout.write("There are no such reports.\n")
    return 0


async def _read(settings: "Settings", *, resolved: bool) -> list[dict[str, Any]]:
    from weft.admin.opened import opened
    from weft.domain.actors.queries import actors_by_ids
    from weft.domain.posts.queries import post_by_id
    from weft.domain.reports.report import ReportState, posts_of_reports, report_page
    from weft.storage.ids import MAX_ID

    state = ReportState.RESOLVED if resolved else ReportState.OPEN
    async with opened(settings) as server:
        rows = await server.db.all(report_page, state=state, max_id=MAX_ID, limit=MOST)
        people = {row.reporter_id for row in rows} | {row.target_id for row in rows}
        actors = {a.id: a for a in await server.db.all(actors_by_ids, ids=list(people))}
        posts: dict[int, list[str]] = {}
        for report_id, post_id in await server.db.all(
            posts_of_reports, ids=[row.id for row in rows]
        ):
            post = await server.db.one(post_by_id, id=post_id)
            if post is not None:
                posts.setdefault(report_id, []).append(post.uri)
        return [
            {
                "id": row.id,
                "target": _handle(actors.get(row.target_id)),
                "reporter": _handle(actors.get(row.reporter_id)),
                "category": row.category,
                "comment": row.comment,
                "posts": posts.get(row.id, []),
                "forwarded": row.forwarded,
            }
            for row in rows
        ]


def _handle(actor: Any) -> str:
    return f"@{actor.username}@{actor.domain}" if actor is not None else "(gone)"


def _change(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    if not asyncio.run(_resolve(load(), given.id, reopen=given.reopen)):
        raise CommandFailed(f"there is no report {given.id}")
    return 0


async def _resolve(settings: "Settings", report_id: int, *, reopen: bool) -> bool:
    from weft.admin.opened import opened
    from weft.domain.reports.report import resolve_report

    async with opened(settings) as server:
        return await server.db.write(resolve_report, server.server, report_id, open_again=reopen)
