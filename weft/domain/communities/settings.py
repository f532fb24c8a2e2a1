"""What moderators change of a community of this server itself: its title, words, pictures and rules."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, structs
from sqlalchemy import Update, bindparam, update

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import ActorKind, actor_facets, stored_facets
from weft.domain.communities.act import NotAllowed
from weft.domain.communities.create import TITLE_LENGTH
from weft.domain.communities.keep import community_by_id, keep_community, moderates
from weft.domain.communities.moderate import note
from weft.domain.communities.records import Action, RemoteCommunity
from weft.domain.events import ProfileChanged
from weft.domain.markup.length import visible_length
from weft.domain.markup.plain import html_to_text
from weft.domain.markup.sanitise import clean_html
from weft.domain.search.people_index import index_person
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.statements import query

WORDS_LENGTH = 10_000
"""Of what stands beside the threads, as on Lemmy."""
_ABOUT = 200
_COLUMNS = ("name", "summary", "summary_source", "icon_url", "header_url", "sensitive", "facets")


class CommunitySettings(Struct, frozen=True, kw_only=True):
    """What is to change; UNSET stays as it is."""

    title: str | UnsetType = UNSET
    summary: str | UnsetType = UNSET
    """HTML of whoever; it is cleaned here."""
    about: str | UnsetType | None = UNSET
    """One line."""
    icon_url: str | UnsetType | None = UNSET
    header_url: str | UnsetType | None = UNSET
    nsfw: bool | UnsetType = UNSET
    only_moderators_post: bool | UnsetType = UNSET


@query()
def update_group() -> Update:
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"), actor.c.local)
        .values(**{name: bindparam(name) for name in _COLUMNS}, revision=actor.c.revision + 1)
    )


async def change_settings(
    tx: Tx, server: Server, *, community_id: int, moderator_id: int, told: CommunitySettings,
    reason: str | None = None,
) -> bool:  # fmt: skip
    """Change a community of this server, note it in its log, and tell who follows it what it is now.
    False if it is so already.

    Raises:
        NotAllowed: with a sentence.
    """
    group = await tx.one(actor_by_id, id=community_id)
    known = await tx.one(community_by_id, id=community_id)
    if group is None or known is None or not group.local or group.kind != ActorKind.GROUP:
        raise NotAllowed("There is no such community of this server.")
    if not group.stands:
        raise NotAllowed("There is no such community here.")
    if await tx.one(moderates, community_id=community_id, actor_id=moderator_id) is None:
        raise NotAllowed("Only moderators of this community may do that.")
    before: dict[str, Any] = {name: getattr(group, name) for name in _COLUMNS}
    values = before | _changed(told, group.facets)
    closed = known.only_moderators_post
    if told.only_moderators_post is not UNSET:
        closed = told.only_moderators_post
    if values == before and closed == known.only_moderators_post:
        return False
    await tx.run(update_group, of_actor=community_id, **values)
    row = RemoteCommunity(
        title=values["name"], nsfw=values["sensitive"], only_moderators_post=closed,
        moderators_uri=known.moderators_uri,
    )  # fmt: skip
    await keep_community(tx, community_id, row)
    if values["name"] != group.name:
        await index_person(tx, community_id, group.username, values["name"])
    await note(tx, server, community_id, moderator_id, Action.EDIT, group.uri, reason)
    await server.tell(tx, ProfileChanged(actor_id=community_id))
    return True


def _changed(told: CommunitySettings, facets: str | None) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if told.title is not UNSET:
        title = " ".join(told.title.split())
        if not title or visible_length(title) > TITLE_LENGTH:
            raise NotAllowed(f"A title has 1 to {TITLE_LENGTH} characters.")
        changed["name"] = title
    if told.summary is not UNSET:
        summary = clean_html(told.summary, "bio")
        if visible_length(html_to_text(summary)) > WORDS_LENGTH:
            raise NotAllowed(f"The description may have at most {WORDS_LENGTH} characters.")
        changed |= {"summary": summary, "summary_source": None}
    for name in ("icon_url", "header_url"):
        if (url := getattr(told, name)) is not UNSET:
            changed[name] = url
    if told.nsfw is not UNSET:
        changed["sensitive"] = told.nsfw
    if told.about is not UNSET:
        about = " ".join((told.about or "").split())[:_ABOUT] or None
        changed["facets"] = stored_facets(structs.replace(actor_facets(facets), about=about))
    return changed
