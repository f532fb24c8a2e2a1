"""Flag: another server's moderators or people tell ours of somebody (A5 of the interop notes)."""

import re

from sqlalchemy import Select, bindparam, select

from weft.domain.actors.queries import actors_by_uris
from weft.domain.collections.queries import collections_by_uris
from weft.domain.communities.hosted import hosted_by_id
from weft.domain.communities.keep import is_in
from weft.domain.moderation.domains_hosts import standings
from weft.domain.posts.queries import post_by_id, posts_by_uris
from weft.domain.reports.report import (
    NewReport,
    file_report,
    posts_of_reports,
    report_by_uri,
    resolve_report,
)
from weft.federation.handlers.communities import NOT_THEIRS, community_named, may_moderate
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.protocol.activitystreams import first_id, first_object, ids, text_of
from weft.storage.database import Tx
from weft.storage.schema.federation import host
from weft.storage.statements import query

MOST = 200
_COMMENT = 20_000


@query(bounded=True)
def rejects_reports() -> Select:
    """One row if an operator decided so."""
    return select(host.c.name).where(host.c.name == bindparam("name"), host.c.rejects_reports)


def _posts_in(comment: str, origin: str) -> list[str]:
    """Ids of our posts whose addresses are written in a comment, where Misskey has them."""
    pattern = rf"{re.escape(origin)}/(?:@[\w.-]{{1,64}}|ap/posts)/(\d{{1,16}})(?!\w)"
    found = re.findall(pattern, comment[:_COMMENT])
    return [f"{origin}/ap/posts/{number}" for number in dict.fromkeys(found)][:MOST]


async def receive_flag(tools: Tools, got: Received) -> Apply | Verdict:
    """A report for each of our people that the Flag names, or whose posts or collections it names."""
    named = list(dict.fromkeys(ids(got.object)))[:MOST]
    if not named:
        return refused("a Flag names whom it is about")
    if await tools.db.one(rejects_reports, name=got.signer.host) is not None:
        return ignored("reports of its server are not taken here")
    comment = text_of(got.document.get("content")) or text_of(got.document.get("summary")) or ""
    uri = first_id(got.document.get("id"))
    written = _posts_in(comment, tools.server.origin)

    async def apply(tx: Tx) -> Verdict:
        standing = (await standings(tx, tools.server, [got.signer.host]))[got.signer.host]
        if standing.rejects_reports:
            return ignored("reports of its server are not taken here")
        actors = {row.uri: row for row in await tx.all(actors_by_uris, uris=named)}
        posts = {row.uri: row for row in await tx.all(posts_by_uris, uris=[*named, *written])}
        clubs = {row.uri: row for row in await tx.all(collections_by_uris, uris=named)}
        known = {*actors, *posts, *clubs}
        unknown = tuple(each for each in named if each not in known)
        local = [row.id for row in actors.values() if row.local]
        local += [row.author_id for row in posts.values() if row.local]
        local += [row.owner_id for row in clubs.values() if row.local]
        for row in posts.values():
            # What is in a community of this server is its moderators' matter, whoever wrote it.
            if not row.local and await tx.all(hosted_by_id, id=row.id):
                local.append(row.author_id)
        targets = list(dict.fromkeys(local))
        if not targets:
            return ignored("it names nobody of this server")
        for number, target_id in enumerate(targets):
            await file_report(
                tx,
                tools.server,
                NewReport(
                    reporter_id=got.signer.id,
                    target_id=target_id,
                    comment=comment,
                    post_ids=tuple(p.id for p in posts.values() if p.author_id == target_id),
                    collection_ids=tuple(
                        each.id for each in clubs.values() if each.owner_id == target_id
                    ),
                    unknown_uris=unknown,
                    # The id is unique; of several people in one Flag, the first has it.
                    uri=uri if number == 0 or uri is None else f"{uri}#{number}",
                    local=False,
                ),
            )
        return DONE

    return apply


async def receive_resolution(tools: Tools, got: Received) -> Apply | Verdict:
    """Resolve (Lemmy 1.0): a moderator has dealt with a report that came from another server."""
    flag = first_object(got.object) or {}
    uri = first_id(got.object)
    community = await community_named(tools, got, *ids(flag.get("to")))
    if uri is None or community is None:
        return ignored("no such report is known")
    if not await may_moderate(tools, got, community):
        return refused(NOT_THEIRS)

    async def apply(tx: Tx) -> Verdict:
        known = await tx.one(report_by_uri, uri=uri)
        if known is None or known.local:
            return ignored("no such report is known")
        posts = [row[1] for row in await tx.all(posts_of_reports, ids=[known.id])]
        for each in [await tx.one(post_by_id, id=post_id) for post_id in posts]:
            if each is not None and await is_in(tx, each, community.id):
                await resolve_report(tx, tools.server, known.id)
                return DONE
        return refused("the report is about nothing in that community")

    return apply
