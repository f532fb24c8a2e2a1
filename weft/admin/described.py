"""Actors, posts and collections for the operator's terminal: what Weft made of another server's document.

Everything here was written by strangers, so what a terminal would act on is taken out.
"""

from datetime import UTC, datetime
from typing import Any

from weft.domain.actors.records import Actor, ActorKind, actor_facets
from weft.domain.collections.records import Collection, Entry, EntryState, collection_facets
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.records import AudienceRole, PostKind
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.federation.peers import HostRow

_MAX_LINE = 2000


def describe_actor(actor: Actor, host: HostRow | None) -> dict[str, Any]:
    """An actor by the names that people use for its parts; what is unknown is None."""
    facets = actor_facets(actor.facets)
    return {
        "is": ActorKind(actor.kind).name.lower(),
        "handle": f"@{actor.username}@{actor.domain}",
        "name": actor.name,
        "id": actor.uri,
        "page": actor.url,
        "local": actor.local,
        "host": actor.host,
        "software": " ".join(filter(None, (host.software, host.version))) if host else None,
        "inbox": actor.inbox,
        "shared_inbox": actor.shared_inbox,
        "outbox": actor.outbox,
        "followers": actor.followers_uri,
        "featured": actor.featured_uri,
        "summary": html_to_text(actor.summary),
        "fields": {field.name: html_to_text(field.value) for field in facets.fields},
        "icon": actor.icon_url,
        "approves_followers": actor.locked,
        "moved": actor.moved_to_id is not None,
        "suspended_here": actor.suspended_at is not None,
        "deleted": actor.deleted_at is not None,
        "known_as": str(actor.id),
        "arrived": _time(actor.arrived_at),
        "refreshed": _time(actor.refreshed_at),
    }


def describe_post(facts: PostFacts) -> dict[str, Any]:
    """A post and what is written with it."""
    post = facts.post
    described: dict[str, Any] = {
        "is": PostKind(post.kind).name.lower(),
        "author": _handle(facts.author),
        "id": post.uri,
        "page": post.url,
        "local": post.local,
        "visibility": Visibility(post.visibility).name.lower(),
        "published": _time(post.published_at),
        "edited": _time(post.edited_at),
        "title": post.title,
        "warning": post.summary,
        "sensitive": post.sensitive,
        "language": post.language,
        "text": html_to_text(post.content),
        "link": post.link_url,
        "in_reply_to": post.in_reply_to_uri,
        "in_reply_to_known": post.in_reply_to_id is not None,
        "names": {_handle(actor): AudienceRole(role).name.lower() for actor, role in facts.named},
        "tags": [tag.display for tag in facts.tags],
        "attachments": [
            {
                "type": each.content_type,
                "url": each.remote_url or each.store_key,
                "description": each.description,
            }
            for each in facts.attachments
        ],
        "poll": {option.title: option.votes for option in facts.options},
        "known_as": str(post.id),
    }
    if facts.target is not None:
        described["of"] = describe_post(facts.target)
    return described


def describe_collection(row: Collection, entries: list[Entry]) -> dict[str, Any]:
    """A collection of people, and who agreed to be in it."""
    facets = collection_facets(row.facets)
    agreed = [each for each in entries if each.state == EntryState.ACCEPTED]
    return {
        "is": "collection",
        "owner": row.owner_uri,
        "id": row.uri,
        "page": row.url,
        "local": row.local,
        "name": row.name,
        "text": row.summary,
        "language": facets.language,
        "sensitive": facets.sensitive,
        "tags": [facets.tag.display] if facets.tag is not None else [],
        "listed": row.discoverable,
        "people": [each.target_uri for each in sorted(agreed, key=lambda each: each.position)],
        "known_as": str(row.id),
    }


def in_lines(described: dict[str, Any], indent: str = "") -> str:
    """``name  value`` lines of what is known; nested records are indented."""
    lines = []
    for name, value in described.items():
        if value in (None, "", [], {}, False):
            continue
        if isinstance(value, dict):
            lines.append(f"{indent}{name}\n{in_lines(value, indent + '  ')}".rstrip("\n"))
        elif isinstance(value, list) and isinstance(value[0], dict):
            lines += [f"{indent}{name}\n{in_lines(each, indent + '  ')}".rstrip() for each in value]
        else:
            lines.append(f"{indent}{printable(name):<20} {_text(value, indent + ' ' * 21)}")
    return "\n".join(lines) + "\n"


def _text(value: object, indent: str) -> str:
    if value is True:
        return "yes"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"\n{indent}".join(printable(line) for line in text.splitlines())


def printable(text: str) -> str:
    """Without control characters, which could rewrite the terminal, and not endless."""
    shown = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return shown if len(shown) <= _MAX_LINE else f"{shown[:_MAX_LINE]}…"


def _handle(actor: Actor) -> str:
    return f"@{actor.username}@{actor.domain}"


def _time(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
